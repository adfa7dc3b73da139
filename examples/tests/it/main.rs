//! The examples as people run them, against the offline server: what they print, and what is heard.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[cfg(feature = "playback")]
mod blocking;
mod conversation;
mod env_file;
mod network;
mod requests;
#[cfg(feature = "playback")]
mod speakers;
mod support;
mod table;

const BARBERSHOP_MAN: &str = "a0e99841-438c-4a64-b679-ae501e7d6091";
