//! What is sent to open a WebSocket, and what has to come back.

use std::sync::atomic::{AtomicU32, Ordering};

use cartesia_core::{Credential, TokenFuture, TokenProvider};
use cartesia_types::{AccessToken, ApiVersion, ErrorKind};
use cartesia_ws::Connector;
use http::header::{COOKIE, HOST, USER_AGENT};
use http::{HeaderName, HeaderValue};

use crate::support::{KEY, Server, TOKEN, accept_key, answer, failure, script, websocket, within};

#[tokio::test]
async fn the_request_is_exactly_this() {
    let server = Server::start([websocket()]).await;
    let opened = within(server.connector().check()).await.unwrap();
    assert_eq!(opened.request_id(), Some("open-id"));
    assert_eq!(opened.headers()["upgrade"], "WebSocket");

    let address = server.address;
    let requests = server.finish().await;
    let key = requests[0].header("sec-websocket-key").unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "GET /tts/websocket HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-Websocket-Version: 13\r\n\
         User-Agent: cartesia-rust/{version}\r\nX-Cartesia-Client: cartesia-rust/{version}\r\n\
         Cartesia-Version: 2026-08-14\r\nAuthorization: Bearer {KEY}\r\n\
         Sec-Websocket-Key: {key}\r\n\r\n"
    );
    assert_eq!(requests[0].head, expected);
    // 16 bytes in base64 (RFC 6455, section 4.1).
    assert_eq!((key.len(), &key[22..]), (24, "=="));
}

#[tokio::test]
async fn every_connection_draws_its_own_key() {
    let server = Server::start([websocket(), websocket()]).await;
    for _ in 0..2 {
        within(server.connector().check()).await.unwrap();
    }
    let requests = server.finish().await;
    let keys = requests
        .iter()
        .map(|request| request.header("sec-websocket-key"));
    let keys: Vec<_> = keys.collect();
    assert_ne!(keys[0], keys[1]);
}

#[tokio::test]
async fn settings_show_in_the_request() {
    let server = Server::start([websocket()]).await;
    let connector = server
        .connector()
        .base_url(format!(
            "http://localhost:{}/gateway/",
            server.address.port()
        ))
        .api_version(ApiVersion::V2024_11_13)
        .header(USER_AGENT, HeaderValue::from_static("mine"))
        .header(COOKIE, HeaderValue::from_static("a=b"));
    within(connector.check()).await.unwrap();
    let requests = server.finish().await;
    let request = &requests[0];
    assert_eq!(request.line(), "GET /gateway/tts/websocket");
    assert!(request.header("host").unwrap().starts_with("localhost:"));
    assert_eq!(request.header("cartesia-version"), Some("2024-11-13"));
    assert_eq!(request.header("user-agent"), Some("mine"));
    assert_eq!(request.header("cookie"), Some("a=b"));
    // Before 2025-04-16 a key had a header of its own.
    assert_eq!(request.header("x-api-key"), Some(KEY));
    assert_eq!(request.header("authorization"), None);
}

#[tokio::test]
async fn a_token_is_in_the_url_only_where_that_was_asked_for_and_a_key_never() {
    let server = Server::start([websocket(), websocket(), websocket()]).await;
    let token = server.connector().access_token(TOKEN);
    let key = server.connector().token_in_query(true);
    for connector in [token.clone(), token.token_in_query(true), key] {
        within(connector.check()).await.unwrap();
    }
    let requests = server.finish().await;
    let bearer = format!("Bearer {TOKEN}");
    let target = "/tts/websocket?access_token=canary.token%2Bwith%2Fodd%3Dsigns";
    let found: Vec<_> = requests
        .iter()
        .map(|request| (request.line(), request.header("authorization")))
        .collect();
    let expected = [
        ("GET /tts/websocket", Some(bearer.as_str())),
        (&format!("GET {target}"), None),
        ("GET /tts/websocket", Some(&format!("Bearer {KEY}"))),
    ];
    assert_eq!(found, expected);
}

/// Gives `canary-1`, `canary-2` and so on, and nothing from the third time on.
#[derive(Default)]
struct Counting(AtomicU32);

impl TokenProvider for Counting {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(async {
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            if number > 2 {
                return Err("the source ran dry".into());
            }
            Ok(AccessToken::new(format!("canary-{number}"))?)
        })
    }
}

#[tokio::test]
async fn a_provider_is_asked_before_every_connection() {
    let server = Server::start([websocket(), websocket()]).await;
    let connector = server
        .connector()
        .credential(Credential::provider(Counting::default()));
    for _ in 0..2 {
        within(connector.check()).await.unwrap();
    }
    let error = failure(connector).await;
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(error.to_string().contains("returned no token"), "{error}");
    let requests = server.finish().await;
    for (request, token) in requests.iter().zip(["Bearer canary-1", "Bearer canary-2"]) {
        assert_eq!(request.header("authorization"), Some(token));
    }
}

#[tokio::test]
async fn headers_of_the_handshake_cannot_be_set() {
    for name in ["upgrade", "sec-websocket-protocol", HOST.as_str()] {
        let header = HeaderName::from_static(name);
        let connector = Connector::new()
            .api_key(KEY)
            .header(header, HeaderValue::from_static("x"));
        let error = failure(connector).await;
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(name), "{error}");
    }
}

/// What a server sends together with its answer is not lost: here, its goodbye.
#[tokio::test]
async fn bytes_right_after_the_answer_belong_to_the_websocket() {
    let server = Server::start([script(async |mut connection| {
        let going_away = [0x88, 2, 0x03, 0xe9];
        connection.upgrade("", &going_away).await;
        // The client's own goodbye may cross it; nobody answers here, so it must have seen this one.
        let mut rest = Vec::new();
        let reading = tokio::io::AsyncReadExt::read_to_end(&mut connection.stream, &mut rest);
        within(reading).await.unwrap();
    })])
    .await;
    let opened = within(server.connector().check()).await.unwrap();
    assert_eq!(opened.request_id(), None);
    server.finish().await;
}

#[tokio::test]
async fn an_interim_answer_is_passed_over() {
    let server = Server::start([script(async |mut connection| {
        connection
            .write("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n")
            .await;
        connection.upgrade("", b"").await;
        connection.goodbye().await;
    })])
    .await;
    within(server.connector().check()).await.unwrap();
    server.finish().await;
}

#[tokio::test]
async fn an_answer_that_is_no_agreement_is_refused() {
    let agreed = |lines: &'static str| {
        script(async move |mut connection| {
            let request = connection.request().await;
            let key = request.header("sec-websocket-key").unwrap();
            let lines = lines.replace("{accept}", &accept_key(key));
            let head = "HTTP/1.1 101 Switching Protocols\r\nx-request-id: wrong-id\r\n";
            connection.write(format!("{head}{lines}\r\n")).await;
            connection.closed().await;
        })
    };
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\n";
    for (lines, part) in [
        (
            "upgrade: websocket\r\nsec-websocket-accept: {accept}\r\n",
            "another protocol",
        ),
        (
            "connection: upgrade\r\nsec-websocket-accept: {accept}\r\n",
            "another protocol",
        ),
        (
            "connection: upgrade\r\nupgrade: h2c\r\nsec-websocket-accept: {accept}\r\n",
            "another protocol",
        ),
        (upgrade, "does not fit the request"),
        (
            "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: bm9uc2Vuc2U=\r\n",
            "does not fit the request",
        ),
        (
            "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {accept}\r\n\
             sec-websocket-extensions: permessage-deflate\r\n",
            "was not offered",
        ),
    ] {
        let server = Server::start([agreed(lines)]).await;
        let error = failure(server.connector()).await;
        assert_eq!(error.kind(), ErrorKind::Protocol, "{lines}");
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(error.request_id(), Some("wrong-id"));
        server.finish().await;
    }
}

#[tokio::test]
async fn a_server_without_http_is_no_websocket_server() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{16}",
    ] {
        let server = Server::start([answer(bytes)]).await;
        let error = failure(server.connector()).await;
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert!(
            error.to_string().contains("not a WebSocket server"),
            "{error}"
        );
        server.finish().await;
    }
}
