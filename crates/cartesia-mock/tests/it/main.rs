//! The server, seen from outside.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, helpers included"
)]

mod agent_operations;
mod agents;
mod audio;
mod errors;
mod faults;
mod measure;
mod server;
mod sse;
mod support;
mod validation;
mod voices;
