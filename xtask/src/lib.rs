//! What the tools of this repository share: running programs, and what cargo knows of the workspace.
//!
//! `xtask` is the first thing a newcomer compiles. This library has no dependency but `serde_json`, and the
//! tools that need more (`conformance`, `sound`) are crates of their own that depend on it.

#![expect(
    clippy::print_stderr,
    reason = "the commands that a tool runs are shown on stderr"
)]

pub mod metadata;
pub mod shell;

/// What a tool's functions return; the error is printed for a person and never matched on.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;
