//! Readers that make turns of the driver themselves, wherever they run.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use cartesia_mock::{MockServer, Pace};
use cartesia_types::ErrorKind;
use cartesia_types::tts::ContextId;
use cartesia_ws::{ContextOutput, Error};
use tokio::runtime::{Builder, Runtime};

use super::{connect, expected, spec};
use crate::support::within;

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
fn read(mut output: ContextOutput) -> mpsc::Receiver<(Vec<u8>, Option<Error>)> {
    let (sender, heard) = mpsc::channel();
    thread::spawn(move || {
        let own = Builder::new_current_thread().enable_all().build().unwrap();
        let mut audio = Vec::new();
        let failure = loop {
            match own.block_on(output.next_audio()) {
                Ok(Some(piece)) => audio.extend_from_slice(&piece),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        let _ = sender.send((audio, failure));
    });
    heard
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
