//! The client against servers on this machine: `wiremock` where the server answers as a whole, and a
//! scripted raw connection where it stalls, breaks, or sends in pieces.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod admin;
mod agent_knowledge;
mod agent_managed;
mod agent_numbers;
mod agent_operations;
mod agent_webhooks;
mod agents;
mod bytes_stream;
mod collections;
mod credentials;
mod drop_releases;
mod errors;
mod files;
mod forms;
mod infill;
mod limiter;
mod lists;
mod long_bodies;
#[cfg(feature = "rustls")]
mod network;
mod no_runtime;
mod operations;
mod prewarm;
mod raw_calls;
mod redirects;
mod retries;
mod secrets;
mod sse_decode;
mod sse_save;
mod sse_stream;
mod stt;
mod support;
mod timeouts;
mod types;
mod unary;
mod versions;
mod voice_changer;
mod voices;
