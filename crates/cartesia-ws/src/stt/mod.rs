//! Speech to text over a socket: live transcription.
//!
//! [`Transcriber`] is the protocol, without socket or clock, for both endpoints. A `Dialect` has their
//! differences: with `live` the client decides when an utterance ends, with `turns` the service does.

mod dialect;
mod handle;
mod join;
mod live;
mod log;
mod sending;
mod session;
#[cfg(test)]
mod tests;
mod timeline;
mod turns;

pub use self::handle::{SttEvent, SttInput, SttOutput, SttStream};
