//! Keys, tokens and passwords are in no text that a program may write to a log.

use std::fmt::Debug;

use cartesia_core::network::{Network, Proxy, ProxyUrl};
use cartesia_types::tts::ContextSpec;
use cartesia_types::{ErrorKind, ModelId, RawFormat, VoiceId};
use cartesia_ws::{ContextPolicy, ReconnectPolicy};
use http::header::COOKIE;
use http::{HeaderName, HeaderValue};
use tokio::io::AsyncReadExt as _;

use crate::support::{KEY, Server, TOKEN, connector, everything, failure, frame, script, within};

fn assert_opaque(value: &impl Debug) {
    let shown = format!("{value:?} {value:#?}").to_lowercase();
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn the_canaries_would_be_seen() {
    for secret in [KEY, TOKEN] {
        assert!(std::panic::catch_unwind(|| assert_opaque(&secret)).is_err());
    }
}

#[test]
fn connectors_are_opaque() {
    let secret = || HeaderValue::from_static("canary");
    let proxy = Proxy::fixed("http://canary:canary@127.0.0.1:1".parse().unwrap());
    let connector = connector("https://canary:canary@example.com")
        .header(COOKIE, secret())
        .header(HeaderName::from_static("x-secret"), secret())
        .network(Network::new().with_proxy(proxy));
    assert_opaque(&connector);
    assert_opaque(&connector.clone().access_token(TOKEN));
    assert_opaque(&connector.api_key("canary with spaces"));
}

#[tokio::test]
async fn a_connector_that_cannot_be_used_does_not_say_with_what() {
    for broken in [
        connector("https://canary:canary@example.com"),
        connector("https://example.com/?canary"),
        connector("ftp://canary"),
        connector("https://example.com").api_key("canary with spaces"),
    ] {
        assert_eq!(failure(broken).await.kind(), ErrorKind::Config);
    }
    for scheme in ["http", "socks5h"] {
        let url = format!("{scheme}://canary:canary@127.0.0.1:99999");
        let error = url.parse::<ProxyUrl>().unwrap_err();
        assert!(error.to_string().contains("its port"), "{error}");
        assert_opaque(&error);
    }
}

/// A proxy may echo what it was sent.
#[tokio::test]
async fn what_is_echoed_is_not_shown() {
    let echo = format!("x-echo: {KEY}\r\nset-cookie: canary\r\nx-request-id: open-id\r\n");
    let server = Server::start([
        script({
            let echo = echo.clone();
            async move |mut connection| {
                connection.upgrade(&echo, b"").await;
                connection.goodbye().await;
            }
        }),
        script(async move |mut connection| {
            connection.request().await;
            let head = format!("HTTP/1.1 500 {KEY}\r\n{echo}\r\n{{\"message\":\"{KEY}\"}}");
            connection.write(head).await;
        }),
    ])
    .await;
    let opened = within(server.connector().check()).await.unwrap();
    assert_eq!(opened.headers()["x-echo"], KEY);
    assert_opaque(&opened);
    let error = failure(server.connector()).await;
    assert!(everything(&error).contains("<redacted>"), "{error}");
    server.finish().await;
}

/// By its value, whatever the credential looks like.
#[tokio::test]
async fn a_credential_in_a_close_reason_or_an_error_message_is_not_shown() {
    for secret in [KEY, TOKEN, "plain-canary"] {
        let error_message =
            format!(r#"{{"type":"error","status_code":401,"done":true,"error":"no {secret}"}}"#);
        let goodbye = [
            &1_008_u16.to_be_bytes(),
            format!("bad: {secret}").as_bytes(),
        ]
        .concat();
        for (last, status) in [
            (frame(0x88, goodbye), None),
            (frame(0x81, error_message), Some(401)),
        ] {
            let server = Server::start([script(async move |mut connection| {
                connection.upgrade("", b"").await;
                connection.stream.read_u8().await.unwrap();
                connection.write(last).await;
                let mut rest = Vec::new();
                connection.stream.read_to_end(&mut rest).await.unwrap();
            })])
            .await;
            let never = ContextPolicy::default().with_reconnect(ReconnectPolicy::never());
            let connector = server.connector().access_token(secret).contexts(never);
            let connection = within(connector.tts()).await.unwrap();
            let voice = VoiceId::from("db6b0ed5-d5d3-463d-ae85-518a07d3c2b4");
            let spec = ContextSpec::new(ModelId::SONIC_3_5, voice, RawFormat::PCM_S16LE_16000);
            let context = connection.context(spec).unwrap();
            let mut output = within(context.speak("Hello.")).await.unwrap();
            let error = within(output.next_event()).await.unwrap_err();
            let shown = format!(
                "{} {:?} {:?}",
                everything(&error),
                error.closed(),
                error.api_error()
            );
            assert!(!shown.contains("canary"), "{shown}");
            assert!(shown.contains("<redacted>"), "{shown}");
            assert_eq!(error.status().map(|status| status.as_u16()), status);
            assert_eq!(error.closed().is_some(), status.is_none());
            drop((connection, output));
            server.finish().await;
        }
    }
}
