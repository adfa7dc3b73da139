//! Speech to text over a socket: live transcription.
//!
//! [`Transcriber`] is the protocol, without socket or clock, for both endpoints; a `Dialect` is what they
//! do differently: `live` (the client says when an utterance is over) and `turns` (the service does).

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
