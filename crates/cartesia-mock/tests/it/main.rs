//! The server, seen from outside.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, helpers included"
)]

mod account;
mod agent_knowledge;
mod agent_managed;
mod agent_numbers;
mod agent_operations;
mod agent_socket;
mod agent_webhooks;
mod agents;
mod audio;
mod choices;
mod collections;
mod damage;
mod embeddings;
mod errors;
mod espeak;
mod expect;
mod faults;
mod files;
mod forms;
mod infill;
mod journal;
mod measure;
mod page;
mod readme;
#[cfg(feature = "proxy")]
mod replay;
mod server;
mod socket_client;
mod sse;
mod stats;
mod stt;
mod stt_socket;
mod stt_socket_client;
mod stt_socket_script;
mod stt_turns;
mod stt_words;
mod support;
#[cfg(feature = "tls")]
mod tls;
mod tokens;
mod tts_socket;
mod tts_socket_errors;
mod tts_socket_handshake;
mod tts_socket_limits;
mod tts_socket_script;
mod tts_socket_script_connection;
mod validation;
mod voice_changer;
mod voice_changes;
mod voices;
