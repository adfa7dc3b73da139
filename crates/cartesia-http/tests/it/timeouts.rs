//! Nothing hangs, and nothing that is only slow is punished.
//!
//! Where a limit must not fire before a certain point, the clock is moved by hand after that point.

use std::pin::pin;
use std::time::Duration;

use cartesia_http::{Timeouts, Upload};
use cartesia_types::file::FilePurpose;
use cartesia_types::tts::Event;
use cartesia_types::voice::ListVoicesRequest;
use cartesia_types::{ErrorKind, RawFormat};

use crate::support::{
    EVENTS, Gate, LAST, Script, Server, answer, assert_waits, at_once, builder, bytes_request,
    chunk_event, chunked, chunked_head, client, done_event, drive_until, event, pass, piece,
    response, script, sse_request, within,
};

const SILENCE: Duration = Duration::from_secs(20);
const ALMOST: Duration = Duration::from_secs(19);

/// Takes a request, opens the gate and says nothing.
fn silent(asked: Gate) -> Script {
    script(async move |mut connection| {
        connection.request().await;
        asked.open();
        connection.closed().await;
    })
}

#[tokio::test]
async fn the_limits_are_on_by_default() {
    let limits = Timeouts::default();
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(limits.connect, seconds(10));
    assert_eq!(limits.response, seconds(60));
    assert_eq!(limits.first_audio, seconds(10));
    assert_eq!(limits.silence, Some(SILENCE));
    assert_eq!(limits.total, seconds(120));
}

#[tokio::test]
async fn a_response_that_does_not_come_is_a_timeout_of_that_name() {
    let asked = Gate::default();
    let server = Server::start([silent(asked.clone())]).await;
    let limit = Duration::from_secs(20);
    let client = builder(&server.url())
        .timeouts(Timeouts::default().with_response(limit))
        .build()
        .unwrap();
    // The synthesis may have been carried out.
    let once = at_once(3).with_at_most_once(true);
    let call = client.tts().sse(sse_request()).retry(once);
    let mut call = pin!(call.into_future());
    drive_until(call.as_mut(), asked.passed()).await;
    pass(limit).await;
    let error = within(call).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1));
    assert_eq!((error.status(), error.bytes_received()), (None, None));
    assert!(error.is_retryable());
    let text = error.to_string();
    assert!(
        text.contains("`Timeouts::response`") && text.contains("20s"),
        "{text}"
    );
    server.finish().await;
}

#[tokio::test]
async fn the_limit_of_a_response_holds_for_each_attempt() {
    let asked = Gate::default();
    let server = Server::start([0; 3].map(|_| silent(asked.clone()))).await;
    let endless = Timeouts::default().with_total(None);
    let client = builder(&server.url()).timeouts(endless).build().unwrap();
    let mut call = pin!(
        client
            .status()
            .retry(at_once(3).with_budget(Duration::MAX))
            .into_future()
    );
    for _ in 0..3 {
        drive_until(call.as_mut(), asked.passed()).await;
        pass(Duration::from_secs(60)).await;
    }
    let error = within(call).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 3));
    assert_eq!(server.finish().await.len(), 3);
}

/// Sends a start, and more once the gate opens.
fn pausing(content_type: &'static str, parts: [Vec<u8>; 2], gate: Gate) -> Script {
    script(async move |mut connection| {
        let [start, rest] = parts;
        connection.request().await;
        connection.write(chunked_head(content_type)).await;
        connection.write(start).await;
        gate.passed().await;
        connection.write(rest).await;
        connection.write(LAST).await;
    })
}

fn stalling(content_type: &'static str, start: Vec<u8>) -> Script {
    script(async move |mut connection| {
        connection.request().await;
        connection.write(chunked_head(content_type)).await;
        connection.write(start).await;
        connection.closed().await;
    })
}

fn assert_silence(error: &cartesia_http::Error, bytes: u64) {
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    assert_eq!(error.bytes_received(), Some(bytes));
    assert_eq!(error.request_id(), Some("head-id"));
    assert!(!error.is_retryable(), "it would be billed again");
    let text = error.to_string();
    assert!(
        text.contains("`Timeouts::silence`") && text.contains("20s"),
        "{text}"
    );
}

#[tokio::test]
async fn a_stall_in_an_event_stream_is_a_timeout_with_what_arrived() {
    // The second event stops in its middle.
    let mut start = chunk_event(&[7; 100]);
    start.push_str("event: chunk\ndata: {\"type\":");
    let server = Server::start([stalling(EVENTS, piece(start))]).await;
    let client = server.client();
    let mut events = within(client.tts().sse(sse_request())).await.unwrap();
    assert!(matches!(
        within(events.next_event()).await.unwrap(),
        Some(Event::Chunk(_))
    ));
    {
        let mut next = pin!(events.next_event());
        assert_waits(next.as_mut()).await;
        pass(ALMOST).await;
        assert_waits(next.as_mut()).await;
        pass(Duration::from_secs(2)).await;
        assert_silence(&within(next).await.unwrap_err(), 100);
    }
    // That was the end, and the connection is gone although the stream is still here.
    assert!(within(events.next_event()).await.unwrap().is_none());
    server.finish().await;
}

#[tokio::test]
async fn a_stall_in_a_body_is_a_timeout_with_what_arrived() {
    let server = Server::start([stalling("audio/raw", piece([7; 100]))]).await;
    let client = server.client();
    let request = bytes_request(RawFormat::PCM_S16LE_16000);
    let mut body = within(client.tts().bytes(request)).await.unwrap();
    assert_eq!(within(body.next_chunk()).await.unwrap().unwrap().len(), 100);
    {
        let mut next = pin!(body.next_chunk());
        assert_waits(next.as_mut()).await;
        pass(SILENCE + Duration::from_secs(1)).await;
        assert_silence(&within(next).await.unwrap_err(), 100);
    }
    assert!(within(body.next_chunk()).await.unwrap().is_none());
    server.finish().await;
}

#[tokio::test]
async fn a_stall_in_an_answer_is_a_timeout() {
    let sent = Gate::default();
    let started = sent.clone();
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        connection
            .write("HTTP/1.1 200 OK\r\nx-request-id: head-id\r\ncontent-length: 9\r\n\r\n{")
            .await;
        started.open();
        connection.closed().await;
    })])
    .await;
    let client = builder(&server.url())
        .timeouts(Timeouts::default().with_silence(Duration::from_millis(50)))
        .build()
        .unwrap();
    let error = within(client.status().retry(at_once(3))).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1));
    assert_eq!(
        (error.request_id(), error.bytes_received()),
        (Some("head-id"), None)
    );
    within(sent.passed()).await;
    assert_eq!(server.finish().await.len(), 1);
}

/// The limit is one on the server: time that the reader spends elsewhere does not count.
#[tokio::test]
async fn a_slow_reader_is_not_punished() {
    let gate = Gate::default();
    let parts = [chunk_event(&[1, 2]), done_event()].map(piece);
    let server = Server::start([pausing(EVENTS, parts, gate.clone())]).await;
    let client = server.client();
    let mut events = within(client.tts().sse(sse_request())).await.unwrap();
    // A wait first, so that the timer has been set once.
    within(events.next_event()).await.unwrap().unwrap();
    pass(2 * SILENCE).await;
    {
        let mut next = pin!(events.next_event());
        assert_waits(next.as_mut()).await;
        pass(ALMOST).await;
        assert_waits(next.as_mut()).await;
        gate.open();
        assert!(matches!(within(next).await.unwrap(), Some(Event::Done(_))));
    }
    server.finish().await;
}

/// Each piece starts the limit anew: a long stream is no stall.
#[tokio::test]
async fn a_stream_may_last_longer_than_the_limit_of_silence() {
    let gate = Gate::default();
    let steps = gate.clone();
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        connection.write(chunked_head("audio/raw")).await;
        for _ in 0..5 {
            steps.passed().await;
            connection.write(piece([1, 2])).await;
        }
        connection.write(LAST).await;
    })])
    .await;
    let client = server.client();
    let request = bytes_request(RawFormat::PCM_S16LE_16000);
    let mut body = within(client.tts().bytes(request)).await.unwrap();
    for _ in 0..5 {
        let mut next = pin!(body.next_chunk());
        assert_waits(next.as_mut()).await;
        pass(ALMOST).await;
        gate.open();
        assert_eq!(within(next).await.unwrap().unwrap()[..], [1, 2]);
    }
    assert!(within(body.next_chunk()).await.unwrap().is_none());
    server.finish().await;
}

/// The wait for the next try is an hour, and the service could be asked for ever.
#[tokio::test]
async fn the_timeout_of_a_call_bounds_all_its_tries_and_waits() {
    let hour = Duration::from_secs(3_600);
    let asked = Gate::default();
    let answered = asked.clone();
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        connection
            .write(response("503 Busy", &["retry-after: 3600"], ""))
            .await;
        answered.open();
    })])
    .await;
    let policy = at_once(u32::MAX)
        .with_max_retry_after(hour)
        .with_budget(Duration::MAX);
    let limit = Duration::from_secs(100);
    let call = server.client().status().retry(policy).timeout(limit);
    let mut call = pin!(call.into_future());
    drive_until(call.as_mut(), asked.passed()).await;
    pass(limit).await;
    let error = within(call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        error.to_string().contains("the call's timeout of 100s"),
        "{error}"
    );
    server.finish().await;
}

#[tokio::test]
async fn the_timeout_of_a_call_bounds_the_body_of_an_answer() {
    let gate = Gate::default();
    let asked = gate.clone();
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        connection
            .write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{")
            .await;
        asked.open();
        connection.closed().await;
    })])
    .await;
    let client = server.client();
    {
        let limit = Duration::from_secs(7);
        let mut call = pin!(client.status().timeout(limit).into_future());
        drive_until(call.as_mut(), gate.passed()).await;
        pass(limit).await;
        let error = within(call).await.unwrap_err();
        assert!(
            error.to_string().contains("the call's timeout of 7s"),
            "{error}"
        );
    }
    server.finish().await;
}

/// For a stream it bounds the start alone.
#[tokio::test]
async fn the_timeout_of_a_call_does_not_bound_its_stream() {
    let gate = Gate::default();
    let parts = [chunk_event(&[1, 2]), done_event()].map(piece);
    let server = Server::start([pausing(EVENTS, parts, gate.clone())]).await;
    let call = client(&server.url()).tts().sse(sse_request());
    let mut events = within(call.timeout(Duration::from_secs(10))).await.unwrap();
    within(events.next_event()).await.unwrap().unwrap();
    pass(Duration::from_secs(20)).await;
    gate.open();
    assert!(matches!(
        within(events.next_event()).await.unwrap(),
        Some(Event::Done(_))
    ));
    server.finish().await;
}

/// Keep-alives are bytes, but no progress; neither are empty chunks or events that nobody knows.
#[tokio::test]
async fn an_event_stream_of_keep_alives_ends_for_want_of_audio() {
    let words = r#"{"type":"timestamps","word_timestamps":{"words":[],"start":[],"end":[]}}"#;
    let noises = [
        ": ping\n\n".to_owned(),
        "data:\n\n".to_owned(),
        chunk_event(&[]),
        event(r#"{"type":"brand_new","done":false}"#),
    ];
    let before_audio = noises.iter().cloned().chain([event(words)]);
    let cases = before_audio
        .map(|noise| (String::new(), noise, 10, "`Timeouts::first_audio`", 0))
        .chain(noises.iter().cloned().map(|noise| {
            let start = chunk_event(&[7; 100]);
            (start, noise, 20, "`Timeouts::silence`", 100)
        }));
    for (start, noise, limit, name, bytes) in cases {
        let gate = Gate::default();
        let next = gate.clone();
        let server = Server::start([script(async move |mut connection| {
            connection.request().await;
            connection.write(chunked_head(EVENTS)).await;
            if bytes > 0 {
                connection.write(piece(start)).await;
            }
            loop {
                next.passed().await;
                connection.write(piece(&noise)).await;
            }
        })])
        .await;
        let mut events = within(server.client().tts().sse(sse_request()))
            .await
            .unwrap();
        if bytes > 0 {
            within(events.next_audio()).await.unwrap();
        }
        let mut audio = pin!(events.next_audio());
        for _ in 0..limit {
            assert_waits(audio.as_mut()).await;
            gate.open();
            pass(Duration::from_secs(1)).await;
        }
        let error = within(audio).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(error.bytes_received(), Some(bytes));
        assert!(error.to_string().contains(name), "{error}");
    }
}

/// Each byte comes within every other limit.
#[tokio::test]
async fn an_answer_that_drips_is_limited_as_a_whole() {
    let gate = Gate::default();
    let next = gate.clone();
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        connection
            .write("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n")
            .await;
        loop {
            next.passed().await;
            connection.write(" ").await;
        }
    })])
    .await;
    let client = server.client();
    let mut call = pin!(client.status().into_future());
    for _ in 0..12 {
        assert_waits(call.as_mut()).await;
        gate.open();
        pass(Duration::from_secs(10)).await;
    }
    let error = within(call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        error.to_string().contains("120s (`Timeouts::total`)"),
        "{error}"
    );
}

/// As if there were none: no clock can hold the sum.
#[tokio::test]
async fn limits_that_no_clock_can_hold_are_no_limits() {
    const MAX: Duration = Duration::MAX;
    let limits = Timeouts::default()
        .with_connect(MAX)
        .with_response(MAX)
        .with_first_audio(MAX)
        .with_silence(MAX)
        .with_total(MAX);
    let stream = [chunk_event(&[1, 2]), done_event()].concat();
    let head = ["content-type: application/json", "connection: close"];
    let list = response("200 OK", &head, r#"{"data":[]}"#);
    let server = Server::start([
        answer(chunked(EVENTS, [stream])),
        answer(response("200 OK", &["connection: close"], "xy")),
        answer(list.clone()),
        answer(list),
    ])
    .await;
    let client = builder(&server.url()).timeouts(limits).build().unwrap();
    let call = client.tts().sse(sse_request()).timeout(MAX);
    let events = within(call).await.unwrap();
    assert_eq!(
        within(events.collect_audio()).await.unwrap().data().len(),
        2
    );
    let call = client
        .tts()
        .bytes(bytes_request(RawFormat::PCM_S16LE_16000));
    let body = within(call).await.unwrap();
    assert_eq!(within(body.collect()).await.unwrap().data().len(), 2);
    for call in [
        client.voices().list(ListVoicesRequest::new()),
        client.voices().list(ListVoicesRequest::new()).timeout(MAX),
    ] {
        assert!(within(call).await.unwrap().data.is_empty());
    }
    server.finish().await;
}

/// Opening a pipe waits for its writer.
#[cfg(unix)]
#[tokio::test]
async fn a_pipe_that_nobody_writes_to_is_a_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("clip.wav");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let limits = Timeouts::default().with_response(Duration::from_millis(20));
    let client = builder("http://127.0.0.1:1")
        .timeouts(limits)
        .build()
        .unwrap();
    let upload = Upload::from_path(&pipe);
    let call = client.files().upload(upload, FilePurpose::VOICE_CLONE);
    let error = within(call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        error.to_string().contains("`Timeouts::response`"),
        "{error}"
    );
    // Lets the thread go that waits.
    drop(std::fs::OpenOptions::new().write(true).open(pipe).unwrap());
}
