//! What `/tts/websocket` refuses, and how.

use cartesia_mock::{MockServer, Voices};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::socket_client::{audio_of, connect, end, more, request};
use crate::support::{NEWEST, VERSIONS, VOICE, start, with, within};

/// The error that a request gets.
async fn error(server: &MockServer, version: &str, request: &Value) -> Value {
    let mut client = connect(server, version).await;
    client.send(request).await;
    let error = client.next().await;
    assert_eq!(error["type"], "error", "{version} took {request}: {error}");
    error
}

#[tokio::test]
async fn errors_have_the_shape_of_the_version() {
    let server = start().await;
    for version in VERSIONS {
        let request = with(request("c", "Hello."), &[("model_id", json!("sonic-99"))]);
        let error = error(&server, version, &request).await;
        assert_eq!(
            (&error["status_code"], &error["done"]),
            (&json!(400), &json!(true))
        );
        assert_eq!(error["context_id"], "c");
        if version >= "2026-03-01" {
            assert_eq!(error["error_code"], "model_not_found");
            assert!(error["title"].is_string() && error["message"].is_string());
            assert!(error["request_id"].as_str().unwrap().contains(":c:"));
            assert!(error.get("error").is_none());
        } else {
            assert!(
                error["error"]
                    .as_str()
                    .unwrap()
                    .starts_with("Model not found: ")
            );
            assert!(error.get("title").is_none());
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    let server = start().await;
    let format = |field, value| [(field, value)];
    for (changes, named) in [
        ([("model_id", Value::Null)], "model_id"),
        ([("transcript", Value::Null)], "transcript"),
        ([("transcript", json!(1))], "transcript"),
        ([("voice", Value::Null)], "voice"),
        (
            [("voice", json!({"mode": "embedding", "embedding": [1]}))],
            "voice",
        ),
        ([("output_format", Value::Null)], "output_format"),
        (format("output_format.container", json!("wav")), "container"),
        (
            format("output_format.container", json!("mp3")),
            "output_format",
        ),
        (
            format("output_format.sample_rate", json!(12_345)),
            "sample_rate",
        ),
        (format("output_format.encoding", json!("opus")), "encoding"),
        ([("language", json!("xx"))], "speak"),
        ([("continue", json!("yes"))], "continue"),
        ([("flush", json!(1))], "flush"),
        (
            [("max_buffer_delay_ms", json!(5_001))],
            "max_buffer_delay_ms",
        ),
        ([("max_buffer_delay_ms", json!(-1))], "max_buffer_delay_ms"),
        ([("max_buffer_delay_ms", json!(0.5))], "max_buffer_delay_ms"),
        ([("add_timestamps", json!("true"))], "add_timestamps"),
        (
            [("generation_config", json!({"speed": 9}))],
            "generation_config.speed",
        ),
        ([("speed", json!("slower"))], "speed"),
        ([("cancel", json!(false))], "cancel"),
    ] {
        let error = error(&server, NEWEST, &with(request("c", "Hello."), &changes)).await;
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(named), "{named}: {message}");
        assert_eq!(
            (&error["status_code"], &error["context_id"]),
            (&json!(400), &json!("c"))
        );
    }
}

#[tokio::test]
async fn every_version_has_its_own_voices_and_context_ids() {
    let server = start().await;
    let string = with(request("c", "Hello."), &[("voice", json!(VOICE))]);
    let bare = with(request("c", "Hello."), &[("voice", json!({"id": VOICE}))]);
    let embedding = json!({"embedding": vec![1; 192]});
    let embedding = with(request("c", "Hello."), &[("voice", embedding)]);
    for version in VERSIONS {
        for (request, accepted) in [
            (&string, version == NEWEST),
            (&bare, version == NEWEST || version < "2025-04-16"),
            (&embedding, version < "2025-04-16"),
        ] {
            let mut client = connect(&server, version).await;
            client.send(request).await;
            let last = client.until_over("c").await.pop().unwrap();
            assert_eq!(
                last["type"] == "done",
                accepted,
                "{version}: {request}: {last}"
            );
        }
        let nameless = with(request("c", "Hello."), &[("context_id", Value::Null)]);
        let mut client = connect(&server, version).await;
        client.send(&nameless).await;
        let message = client.next().await;
        if version == NEWEST {
            assert_eq!(
                (&message["type"], &message["status_code"]),
                (&json!("error"), &json!(400))
            );
            assert!(message.get("context_id").is_none());
        } else {
            let id = message["context_id"].as_str().unwrap().to_owned();
            assert_eq!(client.until_over(&id).await.last().unwrap()["type"], "done");
        }
    }
}

#[tokio::test]
async fn an_unknown_voice_is_not_found_from_2026_on() {
    let server = MockServer::builder().voices(Voices::Catalogue).start();
    let server = within(server).await.unwrap();
    let unknown = json!({"mode": "id", "id": "00000000-0000-4000-8000-000000000000"});
    let request = with(request("c", "Hello."), &[("voice", unknown)]);
    for (version, status) in [("2025-11-04", 400), ("2026-03-01", 404), (NEWEST, 404)] {
        assert_eq!(
            error(&server, version, &request).await["status_code"],
            status
        );
    }
}

#[tokio::test]
async fn what_is_not_json_belongs_to_no_context_and_the_socket_stays_open() {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    client.send(&more("a", "Hello.")).await;
    for message in [
        Message::text("{"),
        Message::text("[]"),
        Message::text("{\"context_id\": 1}"),
        Message::binary(vec![1, 2, 3]),
    ] {
        client.send_raw(message).await;
        let error = loop {
            let message = client.next().await;
            if message["type"] == "error" {
                break message;
            }
        };
        assert!(error.get("context_id").is_none(), "{error}");
        assert_eq!(error["status_code"], 400);
    }
    client.send(&end("a")).await;
    assert_eq!(client.until_over("a").await.last().unwrap()["type"], "done");
}

#[tokio::test]
async fn a_first_text_without_words_is_refused() {
    let server = start().await;
    for text in ["", " ", "...", " ?! \n"] {
        for request in [request("c", text), more("c", text)] {
            let error = error(&server, NEWEST, &request).await;
            assert_eq!(
                (&error["status_code"], &error["done"]),
                (&json!(400), &json!(true))
            );
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("empty or punctuation only"), "{message}");
        }
    }
}

#[tokio::test]
async fn an_error_ends_its_context_alone() {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    let other = request("b", "Hello world.");
    client
        .send(&with(
            more("a", "Hello."),
            &[("max_buffer_delay_ms", json!(5_000))],
        ))
        .await;
    client
        .send(&with(
            request("a", "More."),
            &[("model_id", json!("sonic-99"))],
        ))
        .await;
    client.send(&other).await;
    let messages = client.until_over("b").await;
    let error = messages.iter().find(|m| m["context_id"] == "a").unwrap();
    assert_eq!(error["type"], "error");
    let version = NEWEST.parse().unwrap();
    let expected = server
        .expected_audio(version, &other, &["Hello world."])
        .unwrap();
    assert_eq!(audio_of(&messages, "b"), expected);
}

#[tokio::test]
async fn settings_of_a_context_may_not_change_but_in_an_empty_input() {
    let server = start().await;
    let changes: [(&str, Value); 5] = [
        ("model_id", json!("sonic-3.5")),
        ("language", json!("de")),
        ("output_format.sample_rate", json!(8_000)),
        ("voice", json!("87748186-23bb-4158-a1eb-332911b0b708")),
        ("add_timestamps", json!(true)),
    ];
    for change in changes {
        let mut client = connect(&server, NEWEST).await;
        client.send(&more("c", "Hello. ")).await;
        client
            .send(&with(end("c"), std::slice::from_ref(&change)))
            .await;
        assert_eq!(client.until_over("c").await.last().unwrap()["type"], "done");

        client.send(&more("c", "Hello. ")).await;
        client
            .send(&with(more("c", "More."), std::slice::from_ref(&change)))
            .await;
        let error = client.until_over("c").await.pop().unwrap();
        let name = change.0.split('.').next().unwrap();
        assert_eq!(error["status_code"], 400, "{error}");
        assert!(error["message"].as_str().unwrap().contains(name), "{error}");
    }
    // The same voice by another name.
    let mut client = connect(&server, NEWEST).await;
    client.send(&more("c", "Hello. ")).await;
    client
        .send(&with(more("c", "More."), &[("voice", json!(VOICE))]))
        .await;
    client.send(&end("c")).await;
    assert_eq!(client.until_over("c").await.last().unwrap()["type"], "done");
}

#[tokio::test]
async fn the_old_way_to_close_a_context_works() {
    let server = start().await;
    let mut client = connect(&server, "2024-06-10").await;
    let first = json!({
        "context_id": "c", "model_id": "sonic-multilingual", "transcript": "Hello world.",
        "language": null, "continue": true, "add_timestamps": false, "voice": {"id": VOICE},
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16_000},
    });
    client.send(&first).await;
    let close = json!({
        "context_id": "c", "model_id": "sonic-english", "transcript": "", "continue": false,
        "voice": {"embedding": vec![1.0; 192]},
        "output_format": {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 44_100},
    });
    client.send(&close).await;
    let messages = client.until_over("c").await;
    for message in &messages {
        for key in ["type", "done", "status_code", "context_id"] {
            assert!(message.get(key).is_some(), "{key}: {message}");
        }
        assert!(
            message["done"] == true || message["data"].is_string(),
            "{message}"
        );
    }
    let version = "2024-06-10".parse().unwrap();
    let expected = server
        .expected_audio(version, &first, &["Hello world."])
        .unwrap();
    assert_eq!(audio_of(&messages, "c"), expected);
}
