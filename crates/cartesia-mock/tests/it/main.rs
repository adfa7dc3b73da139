//! The server, seen from outside.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, helpers included"
)]

mod account;
mod agent_knowledge;
mod agent_numbers;
mod agent_operations;
mod agent_webhooks;
mod agents;
mod audio;
mod collections;
mod embeddings;
mod errors;
mod faults;
mod files;
mod forms;
mod infill;
mod measure;
mod server;
mod sse;
mod stt;
mod support;
mod tokens;
mod validation;
mod voice_changer;
mod voice_changes;
mod voices;
