#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "batch")]
#[cfg_attr(docsrs, doc(cfg(feature = "batch")))]
pub mod batch;
#[cfg(all(feature = "blocking", any(feature = "http", feature = "ws")))]
#[cfg_attr(docsrs, doc(cfg(feature = "blocking")))]
pub mod blocking;
#[cfg(any(feature = "http", feature = "ws"))]
mod client;
#[cfg(all(feature = "playback", feature = "ws"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "playback", feature = "ws"))))]
pub mod conversation;
#[cfg(all(feature = "playback", feature = "ws"))]
mod listening;
#[cfg(all(feature = "playback", feature = "ws"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "playback", feature = "ws"))))]
pub mod speech;
#[cfg(any(feature = "http", feature = "ws"))]
mod transcribe;

#[cfg(feature = "playback")]
pub use cartesia_audio::{self as audio, Player, Utterance};
#[cfg(any(feature = "http", feature = "ws"))]
pub use cartesia_core::{
    Backoff, BaseUrl, Credential, RetryPolicy, Settings, Timeouts, TokenFuture, TokenProvider,
    limiter, network,
};
#[cfg(feature = "http")]
pub use cartesia_http::{
    self as http, Accents, AccessTokens, Admin, AgentCallBatches, AgentCalls, AgentDeployments,
    AgentDocuments, AgentFolders, AgentMetrics, AgentPhoneNumbers, AgentProviders, AgentWebhooks,
    Agents, ApiKeys, AudioBody, AudioCall, Call, Datasets, Download, DownloadCall,
    DownloadProgress, Files, FineTunes, Infill, Invites, Items, LegacyVoices, ListCall, Locales,
    ManagedAgents, Method, MintedTokens, Models, Pages, PronunciationDicts, RawCall, Response,
    ResponseInfo, SseCall, SseStream, Upload, UploadProgress, Usage, Users, VoiceChanger, Voices,
};
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use cartesia_redis as redis;
#[cfg(any(feature = "http", feature = "ws"))]
pub use cartesia_types::fs::SavedAudio;
pub use cartesia_types::{
    self as types, AccessToken, AdminKey, ApiError, ApiInfo, ApiKey, ApiVersion, AudioClip,
    ChangeVoiceRequest, ChangeVoiceSseRequest, CloseInfo, CreateTokenRequest, Deadline, Error,
    ErrorCode, ErrorKind, FileId, FormatName, InfillRequest, Language, ListRequest, Locale,
    ModelId, Mp3Format, OutputFormat, Page, Patch, RawEncoding, RawFormat, Result, StoredFile,
    SttEncoding, SttModelId, Timestamp, TokenGrants, TranscribeCompatibleRequest,
    TranscribeRequest, Transcription, Voice, VoiceId, VoiceSpecifier, WavFormat, account, agent,
    captions, dataset, file, fine_tune, pcm, pronunciation, stt, tts, voice, wav,
};

#[cfg(feature = "ws")]
pub use cartesia_types::tts::{BufferDelay, Buffering, ContextId, ContextSpec, GenerationRequest};
#[cfg(feature = "ws")]
pub use cartesia_ws::{
    self as ws, AgentSpeech, CallControl, CallInput, CallOutput, Canceller, ConnectTimes,
    ConnectionStats, ContextAlignment, ContextInput, ContextOutput, ContextPolicy, Handshake,
    LiveCall, Pace, PoolConfig, PoolStats, ReconnectPolicy, SlowConsumer, SttEvent, SttInput,
    SttOutput, SttPolicy, SttStats, SttStream, TtsConnection, TtsContext, TtsPool,
};

#[cfg(all(feature = "playback", feature = "ws"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "playback", feature = "ws"))))]
pub use speech::{FailurePolicy, Heard, Speech, SpeechEvent, Spoken};

/// The types of headers and statuses, from the crate `http`.
#[cfg(any(feature = "http", feature = "ws"))]
pub use ::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
#[cfg(any(feature = "http", feature = "ws"))]
pub use client::{Client, ClientBuilder, Tts};
#[cfg(all(feature = "playback", feature = "ws"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "playback", feature = "ws"))))]
pub use listening::{Listening, ListeningEvent};
#[cfg(any(feature = "http", feature = "ws"))]
pub use transcribe::Stt;

/// The README of the repository, compiled.
#[cfg(all(
    doctest,
    feature = "blocking",
    feature = "http",
    feature = "playback",
    feature = "ws"
))]
#[doc = include_str!("../../../README.md")]
mod readme {}

/// The page of programs, compiled.
#[cfg(all(
    doctest,
    feature = "blocking",
    feature = "http",
    feature = "playback",
    feature = "ws"
))]
#[doc = include_str!("../../../docs/programs.md")]
mod programs {}

/// The page on conversations, compiled.
#[cfg(all(doctest, feature = "playback", feature = "ws"))]
#[doc = include_str!("../../../docs/conversations.md")]
mod conversations {}

/// The page on speech in bulk, compiled.
#[cfg(all(doctest, feature = "batch"))]
#[doc = include_str!("../../../docs/batch.md")]
mod bulk {}

/// The page for those who come from Python, compiled.
#[cfg(all(
    doctest,
    feature = "blocking",
    feature = "http",
    feature = "playback",
    feature = "ws"
))]
#[doc = include_str!("../../../docs/coming-from-python.md")]
mod coming_from_python {}
