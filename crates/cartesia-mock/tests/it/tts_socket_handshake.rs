//! How sockets are opened, refused and closed.

use std::time::Duration;

use cartesia_mock::{Fault, MessageKind, MockServer};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::socket_client::{connect, handshake, request};
use crate::support::{KEY, NEWEST, answer_json, get, post, start, within};

const PATH: &str = "/tts/websocket";

/// Status, request identifier and body of a refused handshake.
async fn refused(
    server: &MockServer,
    path: &str,
    headers: &[(&'static str, &str)],
) -> (u16, String, String) {
    let Err(Error::Http(response)) = handshake(server, path, headers).await.map(|_| ()) else {
        panic!("not refused: {path}");
    };
    let request_id = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let status = response.status().as_u16();
    let body = response.into_body().unwrap_or_default();
    (status, request_id, String::from_utf8(body).unwrap())
}

#[tokio::test]
async fn credentials_and_version_come_in_headers_or_in_the_query() {
    let server = start().await;
    let bearer = format!("Bearer {KEY}");
    let version = ("cartesia-version", NEWEST);
    let token = post(
        &server,
        NEWEST,
        "/access-token",
        &json!({"grants": {"tts": true}}),
    );
    let token = answer_json(token).await["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let with_token = format!("Bearer {token}");
    for (path, headers) in [
        (
            PATH.to_owned(),
            vec![("authorization", bearer.as_str()), version],
        ),
        (PATH.to_owned(), vec![("x-api-key", KEY), version]),
        (
            PATH.to_owned(),
            vec![("authorization", &with_token), version],
        ),
        (
            format!("{PATH}?api_key={KEY}&cartesia_version={NEWEST}"),
            vec![],
        ),
        (format!("{PATH}?access_token={token}"), vec![version]),
        // The query wins.
        (
            format!("{PATH}?cartesia_version={NEWEST}&api_key={KEY}"),
            vec![
                ("authorization", "Bearer nobody"),
                ("cartesia-version", "x"),
            ],
        ),
    ] {
        let (_, response) = handshake(&server, &path, &headers).await.unwrap();
        assert_eq!(response.status(), 101, "{path}");
        assert!(response.headers().contains_key("x-request-id"));
    }
    let received = server.received();
    assert!(!format!("{received:?}").contains(&token) && !format!("{received:?}").contains(KEY));
}

#[tokio::test]
async fn a_refused_handshake_says_why_in_the_shape_of_its_version() {
    let server = start().await;
    let bearer = format!("Bearer {KEY}");
    let token = post(
        &server,
        NEWEST,
        "/access-token",
        &json!({"grants": {"stt": true}}),
    );
    let token = answer_json(token).await["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let with_token = format!("Bearer {token}");
    for (status, path, headers) in [
        (400, PATH, vec![("authorization", bearer.as_str())]),
        (
            400,
            PATH,
            vec![
                ("authorization", &bearer),
                ("cartesia-version", "2020-01-01"),
            ],
        ),
        (401, PATH, vec![("cartesia-version", NEWEST)]),
        (
            401,
            PATH,
            vec![
                ("authorization", "Bearer eyJ.x"),
                ("cartesia-version", NEWEST),
            ],
        ),
        (
            403,
            PATH,
            vec![("authorization", &with_token), ("cartesia-version", NEWEST)],
        ),
        (
            404,
            "/tts/websockets",
            vec![("authorization", &bearer), ("cartesia-version", NEWEST)],
        ),
    ] {
        let (found, request_id, body) = refused(&server, path, &headers).await;
        assert_eq!(found, status, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert!(
            body["title"].is_string() && body["message"].is_string(),
            "{body}"
        );
        assert_eq!(body["request_id"], request_id);
    }
    let headers = [("cartesia-version", "2025-11-04")];
    let (status, _, body) = refused(&server, PATH, &headers).await;
    assert_eq!(
        (status, body.starts_with("Unauthorized: ")),
        (401, true),
        "{body}"
    );
    for status in [402, 429, 500, 503] {
        server.inject(Fault::status(status).on(PATH));
        let headers = [
            ("authorization", bearer.as_str()),
            ("cartesia-version", NEWEST),
        ];
        assert_eq!(refused(&server, PATH, &headers).await.0, status);
    }
    let (status, body) = crate::support::answer(get(&server, NEWEST, PATH)).await;
    assert_eq!(
        (status.as_u16(), body.contains("WebSocket")),
        (400, true),
        "{body}"
    );
    assert!(server.sockets().is_empty());
}

#[tokio::test]
async fn pings_are_answered_and_closes_too() {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    client.send_raw(Message::Ping("abc".into())).await;
    let pong = client.next_raw().await.unwrap().unwrap();
    assert_eq!(pong, Message::Pong("abc".into()));
    let close = CloseFrame {
        code: 1001.into(),
        reason: "bye".into(),
    };
    client.send_raw(Message::Close(Some(close))).await;
    assert_eq!(client.closed().await, (1001, "bye".to_owned()));
    assert!(client.next_raw().await.is_none_or(|next| next.is_err()));
    let socket = &server.sockets()[0];
    assert_eq!(socket.number, 1);
    assert_eq!(socket.client_close, Some((1001, "bye".to_owned())));
    assert_eq!(socket.request_id, server.received()[0].request_id);
}

#[tokio::test]
async fn what_clients_say_is_kept() {
    let server = start().await;
    let mut first = connect(&server, NEWEST).await;
    let mut second = connect(&server, NEWEST).await;
    first.send(&request("a", "Hello.")).await;
    first.until_over("a").await;
    second.send_raw(Message::Ping("x".into())).await;
    second.send_raw(Message::text("no JSON")).await;
    let messages = within(server.messages_after(3)).await;
    let kinds: Vec<_> = messages.iter().map(|m| (m.connection, m.kind)).collect();
    assert_eq!(
        kinds,
        [
            (1, MessageKind::Text),
            (2, MessageKind::Ping),
            (2, MessageKind::Text)
        ]
    );
    assert_eq!(messages[0].context_id.as_deref(), Some("a"));
    assert_eq!(messages[0].json(), Some(request("a", "Hello.")));
    assert_eq!(messages[2].json(), None);
    assert!(!format!("{messages:?}").contains("Hello"));
}

#[tokio::test]
async fn a_socket_without_traffic_is_closed_and_pings_are_none() {
    let builder = MockServer::builder().idle_timeout(Duration::from_millis(50));
    let server = within(builder.start()).await.unwrap();
    let mut client = connect(&server, NEWEST).await;
    client.send_raw(Message::Ping("abc".into())).await;
    assert!(client.next_raw().await.unwrap().unwrap().is_pong());
    assert_eq!(
        client.closed().await,
        (1000, "connection idle timeout".to_owned())
    );
}

#[tokio::test]
async fn a_server_that_stops_closes_its_sockets() {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    let stopped = async {
        assert_eq!(client.closed().await.0, 1001);
        // The answer leaves with the next look at the socket.
        assert!(client.next_raw().await.is_none_or(|next| next.is_err()));
    };
    within(async { tokio::join!(server.shutdown(), stopped) }).await;
}

#[tokio::test]
async fn a_client_that_breaks_the_protocol_gets_the_reason() {
    use tokio::io::AsyncWriteExt as _;

    for (bytes, code) in [
        // A frame that is not masked.
        (&b"\x81\x02{}"[..], 1002),
        // Text that is not UTF-8, masked with zeros.
        (b"\x81\x82\0\0\0\0\xff\xfe", 1007),
    ] {
        let server = start().await;
        let mut client = connect(&server, NEWEST).await;
        within(client.inner().get_mut().write_all(bytes))
            .await
            .unwrap();
        assert_eq!(client.closed().await.0, code);
    }
}
