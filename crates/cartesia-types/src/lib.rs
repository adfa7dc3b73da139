#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod agent;
mod api_version;
mod base_url;
mod clip;
mod credential;
mod error;
mod format;
mod language;
mod model;
mod open;
mod page;
pub mod pcm;
mod status;
mod time;
pub mod tts;
pub mod voice;
pub mod wav;

pub use api_version::{
    ApiVersion, InvalidApiVersion, Requirement, UnsupportedByVersion, VersionRange,
};
pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use clip::AudioClip;
pub use credential::{AccessToken, ApiKey, Credential, InvalidCredential};
pub use error::{ApiError, ErrorCode, ErrorKind};
pub use format::{
    FormatName, MP3_BIT_RATES, Mp3Format, OutputFormat, RawEncoding, RawFormat, SAMPLE_RATES,
    UnknownFormatName, WavFormat,
};
pub use language::{Language, Locale};
pub use model::ModelId;
pub use page::{Identified, ListRequest, Page};
pub use status::ApiInfo;
pub use time::Timestamp;
pub use voice::{Voice, VoiceId, VoiceSpecifier};
