//! Long bodies, read in the main future of a runtime with many threads: there a task reads ahead.

use std::pin::pin;
use std::time::Duration;

use cartesia_http::Timeouts;
use cartesia_types::tts::Event;
use cartesia_types::{ErrorKind, RawFormat};

use crate::support::{
    EVENTS, LAST, Server, answer, assert_waits, audio, builder, bytes_request, chunk_event,
    chunked, chunked_head, client, done_event, piece, response, script, sse_request, within,
};

/// Longer than what is read ahead.
const LONG: usize = 3 << 20;
/// Bytes of audio in an event.
const CHUNK: usize = 10_000;

fn head_and_events(audio: &[u8]) -> Vec<u8> {
    let mut bytes = chunked_head(EVENTS).into_bytes();
    for part in audio.chunks(CHUNK) {
        bytes.extend(piece(chunk_event(part)));
    }
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_long_event_stream_is_whole() {
    let speech = audio(LONG);
    let mut sent = head_and_events(&speech);
    sent.extend(piece(done_event()));
    sent.extend(LAST.bytes());
    let server = Server::start([answer(sent)]).await;
    let client = server.client();
    let mut events = within(client.tts().sse(sse_request())).await.unwrap();
    let mut heard = Vec::new();
    let mut done = 0;
    while let Some(event) = within(events.next_event()).await.unwrap() {
        match event {
            Event::Chunk(chunk) => heard.extend_from_slice(&chunk.data),
            Event::Done(_) => done += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(heard == speech && done == 1);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_long_body_is_whole() {
    let speech = audio(LONG);
    let server = Server::start([answer(chunked("audio/raw", speech.chunks(CHUNK)))]).await;
    let request = bytes_request(RawFormat::PCM_S16LE_16000);
    let client = server.client();
    let body = within(client.tts().bytes(request)).await.unwrap();
    let clip = within(body.collect()).await.unwrap();
    assert!(clip.data()[..] == speech);
    server.finish().await;
}

/// All that came before the connection broke, then one error, then nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_long_stream_that_breaks_is_incomplete_once() {
    let speech = audio(LONG);
    let sent = head_and_events(&speech);
    let server = Server::start([answer(sent)]).await;
    let client = server.client();
    let mut events = within(client.tts().sse(sse_request())).await.unwrap();
    let mut heard = Vec::new();
    let error = loop {
        match within(events.next_event()).await {
            Ok(Some(Event::Chunk(chunk))) => heard.extend_from_slice(&chunk.data),
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert_eq!(error.bytes_received(), Some(LONG as u64));
    assert!(heard == speech);
    assert!(within(events.next_event()).await.unwrap().is_none());
    server.finish().await;
}

/// Reads a part, so that a task reads ahead, and then waits for more.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_long_stream_that_is_dropped_closes_its_connection() {
    let speech = audio(LONG);
    let sent = head_and_events(&speech);
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        connection.write(sent).await;
        connection.closed().await;
    })])
    .await;
    let client = server.client();
    let mut events = within(client.tts().sse(sse_request())).await.unwrap();
    while events.bytes_received() < LONG as u64 {
        within(events.next_event()).await.unwrap().unwrap();
    }
    assert_waits(pin!(events.next_event())).await;
    drop(events);
    server.finish().await;
}

/// The next call comes on the same connection: there is only one script.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_long_stream_gives_its_connection_back() {
    let speech = audio(LONG);
    let mut sent = head_and_events(&speech);
    sent.extend(piece(done_event()));
    sent.extend(LAST.bytes());
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        connection.write(sent).await;
        connection.request().await;
        let json = "content-type: application/json";
        let ok = response("200 OK", &[json], r#"{"ok":true}"#);
        connection.write(ok).await;
    })])
    .await;
    let client = client(&server.url());
    let mut events = within(client.tts().sse(sse_request())).await.unwrap();
    while within(events.next_event()).await.unwrap().is_some() {}
    within(client.status()).await.unwrap();
    assert_eq!(server.finish().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_long_stream_that_falls_silent_times_out() {
    let speech = audio(LONG);
    let sent = head_and_events(&speech);
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        connection.write(sent).await;
        connection.closed().await;
    })])
    .await;
    let limit = Timeouts::default().with_silence(Duration::from_secs(1));
    let client = builder(&server.url()).timeouts(limit).build().unwrap();
    let mut events = within(client.tts().sse(sse_request())).await.unwrap();
    let error = loop {
        if let Err(error) = within(events.next_event()).await {
            break error;
        }
    };
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.bytes_received(), Some(LONG as u64));
    server.finish().await;
}
