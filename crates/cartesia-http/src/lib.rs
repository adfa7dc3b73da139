#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod activity;
mod api;
mod audio_body;
mod body;
mod call;
mod client;
mod config;
mod download;
mod error;
mod list;
mod minted_tokens;
mod options;
mod raw;
mod read_ahead;
mod reader;
mod redirects;
mod request;
mod response;
mod runtime;
mod send;
pub mod sse;
mod transport;
mod upload;

pub use api::{
    Accents, AccessTokens, Admin, AgentCallBatches, AgentCalls, AgentDeployments, AgentDocuments,
    AgentFolders, AgentMetrics, AgentPhoneNumbers, AgentProviders, AgentWebhooks, Agents, ApiKeys,
    AudioCall, Datasets, DownloadCall, Files, FineTunes, Infill, Invites, LegacyVoices, Locales,
    ManagedAgents, Models, PronunciationDicts, SseCall, Stt, Tts, Usage, Users, VoiceChanger,
    Voices,
};
pub use audio_body::AudioBody;
pub use call::Call;
pub use cartesia_core::{
    ApiVersion, Backoff, BaseUrl, Credential, Effect, RetryPolicy, Settings, Timeouts, TokenFuture,
    TokenProvider, limiter, network,
};
pub use cartesia_types::fs::SavedAudio;
pub use cartesia_types::{Error, Result};
pub use client::Client;
pub use config::ClientBuilder;
pub use download::{Download, DownloadProgress};
pub use list::{Items, ListCall, Pages};
pub use minted_tokens::MintedTokens;
pub use raw::RawCall;
pub use response::{Response, ResponseInfo};
pub use sse::SseStream;
pub use upload::{Upload, UploadProgress};

/// The types of methods, statuses and headers, from the crate `http`.
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
