//! What is traced at the most talkative level while connections are opened, spoken and listened through, by
//! this crate and by those underneath, shows neither keys nor passwords; and neither text nor audio, but for
//! the two targets of the WebSocket library. A binary of its own: the subscriber is that of the whole
//! process.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod listening;
#[path = "../it/support.rs"]
#[allow(
    dead_code,
    reason = "shared with the other tests, which use more of it"
)]
mod support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_core::network::{Network, Proxy};
use cartesia_types::tts::{Buffering, ContextSpec, Event};
use cartesia_types::{ErrorKind, ModelId, RawFormat, VoiceId};
use tokio::io::AsyncReadExt as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::prelude::*;

use support::{
    KEY, Server, TOKEN, answer, connector, failure, frame, response, script, websocket, within,
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

/// Connections that are opened, refused, and not made, with every kind of secret.
async fn connect() {
    let server = Server::start([
        websocket(),
        websocket(),
        answer(response("401 No", &[], &format!("Unauthorized: {KEY}"))),
        answer("nonsense"),
    ])
    .await;
    let key = server.connector();
    within(key.check()).await.unwrap();
    let token = key.clone().access_token(TOKEN).token_in_query(true);
    within(token.check()).await.unwrap();
    assert_eq!(failure(key.clone()).await.kind(), ErrorKind::Auth);
    assert_eq!(failure(token).await.kind(), ErrorKind::Protocol);
    server.finish().await;

    let server = Server::start([
        answer("HTTP/1.1 407 No\r\n\r\n"),
        script(async |mut connection| {
            let mut greeting = [0; 3];
            let reading = connection.stream.read_exact(&mut greeting);
            assert_eq!(reading.await.unwrap(), 3);
            assert_eq!(greeting, [5, 1, 2], "a password is offered");
            connection.write([5, 0xff]).await;
        }),
    ])
    .await;
    for scheme in ["http", "socks5h"] {
        let url = format!("{scheme}://user:canary@{}", server.address);
        let network = Network::new().with_proxy(Proxy::fixed(url.parse().unwrap()));
        let far = connector("ws://speech.invalid").allow_plain_http(true);
        let error = failure(far.network(network)).await;
        assert_eq!(error.kind(), ErrorKind::Connect);
    }
    server.finish().await;
}

const TRANSCRIPT: &str = "A finch sang at dawn.";
const AUDIO: &[u8] = b"finch finch finch!";

/// Text goes there, and text and audio come back.
///
/// The server is no library's, which might trace something itself.
async fn speak() {
    let server = Server::start([script(async |mut connection| {
        connection.upgrade("", b"").await;
        connection.stream.read_u8().await.unwrap();
        let audio = STANDARD.encode(AUDIO);
        let head = r#""context_id":"turn","status_code":206,"done":false"#;
        for text in [
            format!(r#"{{"type":"chunk",{head},"data":"{audio}","step_time":1.0}}"#),
            format!(
                r#"{{"type":"timestamps",{head},"word_timestamps":{{"words":["finch"],"start":[0.0],"end":[0.1]}}}}"#
            ),
            // An unknown context, and an unknown type.
            format!(r#"{{"type":"flush_done","context_id":"other","text":"{TRANSCRIPT}"}}"#),
            format!(r#"{{"type":"new",{head},"text":"{TRANSCRIPT}"}}"#),
            r#"{"type":"done","context_id":"turn","status_code":200,"done":true}"#.to_owned(),
        ] {
            connection.write(frame(0x81, &text)).await;
        }
        // The reason quotes the key: it is logged without it.
        let goodbye = [&1_000_u16.to_be_bytes(), KEY.as_bytes()].concat();
        connection.write(frame(0x88, goodbye)).await;
        let mut rest = Vec::new();
        connection.stream.read_to_end(&mut rest).await.unwrap();
    })])
    .await;
    let connection = within(server.connector().tts()).await.unwrap();
    let voice = VoiceId::from("db6b0ed5-d5d3-463d-ae85-518a07d3c2b4");
    let spec = ContextSpec::new(ModelId::SONIC_3_5, voice, RawFormat::PCM_S16LE_16000)
        .with_buffering(Buffering::Verbatim)
        .with_context_id("turn");
    let context = connection.context(spec).unwrap();
    let mut output = within(context.speak(TRANSCRIPT)).await.unwrap();
    let mut audio = Vec::new();
    while let Some(event) = within(output.next_event()).await.unwrap() {
        if let Event::Chunk(chunk) = event {
            audio.extend_from_slice(&chunk.data);
        }
    }
    assert_eq!(audio, AUDIO);
    server.finish().await;
}

/// What is traced, but for the two targets that trace messages: the filter that the README names.
const WITHOUT_MESSAGES: &str = "trace,tungstenite=off,tokio_tungstenite=off";

#[track_caller]
fn assert_without(text: &str, secrets: &[&str]) {
    let text = text.to_lowercase();
    for secret in secrets {
        assert!(!text.contains(&secret.to_lowercase()), "{secret} in {text}");
    }
}

#[tokio::test]
async fn nothing_secret_is_traced() {
    let (all, filtered) = (Captured::default(), Captured::default());
    let layer = |captured: &Captured| {
        tracing_subscriber::fmt::layer()
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(captured.clone())
    };
    let readme = include_str!("../../README.md");
    assert!(readme.contains(WITHOUT_MESSAGES.trim_start_matches("trace")));
    let without: Targets = WITHOUT_MESSAGES.parse().unwrap();
    // `init` also takes what the crates underneath write to `log`.
    let layers = vec![
        layer(&all).with_filter(LevelFilter::TRACE).boxed(),
        layer(&filtered).with_filter(without).boxed(),
    ];
    tracing_subscriber::registry().with(layers).init();
    connect().await;
    speak().await;
    listening::listen_to_all().await;

    let text = |captured: Captured| String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    let (all, filtered) = (text(all), text(filtered));
    // What must be there, or else nothing was captured: our spans, and the crates underneath.
    for part in [
        "cartesia.ws{operation=\"tts.connect\"}",
        "cartesia.ws{operation=\"stt.live.connect\"}",
        "cartesia.ws{operation=\"stt.turns.connect\"}",
        "cartesia.ws{operation=\"agents.connect\"}",
        "connection open request_id=\"open-id\"",
        "hyper_util::client::legacy::connect::http",
        "connection ended",
        "TRACE",
    ] {
        for text in [&all, &filtered] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
    for part in ["tungstenite::protocol", TRANSCRIPT, &STANDARD.encode(AUDIO)] {
        assert!(all.contains(part), "{part} in {all}");
    }
    // As text, in hexadecimal, and as the password of HTTP.
    let credentials = ["canary", "63616e617279", "dXNlcjpjYW5hcnk", "Y2FuYXJ5"];
    // A server may quote the credential in a message, which the library then logs.
    let is_message = |line: &&str| line.contains("tungstenite") || line.starts_with("payload: 0x");
    let own: Vec<_> = all.lines().filter(|line| !is_message(line)).collect();
    let audio = STANDARD.encode(AUDIO);
    let said = ["finch", "66696e6368", &audio];
    assert_without(&own.join("\n"), &credentials);
    assert_without(&own.join("\n"), &said);
    assert_without(&filtered, &credentials);
    assert_without(&filtered, &said);
}
