//! Keys, tokens and passwords are in no text that a program may write to a log.

use std::fmt::Debug;

use cartesia_core::network::{Network, Proxy};
use cartesia_types::ErrorKind;
use http::header::COOKIE;
use http::{HeaderName, HeaderValue};

use crate::support::{KEY, Server, TOKEN, connector, everything, failure, script, within};

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
        let proxy = Proxy::fixed_except(url.parse().unwrap(), "example.com");
        let network = Network::new().with_proxy(proxy);
        let error = failure(connector("https://example.com").network(network)).await;
        assert_eq!(error.kind(), ErrorKind::Config);
        let named = format!("the proxy {scheme}://127.0.0.1:99999 cannot be used");
        assert!(error.to_string().contains(&named), "{error}");
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
