#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "http")]
mod client;
#[cfg(feature = "http")]
mod error;

#[cfg(feature = "http")]
pub use cartesia_http::{
    self as http, Accents, AccessTokens, AudioBody, AudioCall, Call, ChangeVoiceRequest,
    ChangeVoiceSseRequest, CompatibleTranscribeRequest, Download, DownloadCall, EventCall, Files,
    Infill, InfillRequest, Items, LegacyVoices, ListCall, Locales, Pages, RawCall, Response,
    ResponseInfo, RetryPolicy, SavedAudio, SseStream, Stt, Timeouts, TranscribeRequest, Upload,
    UploadProgress, VoiceChanger, Voices,
};
pub use cartesia_types::{
    self as types, AccessToken, ApiError, ApiInfo, ApiKey, ApiVersion, AudioClip, BaseUrl,
    Credential, ErrorCode, ErrorKind, FileId, FormatName, Language, Locale, ModelId, Mp3Format,
    OutputFormat, Patch, RawEncoding, RawFormat, StoredFile, SttEncoding, SttModelId, Timestamp,
    TokenGrants, TokenRequest, Transcription, Voice, VoiceId, VoiceSpecifier, WavFormat, file,
    network, pcm, stt, tts, voice, wav,
};

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
