//! Calls with agents.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_mock::{MockServer, Pace, Script};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::forms::Form;
use crate::socket_client::{SocketClient, handshake};
use crate::stt_socket_client::{FRAME, listen, spoken};
use crate::support::{KEY, NEWEST, answer, answer_json, post, start, within};

const STREAM: &str = "/agents/stream/agent_front_desk";

fn start_of(id: Option<&str>) -> Value {
    json!({"event": "start", "stream_id": id, "config": {"input_format": "pcm_16000"},
           "agent": {"introduction": "Good day."}})
}

async fn call(server: &MockServer) -> SocketClient {
    let mut client = listen(server, STREAM, "2026-03-01").await;
    client.send(&start_of(Some("call-42"))).await;
    client
}

async fn media(client: &mut SocketClient, audio: &[u8]) {
    for frame in audio.chunks(FRAME) {
        let media = json!({"payload": STANDARD.encode(frame)});
        client
            .send(&json!({"event": "media_input", "stream_id": "call-42", "media": media}))
            .await;
    }
}

/// Audio of the agent until there are so many bytes of it, and what came before that is something else.
async fn agent_audio(client: &mut SocketClient, wanted: usize) -> (Vec<u8>, Vec<Value>) {
    let (mut audio, mut others) = (Vec::new(), Vec::new());
    while audio.len() < wanted {
        let message = client.next().await;
        if message["event"] == "media_output" {
            assert_eq!(message["stream_id"], "call-42");
            let payload = message["media"]["payload"].as_str().unwrap();
            audio.extend(STANDARD.decode(payload).unwrap());
        } else {
            others.push(message);
        }
    }
    (audio, others)
}

async fn heard(server: &MockServer, audio: &[u8]) -> String {
    let form = Form::default()
        .text("model", "ink-whisper")
        .file("file", "a.pcm", audio);
    let heard = form
        .json(server, "/stt?encoding=pcm_s16le&sample_rate=16000")
        .await;
    heard["text"].as_str().unwrap().to_owned()
}

/// What a text takes in bytes.
async fn length(server: &MockServer, text: &str) -> usize {
    spoken(server, text).await.len()
}

#[tokio::test]
async fn a_call_is_acknowledged_and_the_agent_repeats_what_it_hears() {
    let server = start().await;
    let mut client = call(&server).await;
    let ack = client.next().await;
    assert_eq!(
        ack,
        json!({"event": "ack", "stream_id": "call-42",
               "config": {"input_format": "pcm_16000",
                          "voice_id": "f786b574-daa5-4673-aa0c-cbe3e8534c02"},
               "agent": {"introduction": "Good day."}})
    );
    let (audio, _) = agent_audio(&mut client, length(&server, "Good day.").await).await;
    assert_eq!(heard(&server, &audio).await, "Good day.");

    // Once that was played, the client speaks.
    media(&mut client, &vec![0; audio.len()]).await;
    media(&mut client, &spoken(&server, "A table for two?").await).await;
    media(&mut client, &vec![0; 20_000]).await;
    let length = length(&server, "A table for two?").await;
    let (audio, others) = agent_audio(&mut client, length).await;
    assert_eq!(others, [] as [Value; 0]);
    assert_eq!(heard(&server, &audio).await, "A table for two?");
}

#[tokio::test]
async fn who_speaks_while_the_agent_does_clears_it() {
    let builder = MockServer::builder().pace(Pace::RealTime);
    let server = within(builder.start()).await.unwrap();
    let mut client = call(&server).await;
    assert_eq!(client.next().await["event"], "ack");
    assert_eq!(client.next().await["event"], "media_output");
    media(&mut client, &spoken(&server, "Stop").await).await;
    loop {
        let message = client.next().await;
        if message["event"] == "clear" {
            assert_eq!(message["stream_id"], "call-42");
            break;
        }
        assert_eq!(message["event"], "media_output");
    }
}

#[tokio::test]
async fn keys_and_custom_messages_reach_the_agent() {
    let server = start().await;
    let mut client = call(&server).await;
    let introduction = length(&server, "Good day.").await;
    agent_audio(&mut client, introduction).await;
    client
        .send(&json!({"event": "dtmf", "stream_id": "call-42", "dtmf": "5"}))
        .await;
    let (audio, _) = agent_audio(&mut client, length(&server, "You pressed 5.").await).await;
    assert_eq!(heard(&server, &audio).await, "You pressed 5.");
    for (metadata, expected) in [
        (
            json!({"mood": 1}),
            json!({"event": "custom", "metadata": {"mood": 1}}),
        ),
        (
            json!({"mock": {"press": "#"}}),
            json!({"event": "dtmf", "dtmf": "#"}),
        ),
        (
            json!({"mock": {"transfer_to": "+3901"}}),
            json!({"event": "transfer_call", "target_phone_number": "+3901"}),
        ),
    ] {
        client
            .send(&json!({"event": "custom", "metadata": metadata}))
            .await;
        let mut answer = client.next().await;
        assert_eq!(answer["stream_id"].take(), "call-42");
        answer.as_object_mut().unwrap().remove("stream_id");
        assert_eq!(answer, expected);
    }
    client
        .send(&json!({"event": "custom", "metadata": {"mock": {"say": "Bye"}}}))
        .await;
    let (audio, _) = agent_audio(&mut client, length(&server, "Bye").await).await;
    assert_eq!(heard(&server, &audio).await, "Bye");
    client
        .send(&json!({"event": "custom", "metadata": {"mock": {"end": "done"}}}))
        .await;
    let closed = (1000, "call ended by agent, reason: done".to_owned());
    assert_eq!(client.closed().await, closed);
}

#[tokio::test]
async fn what_is_wrong_ends_the_call() {
    let server = start().await;
    for messages in [
        vec![json!({"event": "media_input", "media": {"payload": ""}})],
        vec![json!({"event": "start", "config": {"input_format": "pcm_8000"}})],
        vec![json!({"event": "start"})],
        vec![json!({"type": "start"})],
        vec![start_of(None), start_of(None)],
        vec![
            start_of(None),
            json!({"event": "media_input", "media": {"payload": "?"}}),
        ],
        vec![start_of(None), json!({"event": "media_input"})],
        vec![start_of(None), json!({"event": "dtmf", "dtmf": "55"})],
        vec![start_of(None), json!({"event": "custom"})],
        vec![start_of(None), json!({"event": "hang_up"})],
        vec![
            start_of(Some("a")),
            json!({"event": "dtmf", "stream_id": "b", "dtmf": "1"}),
        ],
    ] {
        let mut client = listen(&server, STREAM, NEWEST).await;
        for message in &messages {
            client.send(message).await;
        }
        let (_, code) = client.until_closed().await;
        assert_eq!(code, 1000, "{messages:?}");
    }
    let mut client = listen(&server, STREAM, NEWEST).await;
    client.send_raw(Message::binary(vec![1, 2])).await;
    assert_eq!(client.closed().await, (1000, "invalid message".to_owned()));
}

#[tokio::test]
async fn credentials_versions_and_agents_are_checked() {
    let server = start().await;
    let token = async |grant: &str| {
        let request = post(
            &server,
            NEWEST,
            "/access-token",
            &json!({"grants": {grant: true}}),
        );
        answer_json(request).await["token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let path = format!(
        "{STREAM}?access_token={}&cartesia_version={NEWEST}",
        token("agent").await
    );
    handshake(&server, &path, &[]).await.unwrap();
    let stt = token("stt").await;
    let managed = "/v1/agents/websocket/nobody";
    for (path, key, version, status) in [
        (STREAM, stt.as_str(), NEWEST, 403),
        (managed, stt.as_str(), NEWEST, 403),
        (STREAM, "eyJ.unknown", NEWEST, 401),
        (STREAM, KEY, "2024-11-13", 404),
        ("/agents/stream/nobody", KEY, NEWEST, 404),
        (managed, KEY, NEWEST, 404),
        (managed, KEY, "2026-03-01", 404),
    ] {
        let authorization = format!("Bearer {key}");
        let headers = [
            ("authorization", &*authorization),
            ("cartesia-version", version),
        ];
        let Err(Error::Http(response)) = handshake(&server, path, &headers).await.map(|_| ())
        else {
            panic!("not refused: {path} {version}");
        };
        assert_eq!(response.status(), status, "{path} {version}");
    }
}

#[tokio::test]
async fn pings_keep_a_call_alive() {
    let builder = MockServer::builder().idle_timeout(Duration::from_secs(1));
    let server = within(builder.start()).await.unwrap();
    let mut client = listen(&server, STREAM, NEWEST).await;
    let begun = std::time::Instant::now();
    let mut pings = tokio::time::interval(Duration::from_millis(50));
    while begun.elapsed() < Duration::from_millis(1_500) {
        pings.tick().await;
        client.send_raw(Message::Ping("x".into())).await;
        assert!(client.next_raw().await.unwrap().unwrap().is_pong());
    }
    assert_eq!(
        client.closed().await,
        (1000, "connection idle timeout".to_owned())
    );
}

#[tokio::test]
async fn scripts_reach_calls() {
    let rules = json!({"rules": [
        {"at": "turn_start", "path": "/agents/stream/*", "do": {"say": {"text": "{\"event\":\"x\"}"}}},
        {"at": {"heard": 700}, "do": "reset"},
    ]});
    let script: Script = rules.to_string().parse().unwrap();
    let server = within(MockServer::builder().script(script).start())
        .await
        .unwrap();
    let mut client = call(&server).await;
    media(&mut client, &spoken(&server, "Hello there").await).await;
    let mut seen = Vec::new();
    while let Some(Ok(message)) = client.next_raw().await {
        let message: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
        seen.push(message["event"].as_str().unwrap().to_owned());
    }
    assert!(
        seen.contains(&"x".to_owned()) && seen.contains(&"clear".to_owned()),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_managed_agent_tells_of_turns() {
    let server = start().await;
    let made = answer(post(
        &server,
        NEWEST,
        "/v1/agents",
        &json!({"initial_message": "Yes?"}),
    ))
    .await;
    let made: Value = serde_json::from_str(&made.1).unwrap();
    let id = made["id"].as_str().unwrap();
    let mut client = listen(&server, &format!("/v1/agents/websocket/{id}"), NEWEST).await;
    let create = json!({"type": "session_create",
                        "audio": {"input_format": "pcm_16000", "output_delivery": "speaking_pace"}});
    client.send(&create).await;
    let ready = client.next().await;
    assert_eq!(
        (&ready["type"], &ready["agent_id"]),
        (&json!("session_ready"), &json!(id))
    );
    assert!(
        ready["agent_version_id"]
            .as_str()
            .unwrap()
            .starts_with("version_"),
        "{ready}"
    );
    let ended = client.until("turn_ended").await.pop().unwrap();
    assert_eq!(
        ended,
        json!({"type": "turn_ended", "turn": 1, "role": "assistant", "text": "Yes?",
               "interrupted": false, "start_time": 0.0, "end_time": 0.0, "tool_calls": []})
    );
    // Before it was played.
    for frame in [spoken(&server, "A seat.").await, vec![0; 20_000]]
        .concat()
        .chunks(FRAME)
    {
        client
            .send(&json!({"type": "audio_input", "audio": STANDARD.encode(frame)}))
            .await;
    }
    let heard = client.until("turn_ended").await;
    let kinds: Vec<&str> = heard
        .iter()
        .map(|message| message["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "audio_output_clear",
            "turn_started",
            "turn_output_text_delta",
            "turn_output_text_delta",
            "turn_ended"
        ]
    );
    let ended = heard.last().unwrap();
    assert_eq!(
        (&ended["role"], &ended["text"]),
        (&json!("user"), &json!("A seat."))
    );
    assert!(ended["end_time"].as_f64() > ended["start_time"].as_f64());
    let answer = client.until("turn_ended").await;
    let text = |message: &Value| message["text"].as_str().unwrap_or_default().to_owned();
    assert_eq!(text(answer.last().unwrap()), "A seat.");
    assert!(
        answer
            .iter()
            .filter(|message| message["type"] == "audio_output")
            .count()
            > 5
    );

    client
        .send(&json!({"type": "dtmf_input", "digit": "7"}))
        .await;
    assert_eq!(
        text(client.until("turn_ended").await.last().unwrap()),
        "You pressed 7."
    );
    let result = json!({"type": "client_tool_result", "tool_call_id": "t", "result": "4 left"});
    client.send(&result).await;
    assert_eq!(
        text(client.until("turn_ended").await.last().unwrap()),
        "4 left"
    );
    client.send(&json!({"type": "foo"})).await;
    let error = client.next().await;
    assert_eq!(
        (&error["code"], &error["fatal"]),
        (&json!("invalid_event"), &json!(false))
    );

    let mut client = listen(&server, &format!("/v1/agents/websocket/{id}"), NEWEST).await;
    client.send(&result).await;
    let (messages, code) = client.until_closed().await;
    assert_eq!((&messages[0]["fatal"], code), (&json!(true), 1000));
}
