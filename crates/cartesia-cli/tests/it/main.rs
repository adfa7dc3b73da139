//! The program as people and programs use it: flags, files, JSON, exit codes.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod account;
mod agent_knowledge;
mod agent_managed;
mod agent_numbers;
mod agent_operations;
mod agent_webhooks;
mod agents;
mod agents_talk;
mod api;
mod audition;
mod batch;
#[cfg(feature = "object-store")]
mod batch_bucket;
#[cfg(feature = "redis")]
mod batch_fleet;
mod bench;
mod change_voice;
mod closed;
mod collections;
mod completion;
mod config;
mod converse;
mod documents;
mod embeddings;
mod env_file;
mod failures;
mod files;
mod flags;
mod heard;
mod help;
mod input;
mod limits;
mod listen;
#[cfg(unix)]
mod listen_terminal;
mod mock;
mod output;
mod playback;
mod signals;
mod speak;
mod speak_ws;
mod status;
mod subtitles;
mod support;
mod terminal;
mod token;
mod transcribe;
mod usage;
mod voice_changes;
mod voices;
