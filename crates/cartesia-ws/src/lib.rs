#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod alignment;
mod attempt;
mod audio;
#[cfg(test)]
mod bell;
mod call;
mod config;
mod connect;
mod connection;
mod context;
mod driver;
mod endpoint;
mod frame_guard;
#[cfg(feature = "_fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod half_close;
mod handshake;
mod http1;
mod inbox;
mod lanes;
mod link;
mod outbox;
mod policy;
mod pool;
mod protocol;
mod pulse;
mod session;
mod shared;
mod socket;
mod stats;
#[cfg(test)]
mod steps;
mod stt;
mod text;
mod transport;
mod turn;

pub use alignment::ContextAlignment;
pub use attempt::ConnectTimes;
pub use audio::Pace;
pub use call::{AgentSpeech, CallControl, CallInput, CallOutput, LiveCall};
pub use cartesia_core::{
    ApiVersion, Backoff, BaseUrl, Credential, ReconnectPolicy, RetryPolicy, Settings, Timeouts,
    TokenFuture, TokenProvider, limiter, network,
};
pub use cartesia_types::fs::SavedAudio;
pub use cartesia_types::{CloseInfo, Deadline, Error, Result};
pub use config::Connector;
pub use connection::TtsConnection;
pub use context::{Canceller, ContextInput, ContextOutput, TtsContext};
pub use handshake::Handshake;
pub use policy::{ContextPolicy, SlowConsumer, SttPolicy};
pub use pool::{PoolConfig, TtsPool};
pub use stats::{ConnectionStats, PoolStats, SttStats};
pub use stt::{SttEvent, SttInput, SttOutput, SttStream};

/// The types of headers and statuses, from the crate `http`.
pub use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
