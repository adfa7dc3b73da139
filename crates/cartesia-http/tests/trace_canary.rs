//! What is traced at the most talkative level, by this crate and by those underneath, shows neither
//! keys nor what is said. A binary of its own: the subscriber is that of the whole process.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "it/support.rs"]
#[allow(
    dead_code,
    reason = "shared with the other tests, which use more of it"
)]
mod support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use cartesia_types::voice::ListVoicesRequest;
use cartesia_types::{ErrorKind, Mp3Format};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use support::{
    EVENTS, KEY, Server, TRANSCRIPT, answer, at_once, builder, bytes_request, chunk_event, chunked,
    chunked_head, done_event, piece, response, sse_request, within,
};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Success, refusals that are tried again, and failures at every stage.
async fn speak(audio: &[u8]) {
    let stream = chunked(EVENTS, [chunk_event(audio), done_event()]);
    let mut cut = chunked_head(EVENTS).into_bytes();
    cut.extend(piece(chunk_event(audio)));
    let broken = chunked(
        EVENTS,
        [chunk_event(audio), format!("data: {TRANSCRIPT}\n\n")],
    );
    let busy = response("503 Busy", &["content-type: text/plain"], "busy");
    let server = Server::start([
        answer(busy),
        answer(stream),
        answer(cut),
        answer(broken),
        answer(chunked("audio/mpeg", [audio])),
        answer(response("401 No", &[], "Unauthorized: no such key")),
        answer(response(
            "307 There",
            &["location: http://127.0.0.1:1/"],
            "",
        )),
        // A synthesis that is not answered is retried once.
        answer(""),
        answer(""),
    ])
    .await;
    let client = builder(&server.url()).retry(at_once(2)).build().unwrap();
    let sse = async || {
        let events = client.tts().sse(sse_request()).await?;
        events.collect_audio().await
    };
    let bytes = async || {
        let body = client
            .tts()
            .bytes(bytes_request(Mp3Format::default()))
            .await?;
        body.collect().await
    };
    assert_eq!(within(sse()).await.unwrap().data()[..], *audio);
    assert_eq!(
        within(sse()).await.unwrap_err().kind(),
        ErrorKind::Incomplete
    );
    assert_eq!(within(sse()).await.unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(within(bytes()).await.unwrap().data()[..], *audio);
    assert_eq!(within(sse()).await.unwrap_err().kind(), ErrorKind::Auth);
    assert_eq!(
        within(bytes()).await.unwrap_err().kind(),
        ErrorKind::Protocol
    );
    assert_eq!(within(bytes()).await.unwrap_err().kind(), ErrorKind::Closed);
    let requests = server.finish().await;
    assert_eq!(requests.len(), 9);
    // The port is closed now.
    assert_eq!(within(sse()).await.unwrap_err().kind(), ErrorKind::Connect);
    let list = client.voices().list(ListVoicesRequest::new());
    assert_eq!(within(list).await.unwrap_err().kind(), ErrorKind::Connect);
}

#[tokio::test]
async fn nothing_secret_is_traced() {
    let captured = Captured::default();
    // `init` also takes what the crates underneath write to `log`.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(captured.clone())
        .init();
    let audio = b"canary audio, as text and in base64".repeat(20);
    speak(&audio).await;

    let text = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    // What must be there, or else nothing was captured: calls, tries, and the crates underneath.
    for part in [
        "cartesia.http{operation=\"tts.sse\"}",
        "DEBUG",
        "cartesia_http::send: response status=200 attempt=2",
        "WARN",
        "cartesia_http::send: retrying kind=server status=503 attempt=1 delay_ms=0",
        "TRACE",
        "reqwest::connect",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let key = KEY.strip_prefix("sk_car_").unwrap();
    let event = chunk_event(&audio);
    let base64 = event.split('"').find(|part| part.len() > 100).unwrap();
    for secret in [KEY, key, TRANSCRIPT, "canary", &base64[..12]] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
