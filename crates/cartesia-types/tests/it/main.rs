//! What users of the crate rely on: the words on the wire, the arithmetic, the files.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod agent_operations;
mod agents;
mod events;
mod formats;
mod open_values;
mod requests;
mod secrets;
mod voices;
mod wav;
