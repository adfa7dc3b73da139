#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "http")]
mod client;
#[cfg(feature = "http")]
mod error;

#[cfg(feature = "http")]
pub use cartesia_http::{
    self as http, AudioBody, Call, Response, ResponseInfo, RetryPolicy, SavedAudio, SseStream,
    Timeouts, Voices,
};
pub use cartesia_types::{
    self as types, AccessToken, ApiError, ApiInfo, ApiKey, ApiVersion, AudioClip, BaseUrl,
    Credential, ErrorCode, ErrorKind, FormatName, Language, Locale, ModelId, Mp3Format,
    OutputFormat, RawEncoding, RawFormat, Timestamp, Voice, VoiceId, VoiceSpecifier, WavFormat,
    pcm, tts, voice, wav,
};

#[cfg(feature = "http")]
pub use cartesia_http::{Agents, Download, DownloadCall};
pub use cartesia_types::agent;

#[cfg(feature = "http")]
pub use client::{Client, ClientBuilder, Tts};
#[cfg(feature = "http")]
pub use error::Error;

/// The result of this crate's calls.
#[cfg(feature = "http")]
pub type Result<T> = std::result::Result<T, Error>;

/// The README of the repository, compiled.
#[cfg(all(doctest, feature = "http"))]
#[doc = include_str!("../../../README.md")]
mod readme {}
