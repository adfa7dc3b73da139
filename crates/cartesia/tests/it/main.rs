//! The front door against the offline server.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![cfg(any(feature = "http", feature = "ws"))]

#[cfg(all(feature = "http", feature = "ws"))]
mod agent_calls;
#[cfg(feature = "batch")]
mod batch;
#[cfg(feature = "blocking")]
mod blocking;
#[cfg(all(feature = "http", feature = "ws"))]
mod completeness;
mod errors;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "playback")]
mod listening;
#[cfg(all(feature = "http", feature = "ws"))]
mod priorities;
#[cfg(all(feature = "http", feature = "ws"))]
mod round_trip;
#[cfg(all(feature = "http", feature = "playback", feature = "ws"))]
mod speech;
#[cfg(feature = "http")]
mod voices;
#[cfg(feature = "ws")]
mod ws;

use std::time::Duration;

use cartesia::Client;
#[cfg(feature = "playback")]
use cartesia::{Error, ErrorKind};
use cartesia_mock::MockServer;

const VOICE: &str = "a0e99841-438c-4a64-b679-ae501e7d6091";

/// Only what hangs takes longer, on a machine that is busy with much else, too.
const LIMIT: Duration = Duration::from_secs(120);

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, work)
        .await
        .expect("it takes too long")
}

fn client(server: &MockServer) -> Client {
    Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .build()
        .unwrap()
}

#[test]
fn handles_can_be_shared_between_tasks() {
    fn assert_send_sync<T: Send + Sync + 'static>() {}
    assert_send_sync::<Client>();
    assert_send_sync::<cartesia::Error>();
    assert_send_sync::<cartesia::Tts>();
    #[cfg(feature = "ws")]
    {
        assert_send_sync::<cartesia::TtsConnection>();
        assert_send_sync::<cartesia::TtsContext>();
    }
}

#[cfg(feature = "playback")]
#[test]
fn errors_of_audio_are_errors_of_the_sdk() {
    let options = cartesia::audio::OfflineOptions::new(0);
    let error: Error = cartesia::Player::offline(options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("0 Hz"), "{error}");
    assert!(!error.is_retryable() && error.status().is_none());
}
