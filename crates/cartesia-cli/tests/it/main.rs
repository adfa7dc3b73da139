//! The program as people and programs use it: flags, files, JSON, exit codes.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod account;
mod agent_knowledge;
mod agent_managed;
mod agent_numbers;
mod agent_operations;
mod agent_webhooks;
mod agents;
mod api;
mod bench;
mod change_voice;
mod collections;
mod embeddings;
mod env_file;
mod failures;
mod files;
mod mock;
mod playback;
mod speak;
mod speak_ws;
mod status;
mod support;
mod token;
mod transcribe;
mod usage;
mod voice_changes;
mod voices;
