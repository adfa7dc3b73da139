//! Readers that make turns of the driver themselves, wherever they run.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_core::{Backoff, ReconnectPolicy};
use cartesia_mock::{MockServer, Pace};
use cartesia_types::ErrorKind;
use cartesia_types::tts::ContextId;
use cartesia_ws::{ContextOutput, ContextPolicy, Error};
use futures_executor::block_on;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::{Builder, Runtime};

use super::{connect, expected, spec};
use crate::support::{Gate, Server, frame, script, within};

const READERS: usize = 8;

/// Some minutes of speech, far more than the driver reads in one turn.
fn text() -> String {
    "many words and more of them ".repeat(40)
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

/// Reads on a thread with a runtime of its own. Sends the audio, and how it ended.
fn read(output: ContextOutput) -> mpsc::Receiver<(Vec<u8>, Option<Error>)> {
    let (sender, heard) = mpsc::channel();
    thread::spawn(move || {
        let own = Builder::new_current_thread().enable_all().build().unwrap();
        let _ = sender.send(own.block_on(whole(output)));
    });
    heard
}

async fn whole(mut output: ContextOutput) -> (Vec<u8>, Option<Error>) {
    let mut audio = Vec::new();
    loop {
        match output.next_audio().await {
            Ok(Some(piece)) => audio.extend_from_slice(&piece),
            Ok(None) => return (audio, None),
            Err(error) => return (audio, Some(error)),
        }
    }
}

fn heard(reader: &mpsc::Receiver<(Vec<u8>, Option<Error>)>) -> (Vec<u8>, Option<Error>) {
    reader.recv_timeout(Duration::from_secs(60)).unwrap()
}

#[test]
fn readers_on_threads_of_their_own_hear_everything() {
    let runtime = runtime();
    let (server, connection) = runtime.block_on(async {
        let server = MockServer::builder()
            .pace(Pace::Fast)
            .start()
            .await
            .unwrap();
        let connection = connect(&server).await;
        (server, connection)
    });
    let text = text();
    let contexts: Vec<_> = (0..READERS)
        .map(|number| {
            let id = ContextId::from(format!("reader-{number}"));
            let context = connection.context(spec().with_context_id(&id)).unwrap();
            let output = runtime.block_on(within(context.speak(&text))).unwrap();
            (id, read(output))
        })
        .collect();
    for (id, reader) in contexts {
        let (audio, failure) = heard(&reader);
        assert!(failure.is_none(), "{failure:?}");
        assert!(audio == expected(&server, &id, &[&text]), "{id}");
    }
}

#[test]
fn readers_end_when_the_runtime_of_the_connection_ends_while_they_read() {
    for round in 0..20 {
        let (servers, connections) = (runtime(), runtime());
        let server = MockServer::builder().pace(Pace::Fast).start();
        let server = servers.block_on(server).unwrap();
        let connection = connections.block_on(connect(&server));
        let text = text();
        let readers: Vec<_> = (0..READERS)
            .map(|_| {
                let context = connection.context(spec()).unwrap();
                read(connections.block_on(within(context.speak(&text))).unwrap())
            })
            .collect();
        // Somewhere in the middle of their audio, in every round elsewhere.
        for _ in 0..round {
            thread::yield_now();
        }
        connections.shutdown_background();
        for reader in readers {
            let (_, failure) = heard(&reader);
            let kind = failure.map(|error| error.kind());
            assert!(matches!(kind, None | Some(ErrorKind::Closed)), "{kind:?}");
        }
    }
}

/// The reader that finds the connection lost is the one that begins to open the next, for another context.
#[test]
fn a_reader_without_a_runtime_may_find_the_connection_lost() {
    const CHUNKS: usize = 200;
    let data = STANDARD.encode([7; 12_000]);
    let chunk = format!(r#"{{"type":"chunk","context_id":"reads","data":"{data}","done":false}}"#);
    let audio = frame(0x81, chunk).repeat(CHUNKS);
    let at_once = Backoff::new(Duration::ZERO, Duration::ZERO);
    let policy = ReconnectPolicy::default().with_backoff(at_once);
    for round in 0..5 {
        let runtime = runtime();
        let audio = audio.clone();
        // All the audio is there at once, so the reader makes turns until it finds the end.
        let loses = script(async move |mut connection| {
            connection.upgrade("", b"").await;
            connection.stream.read_u8().await.unwrap();
            connection.write(audio).await;
            connection.stream.shutdown().await.unwrap();
            let _ = connection.stream.read_to_end(&mut Vec::new()).await;
        });
        let reopened = Gate::default();
        let opened = reopened.clone();
        let next = script(async move |mut connection| {
            connection.upgrade("", b"").await;
            opened.open();
            let _ = connection.stream.read_to_end(&mut Vec::new()).await;
        });
        let server = runtime.block_on(Server::start([loses, next]));
        let connector = server
            .connector()
            .contexts(ContextPolicy::default().with_reconnect(policy.clone()));
        let connection = runtime.block_on(within(connector.tts())).unwrap();
        let speak = |id: &str| {
            let context = connection.context(spec().with_context_id(id)).unwrap();
            runtime.block_on(within(context.speak("Words."))).unwrap()
        };
        let (reads, _waits) = (speak("reads"), speak("waits"));
        let (audio, failure) = block_on(whole(reads));
        let failure = failure.expect("the connection was lost");
        assert_eq!(failure.kind(), ErrorKind::Incomplete, "{round}: {failure}");
        assert_eq!(audio.len(), CHUNKS * 12_000);
        runtime.block_on(within(reopened.passed()));
    }
}
