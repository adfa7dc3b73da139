//! What can go wrong while listening.

use cartesia_mock::{MockServer, Script};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::socket_client::types;
use crate::stt_socket_client::{FRAME, MANUAL, TURNS, final_text, listen, spoken};
use crate::support::{NEWEST, within};

async fn server(rules: &Value) -> MockServer {
    let script: Script = json!({"rules": rules}).to_string().parse().unwrap();
    within(MockServer::builder().script(script).start())
        .await
        .unwrap()
}

#[tokio::test]
async fn an_error_may_come_instead_of_connected_or_nothing_at_all() {
    let server = server(&json!([
        {"at": "connect", "connection": 1, "do": "no_connected"},
        {"at": "connect", "connection": 1, "do": {"error": {"status": 500, "shape": "text"}}},
        {"at": "connect", "connection": 1, "do": {"close": {"code": 1011}}},
        {"at": "connect", "connection": 2, "do": "no_connected"},
        {"at": "handshake", "connection": 3, "do": {"refuse": {"status": 402}}},
    ]))
    .await;
    let mut client = listen(&server, TURNS, NEWEST).await;
    let (messages, code) = client.until_closed().await;
    assert_eq!(
        (types(&messages), &messages[0]["code"], code),
        (vec!["error"], &json!(500), 1011)
    );
    let mut client = listen(&server, TURNS, NEWEST).await;
    client.say(r#"{"type": "close"}"#).await;
    assert_eq!(client.until_closed().await.0, [] as [Value; 0]);
    let headers = [
        ("authorization", "Bearer sk_x"),
        ("cartesia-version", NEWEST),
    ];
    let refused = crate::socket_client::handshake(&server, TURNS, &headers).await;
    let Err(tokio_tungstenite::tungstenite::Error::Http(response)) = refused.map(|_| ()) else {
        panic!("not refused");
    };
    assert_eq!(response.status(), 402);
}

#[tokio::test]
async fn flushes_finals_and_words_may_be_odd() {
    let server = server(&json!([
        {"at": "connect", "path": "/stt/websocket", "do": "flush_first"},
        {"at": "connect", "path": "/stt/turns*", "do": "reset"},
        {"at": {"transcripts": 1}, "do": "no_words"},
        {"at": {"transcripts": 1}, "do": "flush_done"},
        {"at": {"transcripts": 1}, "do": "unknown_type"},
        {"at": "finalize", "times": 1, "do": {"transcript": {"text": "", "is_final": true}}},
    ]))
    .await;
    let mut client = listen(&server, MANUAL, NEWEST).await;
    client
        .send_audio(&spoken(&server, "Hello there.").await, FRAME)
        .await;
    client.say("finalize").await;
    client.say("close").await;
    let (messages, _) = client.until_closed().await;
    assert_eq!(
        types(&messages),
        [
            "transcript",
            "flush_done",
            "hologram",
            "transcript",
            "transcript",
            "flush_done",
            "transcript",
            "done"
        ]
    );
    assert!(messages[0]["words"].is_array() && messages[3].get("words").is_none());
    assert_eq!(
        (&messages[4]["text"], &messages[4]["is_final"]),
        (&json!(""), &json!(true))
    );
    assert_eq!(final_text(&messages), "Hello there.");
}

#[tokio::test]
async fn turns_may_break_their_promises() {
    let server = server(&json!([
        {"at": {"heard": 10}, "do": {"turn": {"event": "update", "transcript": "Hm"}}},
        {"at": {"heard": 20}, "do": {"turn": {"event": "end", "transcript": ""}}},
        {"at": "turn_start", "do": {"turn": {"event": "eager_end", "transcript": "So"}}},
        {"at": "turn_start", "do": {"turn": {"event": "resume"}}},
        {"at": "turn_start", "do": {"turn": {"event": "eager_end", "transcript": "So"}}},
        {"at": "turn_start", "do": {"turn": {"event": "resume"}}},
        {"at": {"transcripts": 1}, "do": {"close": {"code": 1000, "reason": "maintenance"}}},
    ]))
    .await;
    let mut client = listen(&server, TURNS, NEWEST).await;
    client
        .send_audio(&spoken(&server, "So it is.").await, usize::MAX)
        .await;
    let (messages, code) = client.until_closed().await;
    assert_eq!(code, 1000);
    assert_eq!(
        types(&messages),
        [
            "connected",
            "turn.update",
            "turn.end",
            "turn.start",
            "turn.eager_end",
            "turn.resume",
            "turn.eager_end",
            "turn.resume",
            "turn.update"
        ]
    );
}

#[tokio::test]
async fn connections_may_drop_and_closes_may_be_ignored() {
    let server = server(&json!([
        {"at": {"heard": 200}, "connection": 1, "do": "reset"},
        {"at": {"heard": 200}, "connection": 2, "do": "hang_up"},
        {"at": "close", "connection": 3, "do": "ignore_close"},
        {"at": "connect", "connection": 4, "do": "ignore_close"},
        {"at": {"heard": 1}, "connection": 5, "do": "stall"},
        {"at": "close", "connection": 6, "do": {"done": {}}},
        {"at": "connect", "connection": 7, "do": {"error": {"status": 429, "code": "concurrency_limited"}}},
    ]))
    .await;
    let audio = spoken(&server, "Hello").await;
    for path in [TURNS, MANUAL] {
        let mut client = listen(&server, path, NEWEST).await;
        client.send_audio(&audio, usize::MAX).await;
        loop {
            match client.next_raw().await {
                None | Some(Err(_)) => break,
                Some(Ok(message)) => assert!(message.is_text(), "{message:?}"),
            }
        }
    }
    for (path, close) in [(MANUAL, "close"), (TURNS, r#"{"type": "close"}"#)] {
        let mut client = listen(&server, path, NEWEST).await;
        client.say(close).await;
        client.send_raw(Message::Ping("still there".into())).await;
        loop {
            let message = client.next_raw().await.unwrap().unwrap();
            assert!(!message.is_close(), "it was to be ignored");
            if message.is_pong() {
                break;
            }
        }
    }
    let mut client = listen(&server, MANUAL, NEWEST).await;
    client.send_audio(&audio, FRAME).await;
    client.say("finalize").await;
    client.send_raw(Message::Ping("x".into())).await;
    assert!(client.next_raw().await.unwrap().unwrap().is_pong());
    let mut client = listen(&server, MANUAL, NEWEST).await;
    client.say("close").await;
    assert_eq!(types(&client.until_closed().await.0), ["done", "done"]);
    let mut client = listen(&server, MANUAL, NEWEST).await;
    let error = client.next().await;
    assert_eq!(
        (&error["status_code"], &error["error_code"]),
        (&json!(429), &json!("concurrency_limited"))
    );
}
