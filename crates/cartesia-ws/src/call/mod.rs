//! Calls with agents: one call on a connection, which ends with it. A call cannot be resumed, so nothing
//! reconnects here.
//!
//! `session.rs` is the protocol without socket or clock, `handle.rs` the halves of a call for callers,
//! `speech.rs` the agent's audio alone.

mod handle;
mod session;
mod speech;
#[cfg(test)]
mod tests;

pub use handle::{CallControl, CallInput, CallOutput, LiveCall};
pub use speech::AgentSpeech;

const CONNECT: &str = "agents.connect";
const CALL: &str = "agents.call";
