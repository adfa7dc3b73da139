//! What is traced at the most talkative level while connections are opened, by this crate and by those
//! underneath, shows neither keys nor passwords. A binary of its own: the subscriber is that of the
//! whole process.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "it/support.rs"]
#[allow(
    dead_code,
    reason = "shared with the other tests, which use more of it"
)]
mod support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use cartesia_types::ErrorKind;
use cartesia_types::network::{Network, Proxy};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use support::{
    KEY, Server, TOKEN, answer, connector, failure, response, script, websocket, within,
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
            let reading =
                tokio::io::AsyncReadExt::read_exact(&mut connection.stream, &mut greeting);
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
    connect().await;

    let text = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    // What must be there, or else nothing was captured: our spans, and the crates underneath.
    for part in [
        "cartesia.ws{operation=\"tts.connect\"}",
        "connection open request_id=\"open-id\"",
        "hyper_util::client::legacy::connect::http",
        "tungstenite",
        "TRACE",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let basic = "dXNlcjpjYW5hcnk";
    for secret in ["canary", basic, "Y2FuYXJ5"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
