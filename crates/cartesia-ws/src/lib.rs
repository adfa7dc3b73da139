#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod close;
mod config;
mod connect;
mod deadlines;
mod driver;
mod error;
mod handshake;
mod http1;
mod transport;

pub use close::CloseInfo;
pub use config::Connector;
pub use deadlines::Deadlines;
pub use error::Error;
pub use handshake::Handshake;

/// The result of this crate's calls.
pub type Result<T> = std::result::Result<T, Error>;
