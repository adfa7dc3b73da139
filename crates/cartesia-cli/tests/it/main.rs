//! The program as people and programs use it: flags, files, JSON, exit codes.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod change_voice;
mod failures;
mod files;
mod mock;
mod speak;
mod support;
mod transcribe;
mod voices;
