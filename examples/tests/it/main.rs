//! The examples as people run them, against the offline server: what they print, and what is heard.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[cfg(feature = "playback")]
mod blocking;
mod conversation;
mod env_file;
mod network;
mod nothing_set_up;
mod requests;
#[cfg(feature = "playback")]
mod speakers;
mod support;
mod table;
/// Its own tests are what it shows.
#[path = "../../examples/test_with_mock.rs"]
#[allow(dead_code, reason = "here its tests are run, and not itself")]
mod test_with_mock;

const BARBERSHOP_MAN: &str = "a0e99841-438c-4a64-b679-ae501e7d6091";
