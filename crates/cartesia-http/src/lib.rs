#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod audio_body;
mod body;
mod call;
mod claim;
mod client;
mod config;
mod credentials;
mod download;
mod error;
mod list;
mod minted_tokens;
mod network;
mod raw;
mod reader;
mod request;
mod response;
mod retry;
mod save;
mod send;
pub mod sse;
mod upload;

pub use api::{
    Accents, AccessTokens, Admin, AgentCallBatches, AgentCalls, AgentDeployments, AgentDocuments,
    AgentFolders, AgentMetrics, AgentPhoneNumbers, AgentProviders, AgentWebhooks, Agents, ApiKeys,
    AudioCall, BytesCall, ChangeVoiceRequest, ChangeVoiceSseRequest, CompatibleTranscribeRequest,
    Datasets, DownloadCall, EventCall, Files, FineTunes, Infill, InfillRequest, Invites,
    LegacyVoices, Locales, ManagedAgents, PronunciationDicts, SseCall, Stt, TranscribeRequest, Tts,
    Usage, Users, VoiceChanger, Voices,
};
pub use audio_body::AudioBody;
pub use call::Call;
pub use cartesia_types::{Error, Result};
pub use client::Client;
pub use config::{ClientBuilder, Timeouts};
pub use download::{Download, DownloadProgress};
pub use list::{Items, ListCall, Pages};
pub use minted_tokens::MintedTokens;
pub use raw::RawCall;
pub use response::{Response, ResponseInfo};
pub use retry::RetryPolicy;
pub use save::SavedAudio;
pub use sse::SseStream;
pub use upload::{Upload, UploadProgress};

/// The method of a [`RawCall`]; headers and statuses come from the same crate.
pub use http::Method;
