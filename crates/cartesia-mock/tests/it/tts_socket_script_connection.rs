//! What a script does to handshakes and connections.

use std::io::ErrorKind;
use std::time::Duration;

use cartesia_mock::{Action, ErrorShape, MockServer, Moment, Rule, Script};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::socket_client::{SocketClient, audio_of, connect, handshake, more, request, types};
use crate::support::{KEY, NEWEST, VERSIONS, within};

const TEXT: &str = "Hello world, how are you?";

async fn scripted(rule: Rule) -> MockServer {
    let builder = MockServer::builder().script(Script::new().rule(rule));
    within(builder.start()).await.unwrap()
}

async fn try_connect(server: &MockServer, version: &str) -> Result<SocketClient, Error> {
    let authorization = format!("Bearer {KEY}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("cartesia-version", version),
    ];
    let opened = handshake(server, "/tts/websocket", &headers).await;
    opened.map(|(client, _)| client)
}

#[tokio::test]
async fn handshakes_are_refused_in_both_shapes_or_with_any_body() {
    for status in [400, 401, 402, 403, 404, 429, 500, 503] {
        let refuse = Action::Refuse { status, body: None };
        let server = scripted(Rule::new(Moment::Handshake, refuse)).await;
        for version in VERSIONS {
            let Err(Error::Http(response)) = try_connect(&server, version).await.map(|_| ()) else {
                panic!("not refused");
            };
            assert_eq!(response.status(), status);
            assert!(response.headers().contains_key("x-request-id"));
            let body = response.into_body().unwrap();
            let json = serde_json::from_slice::<Value>(&body);
            assert_eq!(json.is_ok(), version >= "2026-03-01", "{version}");
        }
    }
    let body = Some("<html>".to_owned());
    let refuse = Action::Refuse { status: 502, body };
    let server = scripted(Rule::new(Moment::Handshake, refuse).connection(2)).await;
    connect(&server, NEWEST).await;
    let Err(Error::Http(response)) = try_connect(&server, NEWEST).await.map(|_| ()) else {
        panic!("not refused");
    };
    assert_eq!(response.into_body().unwrap(), b"<html>");
    connect(&server, NEWEST).await;
}

#[tokio::test]
async fn handshakes_break_stall_and_wait() {
    for action in [Action::Reset, Action::HangUp] {
        let server = scripted(Rule::new(Moment::Handshake, action).times(1)).await;
        assert!(try_connect(&server, NEWEST).await.is_err());
        connect(&server, NEWEST).await;
    }
    let server = scripted(Rule::new(Moment::Handshake, Action::StallSocket).times(1)).await;
    let limit = Duration::from_millis(50);
    let silent = tokio::time::timeout(limit, try_connect(&server, NEWEST)).await;
    assert!(silent.is_err());
    connect(&server, NEWEST).await;

    let delay = Action::Delay { milliseconds: 50 };
    let server = scripted(Rule::new(Moment::Handshake, delay)).await;
    let start = std::time::Instant::now();
    connect(&server, NEWEST).await;
    assert!(start.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_connection_is_reset_after_what_was_said() {
    let server = scripted(Rule::new(Moment::Chunks(2), Action::Reset)).await;
    let mut client = connect(&server, NEWEST).await;
    client.send(&request("c", TEXT)).await;
    assert_eq!(client.next().await["type"], "chunk");
    assert_eq!(client.next().await["type"], "chunk");
    match client.next_raw().await {
        Some(Err(Error::Io(error))) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        other => panic!("not reset: {other:?}"),
    }
}

#[tokio::test]
async fn a_connection_ends_without_a_close_frame() {
    let server = scripted(Rule::new(Moment::Chunks(1), Action::HangUp)).await;
    let mut client = connect(&server, NEWEST).await;
    client.send(&request("c", TEXT)).await;
    assert_eq!(client.next().await["type"], "chunk");
    let end = client.next_raw().await;
    assert!(matches!(end, Some(Err(Error::Protocol(_)))), "{end:?}");
}

#[tokio::test]
async fn a_half_open_connection_neither_reads_nor_writes() {
    let server = scripted(Rule::new(Moment::Chunks(1), Action::StallSocket)).await;
    let mut client = connect(&server, NEWEST).await;
    client.send(&request("c", TEXT)).await;
    assert_eq!(client.next().await["type"], "chunk");
    client.send_raw(Message::Ping("x".into())).await;
    let silence = tokio::time::timeout(Duration::from_millis(50), client.next_raw()).await;
    assert!(silence.is_err(), "{silence:?}");
    assert!(!server.sockets()[0].closed);
    assert_eq!(server.messages().len(), 1, "the ping was not read");
}

#[tokio::test]
async fn a_connection_is_closed_with_any_code() {
    for code in [1000, 1001, 1008, 1011, 1013, 4_000] {
        let reason = "because".to_owned();
        let close = Action::Close { code, reason };
        let server = scripted(Rule::new(Moment::Chunks(0), close)).await;
        let mut client = connect(&server, NEWEST).await;
        client.send(&more("c", TEXT)).await;
        assert_eq!(client.closed().await, (code, "because".to_owned()));
    }
    let close = Action::Close {
        code: 1012,
        reason: String::new(),
    };
    let server = scripted(Rule::new(Moment::Connect, close)).await;
    let mut client = connect(&server, NEWEST).await;
    assert_eq!(client.closed().await.0, 1012);
}

#[tokio::test]
async fn pings_are_not_answered() {
    let server = scripted(Rule::new(Moment::Connect, Action::NoPong)).await;
    let mut client = connect(&server, NEWEST).await;
    client.send_raw(Message::Ping("x".into())).await;
    client.send(&request("c", TEXT)).await;
    // `until_over` takes nothing but text.
    assert_eq!(client.until_over("c").await.last().unwrap()["type"], "done");
}

#[tokio::test]
async fn messages_come_in_many_frames_with_pings_between() {
    for pings in [false, true] {
        let fragment = Action::Fragment { frames: 3, pings };
        let server = scripted(Rule::new(Moment::Connect, fragment)).await;
        let mut client = connect(&server, NEWEST).await;
        let request = request("c", TEXT);
        client.send(&request).await;
        let (mut messages, mut seen) = (Vec::new(), 0);
        while messages
            .last()
            .is_none_or(|last: &Value| last["type"] != "done")
        {
            match client.next_raw().await.unwrap().unwrap() {
                Message::Text(text) => messages.push(serde_json::from_str(&text).unwrap()),
                Message::Ping(_) => seen += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(seen, if pings { 2 * messages.len() } else { 0 });
        let version = NEWEST.parse().unwrap();
        let expected = server.expected_audio(version, &request, &[TEXT]).unwrap();
        assert_eq!(audio_of(&messages, "c"), expected);
    }
}

#[tokio::test]
async fn unknown_fields_and_nulls_are_added_to_everything() {
    let script = Script::new()
        .rule(Rule::new(Moment::Connect, Action::UnknownFields))
        .rule(Rule::new(Moment::Connect, Action::NullOptionals));
    let server = within(MockServer::builder().script(script).start())
        .await
        .unwrap();
    let mut client = connect(&server, NEWEST).await;
    let mut request = more("c", TEXT);
    request["add_timestamps"] = true.into();
    request["continue"] = false.into();
    client.send(&request).await;
    let messages = client.until_over("c").await;
    assert!(
        messages
            .iter()
            .all(|message| message["hue"]["degrees"] == 12.5)
    );
    for message in &messages {
        let object = message.as_object().unwrap();
        match message["type"].as_str().unwrap() {
            "chunk" | "done" => assert!(object["flush_id"].is_null()),
            "timestamps" => assert!(object["word_timestamps"].is_null()),
            "flush_done" => assert_eq!(object["flush_id"], 1),
            other => panic!("{other}"),
        }
    }
    client
        .send(&crate::support::with(request, &[("model_id", json!("x"))]))
        .await;
    let error = client.next().await;
    assert!(error.as_object().unwrap()["error_code"].is_null());
}

#[tokio::test]
async fn things_that_are_no_messages_are_sent() {
    for (action, check) in [
        (Action::MalformedJson, "json"),
        (
            Action::Say {
                text: "hello".to_owned(),
            },
            "hello",
        ),
        (Action::Binary { bytes: 5 }, "binary"),
        (Action::UnknownType, "hologram"),
    ] {
        let server = scripted(Rule::new(Moment::Connect, action)).await;
        let mut client = connect(&server, NEWEST).await;
        let first = client.next_raw().await.unwrap().unwrap();
        match check {
            "binary" => assert_eq!(first, Message::binary(vec![0; 5])),
            "hello" => assert_eq!(first, Message::text("hello")),
            "json" => {
                let error = serde_json::from_str::<Value>(first.to_text().unwrap()).unwrap_err();
                assert!(error.is_eof());
            }
            _ => {
                let message: Value = serde_json::from_str(first.to_text().unwrap()).unwrap();
                assert_eq!(message["type"], check);
            }
        }
        // And everything goes on.
        client.send(&request("c", TEXT)).await;
        assert_eq!(client.until_over("c").await.last().unwrap()["type"], "done");
    }
}

#[tokio::test]
async fn a_frame_is_as_big_as_wanted() {
    let big = Action::BigFrame { bytes: 3 << 20 };
    let server = scripted(Rule::new(Moment::Chunks(1), big)).await;
    let mut client = connect(&server, NEWEST).await;
    client.send(&request("c", TEXT)).await;
    client.next().await;
    let message = client.next_raw().await.unwrap().unwrap();
    assert!((3 << 20..4 << 20).contains(&message.len()));
    let chunk: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
    assert_eq!(
        (&chunk["type"], &chunk["context_id"]),
        (&json!("chunk"), &json!("c"))
    );
}

#[tokio::test]
async fn errors_come_in_both_shapes_with_and_without_a_context() {
    for (context, shape) in [
        (true, ErrorShape::Structured),
        (true, ErrorShape::Text),
        (false, ErrorShape::Structured),
        (false, ErrorShape::Text),
    ] {
        let error = Action::Error {
            status: 503,
            code: Some("overloaded".to_owned()),
            context,
            shape: Some(shape),
            done: true,
        };
        let server = scripted(Rule::new(Moment::Chunks(1), error)).await;
        let mut client = connect(&server, NEWEST).await;
        client.send(&request("c", TEXT)).await;
        assert_eq!(client.next().await["type"], "chunk");
        let error = client.next().await;
        assert_eq!(
            (&error["status_code"], &error["done"]),
            (&json!(503), &json!(true))
        );
        assert_eq!(error.get("context_id").is_some(), context);
        if shape == ErrorShape::Structured {
            assert_eq!(error["error_code"], "overloaded");
            assert!(error["request_id"].is_string());
        } else {
            assert!(error["error"].is_string() && error.get("error_code").is_none());
        }
        if context {
            // It is over, and its name is free.
            server.set_script(Script::new());
            client.send(&request("c", TEXT)).await;
        }
        let rest = client.until_over("c").await;
        assert_eq!(types(&rest).last(), Some(&"done"));
    }
}
