#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod account;
pub mod agent;
mod api_version;
mod audio_stream;
pub mod captions;
mod clip;
mod credential;
pub mod dataset;
mod error;
pub mod file;
pub mod fine_tune;
mod format;
#[cfg(feature = "fs")]
#[cfg_attr(docsrs, doc(cfg(feature = "fs")))]
pub mod fs;
mod json;
mod language;
mod model;
#[cfg(feature = "notebook")]
#[cfg_attr(docsrs, doc(cfg(feature = "notebook")))]
mod notebook;
mod null;
mod open;
mod page;
mod patch;
pub mod pcm;
pub mod pronunciation;
pub mod script;
mod seconds;
mod status;
pub mod stt;
mod time;
mod token;
pub mod tts;
mod unknown;
pub mod voice;
pub mod wav;

pub use api_version::{
    ApiVersion, InvalidApiVersion, Requirement, UnsupportedByVersion, VersionRange,
};
pub use audio_stream::AudioStream;
pub use clip::AudioClip;
pub use credential::{AccessToken, AdminKey, ApiKey, InvalidCredential};
pub use error::{ApiError, CloseInfo, Deadline, Error, ErrorCode, ErrorKind, Result};
pub use file::{FileId, StoredFile};
pub use format::{
    FormatName, MP3_BIT_RATES, Mp3Format, OutputFormat, RawEncoding, RawFormat, SAMPLE_RATES,
    UnknownEncoding, UnknownFormatName, WavFormat,
};
pub use json::outline;
pub use language::{Language, Locale};
pub use model::{ListModelsRequest, ModelCapability, ModelId, ModelInfo};
pub use page::{Identified, ListRequest, Page};
pub use patch::Patch;
pub use status::ApiInfo;
pub use stt::{
    SttEncoding, SttModelId, TranscribeCompatibleRequest, TranscribeRequest, Transcription,
};
pub use time::Timestamp;
pub use token::{CreateTokenRequest, TokenGrants, TokenResponse};
pub use tts::InfillRequest;
pub use unknown::UnknownMessage;
pub use voice::{ChangeVoiceRequest, ChangeVoiceSseRequest, Voice, VoiceId, VoiceSpecifier};
