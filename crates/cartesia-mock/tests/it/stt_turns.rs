//! `/stt/turns/websocket`: the server finds out who speaks.

use cartesia_mock::MockServer;
use serde_json::{Value, json};

use crate::socket_client::types;
use crate::stt_socket_client::{FRAME, TURNS, anonymous, listen, spoken};
use crate::support::{NEWEST, audio, body, start, with};

const CLOSE: &str = r#"{"type": "close"}"#;

/// What is said about audio, up to the end of the connection.
async fn hear(server: &MockServer, path: &str, audio: &[u8], frame: usize) -> Vec<Value> {
    let mut client = listen(server, path, NEWEST).await;
    client.send_audio(audio, frame).await;
    client.say(CLOSE).await;
    let (messages, code) = client.until_closed().await;
    assert_eq!(code, 1000);
    messages
}

fn transcripts(messages: &[Value]) -> Vec<(&str, Option<&str>)> {
    let pairs = messages.iter().map(|message| {
        let kind = message["type"].as_str().unwrap();
        (kind, message["transcript"].as_str())
    });
    pairs.collect()
}

#[tokio::test]
async fn a_turn_starts_grows_and_ends() {
    let server = start().await;
    let mut audio = spoken(&server, "Could you move it. To Friday?").await;
    audio.extend(vec![0; 32_000]);
    audio.extend(spoken(&server, "Thanks").await);
    let messages = hear(&server, TURNS, &audio, FRAME).await;
    let id = &server.sockets()[0].request_id;
    assert!(messages.iter().all(|message| message["request_id"] == **id));
    assert_eq!(
        transcripts(&messages),
        [
            ("connected", None),
            ("turn.start", None),
            ("turn.update", Some("Could")),
            ("turn.update", Some("Could you")),
            ("turn.update", Some("Could you move")),
            ("turn.update", Some("Could you move it.")),
            // The pause after a sentence is long enough to wonder.
            ("turn.eager_end", Some("Could you move it.")),
            ("turn.resume", None),
            ("turn.update", Some("Could you move it. To")),
            ("turn.update", Some("Could you move it. To Friday?")),
            ("turn.eager_end", Some("Could you move it. To Friday?")),
            ("turn.end", Some("Could you move it. To Friday?")),
            ("turn.start", None),
            ("turn.update", Some(" Thanks")),
            // The client closes.
            ("turn.end", Some(" Thanks")),
        ]
    );
}

#[tokio::test]
async fn time_is_that_of_the_audio() {
    let server = start().await;
    let mut audio = spoken(&server, "Wait. For it, please.").await;
    audio.extend(vec![0; 20_000]);
    let mut seen = Vec::new();
    for frame in [333, FRAME, usize::MAX] {
        seen.push(anonymous(hear(&server, TURNS, &audio, frame).await));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(types(&seen[0]).last(), Some(&"turn.end"));
}

#[tokio::test]
async fn without_audio_a_turn_stays_open_and_zeros_end_it() {
    let server = start().await;
    let mut client = listen(&server, TURNS, NEWEST).await;
    let audio = spoken(&server, "Hello").await;
    client.send_audio(&audio, FRAME).await;
    let messages = client.until("turn.update").await;
    assert_eq!(types(&messages), ["connected", "turn.start", "turn.update"]);
    // Were the turn over by itself, its end would come before what this is answered with.
    client.say("?").await;
    assert_eq!(client.next().await["type"], "error");
    client.send_audio(&vec![0; 32_000], FRAME).await;
    let messages = client.until("turn.end").await;
    assert_eq!(types(&messages), ["turn.eager_end", "turn.end"]);
}

#[tokio::test]
async fn thresholds_come_in_the_query_and_in_a_message() {
    let server = start().await;
    let mut audio = spoken(&server, "Yes.").await;
    audio.extend(vec![0; 16_000]);
    let kinds = |messages: &[Value]| types(messages).contains(&"turn.end");
    let mut patient = listen(
        &server,
        &format!("{TURNS}&turn_end_threshold=0.05&turn_eager_end_threshold=0.3"),
        NEWEST,
    )
    .await;
    patient.send_audio(&audio, FRAME).await;
    let messages = patient.until("turn.eager_end").await;
    assert!(!kinds(&messages));
    patient.say("?").await;
    let after = patient.until("error").await;
    assert!(!kinds(&after), "{after:?}");
    // Now it is over at once.
    let config = json!({"type": "config", "turn": {"end_threshold": 0.2, "end_timeout_ms": 640}});
    patient.say(&config.to_string()).await;
    patient.send_audio(&[0; 320], FRAME).await;
    assert_eq!(patient.next().await["type"], "turn.end");
    for (wrong, says) in [
        (
            json!({"type": "config", "turn": {"start_threshold": 2}}),
            "turn.start_threshold",
        ),
        (
            json!({"type": "config", "turn": {"end_threshold": "low"}}),
            "turn.end_threshold",
        ),
        (json!({"type": "config", "turn": 1}), "`turn`"),
        (json!({"type": "finalize"}), "no command"),
        (json!({}), "`type` is required"),
    ] {
        patient.say(&wrong.to_string()).await;
        let error = patient.next().await;
        assert_eq!(error["status_code"], 400);
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
}

#[tokio::test]
async fn wrong_settings_are_reported_in_place_of_connected() {
    let server = start().await;
    for (parameters, says) in [
        ("turn_start_threshold=0.95", "turn_start_threshold"),
        ("turn_eager_end_threshold=0.1", "turn_eager_end_threshold"),
        ("turn_end_threshold=soon", "turn_end_threshold"),
        ("turn_end_timeout_ms=100", "turn_end_timeout_ms"),
        ("turn_end_threshold=0.45", "above"),
    ] {
        let mut client = listen(&server, &format!("{TURNS}&{parameters}"), NEWEST).await;
        let (messages, _) = client.until_closed().await;
        assert_eq!(types(&messages), ["error"], "{parameters}");
        assert_eq!(messages[0]["status_code"], 400);
        assert!(
            messages[0]["message"].as_str().unwrap().contains(says),
            "{messages:?}"
        );
    }
    for path in [
        "/stt/turns/websocket",
        "/stt/turns/websocket?model=ink-whisper&encoding=pcm_s16le&sample_rate=16000",
        "/stt/turns/websocket?model=ink-9&encoding=pcm_s16le&sample_rate=16000",
    ] {
        let mut client = listen(&server, path, "2025-11-04").await;
        let (messages, _) = client.until_closed().await;
        assert_eq!(
            (types(&messages), &messages[0]["code"]),
            (vec!["error"], &json!(400))
        );
    }
}

#[tokio::test]
async fn the_silence_of_every_encoding_ends_a_turn() {
    let server = start().await;
    for (encoding, silence) in [("pcm_mulaw", 0xff), ("pcm_alaw", 0xd5), ("pcm_f32le", 0)] {
        let request = with(
            body("Hello"),
            &[
                ("output_format.encoding", json!(encoding)),
                ("output_format.sample_rate", json!(8_000)),
            ],
        );
        let mut speech = audio(&server, NEWEST, &request).await;
        speech.extend(vec![silence; 40_000]);
        let path = format!("/stt/turns/websocket?model=ink-2&encoding={encoding}&sample_rate=8000");
        let mut client = listen(&server, &path, NEWEST).await;
        client.send_audio(&speech, 801).await;
        let ended = client.until("turn.end").await.pop().unwrap();
        assert_eq!(ended["transcript"], "Hello", "{encoding}");
    }
}
