//! WebSockets: contexts, connections and pools.

mod connections;
mod contexts;
mod transcriptions;

use cartesia::blocking::{Client, ContextOutput};
use cartesia::tts::Event;
use cartesia::{
    ApiVersion, ContextPolicy, ContextSpec, Error, GenerationRequest, ModelId, RawFormat,
    ReconnectPolicy, Timeouts, VoiceId,
};
use cartesia_mock::{MockServer, SocketMessage};
use tokio::runtime;

use super::LIMIT;
use crate::VOICE;

const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;
const LONG: &str = "One word after the other, so many that they take a while to be said.";

fn spec() -> ContextSpec {
    ContextSpec::new(ModelId::SONIC_3, VoiceId::from(VOICE), FORMAT)
}

/// The audio that the server is to send for texts that are generated one by one.
fn expected(server: &MockServer, spec: &ContextSpec, texts: &[&str]) -> Vec<u8> {
    let request = GenerationRequest::new(spec.clone(), texts[0]);
    let request = serde_json::to_value(request).unwrap();
    server
        .expected_audio(ApiVersion::LATEST, &request, texts)
        .unwrap()
}

/// Waits until the server was sent such a message.
fn await_message(server: &MockServer, wanted: impl Fn(&SocketMessage) -> bool) {
    let waiting = async {
        let mut count = 1;
        loop {
            let messages = server.messages_after(count).await;
            if messages.iter().any(&wanted) {
                return;
            }
            count = messages.len() as u64 + 1;
        }
    };
    let runtime = runtime::Builder::new_current_thread().enable_time().build();
    let waiting = async { tokio::time::timeout(LIMIT, waiting).await };
    runtime
        .unwrap()
        .block_on(waiting)
        .expect("no such message came");
}

fn is_cancel_of(message: &SocketMessage, context: &str) -> bool {
    let cancels = message.json().is_some_and(|json| json["cancel"] == true);
    cancels && message.context_id.as_deref() == Some(context)
}

/// The error with which an output ends, once; and what came before.
fn failure(output: &mut ContextOutput) -> (Error, Vec<u8>) {
    let mut audio = Vec::new();
    for event in output.by_ref() {
        match event {
            Ok(Event::Chunk(chunk)) => audio.extend_from_slice(&chunk.data),
            Ok(_) => {}
            Err(error) => {
                assert!(output.next().is_none());
                return (error, audio);
            }
        }
    }
    panic!("it did not fail")
}

/// A client that makes no lost connection anew.
fn once(server: &MockServer, deadlines: Timeouts) -> Client {
    let reconnect = ReconnectPolicy::never();
    Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .timeouts(deadlines)
        .contexts(ContextPolicy::default().with_reconnect(reconnect))
        .build()
        .unwrap()
}
