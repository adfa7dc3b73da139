//! The program as people and programs use it: flags, files, JSON, exit codes.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod agent_operations;
mod agents;
mod failures;
mod mock;
mod speak;
mod support;
mod voices;
