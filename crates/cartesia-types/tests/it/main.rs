//! What users of the crate rely on: the words on the wire, the arithmetic, the files.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod account;
mod agent_calls;
mod agent_knowledge;
mod agent_managed;
mod agent_numbers;
mod agent_operations;
mod agent_webhooks;
mod agents;
mod answers;
mod captions;
mod collections;
mod contexts;
mod events;
mod files;
mod formats;
mod legacy_voices;
#[cfg(feature = "notebook")]
mod notebook;
mod open_values;
#[cfg(feature = "fs")]
mod output_files;
mod requests;
mod secrets;
mod stt;
mod stt_sockets;
mod tokens;
mod transcript;
mod voice_requests;
mod voices;
mod wav;
mod wav_decode;
