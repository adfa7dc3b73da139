#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod limiter_handle;
mod look;
mod registry;
mod server;
mod shared;
mod task;

pub use cartesia_core::limiter;
pub use cartesia_types::{Error, ErrorKind, Result};
pub use config::{RedisConfig, WhenUnavailable};
pub use limiter_handle::RedisLimiter;

/// The operation in errors of the server.
const OPERATION: &str = "limiter";
