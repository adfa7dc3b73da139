#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod connect;
mod connection;
mod context;
mod deadlines;
mod driver;
mod handshake;
mod http1;
mod inbox;
mod outbox;
mod policy;
mod pool;
mod reconnect;
mod session;
mod socket;
mod stats;
mod text;
mod transport;

pub use cartesia_types::{CloseInfo, Deadline, Error, Result};
pub use config::Connector;
pub use connection::TtsConnection;
pub use context::{Canceller, ContextInput, ContextOutput, TtsContext};
pub use deadlines::Deadlines;
pub use handshake::Handshake;
pub use policy::{ContextPolicy, SlowConsumer};
pub use pool::{PoolConfig, TtsPool};
pub use reconnect::ReconnectPolicy;
pub use stats::{ConnectionStats, PoolStats};
