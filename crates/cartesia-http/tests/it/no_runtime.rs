//! Calls and streams on threads without a Tokio runtime.

use std::thread;
use std::time::Duration;

use cartesia_core::Timeouts;
use cartesia_http::Client;
use cartesia_types::ErrorKind;
use cartesia_types::tts::Event;
use cartesia_types::voice::ListVoicesRequest;
use tokio::runtime::{Builder, Runtime};

use crate::support::{
    EVENTS, Gate, LAST, Server, audio, builder, chunk_event, chunked_head, done_event, piece,
    script, sse_request,
};

/// Runs it on this thread, without a runtime.
fn block_on<F: IntoFuture>(future: F) -> F::Output {
    futures_executor::block_on(future.into_future())
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

#[test]
fn a_call_is_an_error() {
    let client: Client = builder("http://127.0.0.1:1").build().unwrap();
    let errors = [
        block_on(client.status()).unwrap_err(),
        block_on(client.prewarm()).unwrap_err(),
        block_on(client.tts().sse(sse_request())).unwrap_err(),
        block_on(client.voices().list(ListVoicesRequest::default())).unwrap_err(),
        block_on(client.request(http::Method::GET, "/voices")).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.to_string().contains("Tokio runtime"), "{error}");
    }
}

/// A server that sends an event, and waits at a gate before the others; or for ever.
async fn server(gate: Gate) -> Server {
    let stream = script(async move |mut connection| {
        connection.request().await;
        connection.write(chunked_head(EVENTS)).await;
        connection.write(piece(chunk_event(&audio(64)))).await;
        gate.passed().await;
        connection.write(piece(done_event())).await;
        connection.write(LAST).await;
    });
    Server::start([stream]).await
}

#[test]
fn a_stream_is_read_as_with_a_runtime() {
    let (runtime, gate) = (runtime(), Gate::default());
    let server = runtime.block_on(server(gate.clone()));
    let request = server.client().tts().sse(sse_request());
    let mut events = runtime.block_on(request.into_future()).unwrap();
    let first = block_on(events.next_event()).unwrap();
    assert!(matches!(first, Some(Event::Chunk(_))), "{first:?}");
    let opens = thread::spawn(move || {
        // It may open before or after the reader waits.
        thread::yield_now();
        gate.open();
    });
    let second = block_on(events.next_event()).unwrap();
    assert!(matches!(second, Some(Event::Done(_))), "{second:?}");
    assert!(block_on(events.next_event()).unwrap().is_none());
    opens.join().unwrap();
}

#[test]
fn a_stream_has_its_limits() {
    let runtime = runtime();
    let server = runtime.block_on(server(Gate::default()));
    let limits = Timeouts::default().with_silence(Duration::from_millis(50));
    let client = builder(&server.url()).timeouts(limits).build().unwrap();
    let request = client.tts().sse(sse_request());
    let mut events = runtime.block_on(request.into_future()).unwrap();
    block_on(events.next_event()).unwrap();
    let error = block_on(events.next_event()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}

#[test]
fn a_file_is_not_written() {
    let (runtime, gate) = (runtime(), Gate::default());
    gate.open();
    let server = runtime.block_on(server(gate));
    let request = server.client().tts().sse(sse_request());
    let events = runtime.block_on(request.into_future()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    let error = block_on(events.save_wav(&path)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(!path.exists());
}
