//! Contexts over a real connection, against the mock server.

mod direct;
mod faults;
mod limiter;
mod load;
mod pool;
mod speech;
mod standstill;
mod tokens;
mod turns;

use std::time::Duration;

use cartesia_mock::MockServer;
use cartesia_types::tts::{Buffering, ContextId, ContextSpec, Event, GenerationRequest};
use cartesia_types::{ApiVersion, ModelId, RawFormat, VoiceId};
use cartesia_ws::{Connector, ContextOutput, Error, TtsConnection};
use serde_json::Value;

use crate::support::{KEY, within};

const VOICE: &str = "db6b0ed5-d5d3-463d-ae85-518a07d3c2b4";
const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;

fn connector(server: &MockServer) -> Connector {
    Connector::new().api_key(KEY).base_url(server.url())
}

async fn connect(server: &MockServer) -> TtsConnection {
    within(connector(server).tts()).await.unwrap()
}

/// Each input is spoken as it is.
fn spec() -> ContextSpec {
    ContextSpec::new(ModelId::SONIC_3_5, VoiceId::from(VOICE), FORMAT)
        .with_buffering(Buffering::Verbatim)
}

/// The audio that the mock server makes of these pieces in a context of this name: each has a voice
/// pitch of its own, so that one is not taken for another.
fn expected(server: &MockServer, id: &ContextId, pieces: &[&str]) -> Vec<u8> {
    let spec = spec().with_context_id(id);
    let request: Value = serde_json::to_value(GenerationRequest::new(spec, "any")).unwrap();
    server
        .expected_audio(ApiVersion::LATEST, &request, pieces)
        .expect("a valid request")
}

/// All that a context says: its audio and how it ends.
async fn listen(output: &mut ContextOutput) -> (Vec<u8>, Result<(), Error>) {
    let mut audio = Vec::new();
    loop {
        match within(output.next_event()).await {
            Ok(Some(Event::Chunk(chunk))) => audio.extend_from_slice(&chunk.data),
            Ok(Some(Event::Done(_))) => {
                assert!(within(output.next_event()).await.unwrap().is_none());
                return (audio, Ok(()));
            }
            Ok(Some(_)) => {}
            Ok(None) => panic!("the stream ended without saying how"),
            Err(error) => {
                assert!(within(output.next_event()).await.unwrap().is_none());
                return (audio, Err(error));
            }
        }
    }
}

/// Waits until something holds that nothing tells of.
async fn until(mut holds: impl FnMut() -> bool) {
    within(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

/// Compares audio without showing it.
#[track_caller]
fn assert_same_audio(heard: &[u8], expected: &[u8]) {
    let differs = heard
        .iter()
        .zip(expected)
        .position(|(heard, expected)| heard != expected);
    assert!(
        heard.len() == expected.len() && differs.is_none(),
        "{} bytes heard, {} expected, the first difference at {differs:?}",
        heard.len(),
        expected.len()
    );
}
