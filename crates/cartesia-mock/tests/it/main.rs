//! The server, seen from outside.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, helpers included"
)]

mod audio;
mod embeddings;
mod errors;
mod faults;
mod measure;
mod server;
mod sse;
mod support;
mod tokens;
mod validation;
mod voice_changes;
mod voices;
