#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod alarm;
mod attempts;
mod authority;
mod backoff;
mod base_url;
mod credential;
pub mod headers;
mod host;
pub mod limiter;
pub mod network;
mod reconnect;
mod retry;
pub mod runtime;
pub mod save;
mod setters;
mod settings;
pub mod time;
mod timeouts;
pub mod tls;
pub mod url;

pub use alarm::Alarm;
pub use authority::{Authority, Secret};
pub use backoff::Backoff;
pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use credential::{Credential, SharedProvider, TokenFuture, TokenProvider};
pub use reconnect::ReconnectPolicy;
pub use retry::{Attempt, Effect, Failure, RetryPolicy};
pub use settings::Settings;
pub use timeouts::Timeouts;

pub use cartesia_types::{
    AccessToken, AdminKey, ApiKey, ApiVersion, Error, ErrorKind, InvalidCredential, Result,
};
