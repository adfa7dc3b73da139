//! Transcriptions and calls of which every message holds something secret.

use std::fmt::Debug;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_types::agent::{CallEvent, CallFormat, ClientToolResult, ManagedCallSpec};
use cartesia_types::stt::{LiveEvent, LiveSpec, SttFormat, SttModelId, TurnEvent, TurnsSpec};
use cartesia_types::{Error, ErrorKind};
use cartesia_ws::{ReconnectPolicy, SttEvent, SttOutput, SttPolicy};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use super::support::{KEY, Server, everything, frame, script, within};
use super::{AUDIO, TRANSCRIPT, assert_without};

/// A server that says all this once the client has said something, and closes with a reason that quotes the
/// key.
async fn server(messages: Vec<Value>, code: u16) -> Server {
    let mut said: Vec<u8> = messages
        .iter()
        .flat_map(|message| frame(0x81, message.to_string()))
        .collect();
    let goodbye = [&code.to_be_bytes(), format!("bye {KEY}").as_bytes()].concat();
    said.extend(frame(0x88, goodbye));
    Server::start([script(async move |mut connection| {
        connection.upgrade("", b"").await;
        connection.stream.read_u8().await.unwrap();
        connection.write(said).await;
        let mut rest = Vec::new();
        // The client may break it off.
        _ = connection.stream.read_to_end(&mut rest).await;
    })])
    .await
}

fn policy() -> SttPolicy {
    SttPolicy::default().with_reconnect(ReconnectPolicy::never())
}

/// Neither the key nor what was said.
#[track_caller]
fn assert_opaque(shown: &str) {
    let encoded = STANDARD.encode(AUDIO);
    assert_without(shown, &["canary", "finch", "66696e6368", &encoded]);
}

#[track_caller]
fn assert_opaque_debug(value: &impl Debug) {
    assert_opaque(&format!("{value:?} {value:#?}"));
}

/// All events, and the error at the end.
async fn listen<E: SttEvent + Debug>(mut output: SttOutput<E>) -> (Vec<E>, Error) {
    let mut events = Vec::new();
    let error = loop {
        match within(output.next_event()).await {
            Ok(Some(event)) => events.push(event),
            Ok(None) => panic!("it ended well"),
            Err(error) => break error,
        }
    };
    assert_opaque_debug(&events);
    assert_opaque_debug(&output);
    assert_opaque(&everything(&error));
    (events, error)
}

pub(super) async fn listen_to_all() {
    live().await;
    turns().await;
    call().await;
}

fn samples() -> Vec<u8> {
    AUDIO.repeat(200)
}

async fn live() {
    let word = json!({"word": "finch", "start": 0.1, "end": 0.2});
    let said = || {
        vec![
            json!({"type": "transcript", "is_final": false, "text": TRANSCRIPT}),
            json!({"type": "transcript", "is_final": true, "text": TRANSCRIPT, "words": [word]}),
            json!({"type": "news", "text": TRANSCRIPT}),
        ]
    };
    let spec = || LiveSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
    let broken = json!({"type": "transcript", "is_final": "finch", "text": [TRANSCRIPT]});
    let refused = json!({"type": "error", "status_code": 400, "message": format!("no {KEY}")});
    for (last, kind) in [
        (Some(broken), ErrorKind::Decode),
        (Some(refused), ErrorKind::InvalidRequest),
        (None, ErrorKind::Incomplete),
    ] {
        let messages = said().into_iter().chain(last).collect();
        let server = server(messages, 1011).await;
        let connector = server.connector().transcriptions(policy());
        let stream = within(connector.live(spec())).await.unwrap();
        assert_opaque_debug(&stream);
        let (mut input, output) = stream.split();
        within(input.send(samples())).await.unwrap();
        let (events, error) = listen(output).await;
        assert_eq!(error.kind(), kind, "{error}");
        let [
            LiveEvent::Transcript(interim),
            LiveEvent::Transcript(last),
            LiveEvent::Unknown(_),
        ] = &events[..]
        else {
            panic!("{events:?}");
        };
        assert_eq!((&*interim.text, &*last.text), (TRANSCRIPT, TRANSCRIPT));
        assert_opaque_debug(&input);
        let late = within(input.send(samples())).await.unwrap_err();
        assert_opaque(&everything(&late));
        drop(input);
        server.finish().await;
    }
}

async fn turns() {
    let messages = vec![
        json!({"type": "connected"}),
        json!({"type": "turn.start"}),
        json!({"type": "turn.update", "transcript": TRANSCRIPT}),
        json!({"type": "turn.eager_end", "transcript": TRANSCRIPT}),
        json!({"type": "turn.resume"}),
        json!({"type": "turn.end", "transcript": TRANSCRIPT}),
        json!({"type": "turn.start"}),
        json!({"type": "turn.update", "transcript": TRANSCRIPT}),
        json!({"type": "error", "status_code": 422, "message": format!("no {KEY}")}),
        json!({"type": "news", "transcript": TRANSCRIPT}),
    ];
    let server = server(messages, 1011).await;
    let connector = server.connector().transcriptions(policy());
    let spec = TurnsSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
    let stream = within(connector.turns(spec)).await.unwrap();
    assert_opaque_debug(&stream);
    let (mut input, output) = stream.split();
    within(input.send(samples())).await.unwrap();
    let (events, error) = listen(output).await;
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
    let said = |event: &&TurnEvent| match event {
        TurnEvent::Update(turn) | TurnEvent::EagerEnd(turn) | TurnEvent::End(turn) => {
            turn.transcript == TRANSCRIPT
        }
        TurnEvent::Cut(cut) => cut.transcript == TRANSCRIPT,
        _ => false,
    };
    assert_eq!(events.iter().filter(said).count(), 5, "{events:?}");
    drop(input);
    server.finish().await;
}

async fn call() {
    let audio = STANDARD.encode(AUDIO);
    let messages = vec![
        json!({"type": "session_ready", "call_id": "ac_1", "audio": {"note": TRANSCRIPT}}),
        json!({"type": "audio_output", "audio": audio}),
        json!({"type": "audio_output", "audio": [TRANSCRIPT]}),
        json!({"type": "turn_started", "turn": 1, "role": "user"}),
        json!({"type": "turn_output_text_delta", "turn": 1, "role": "user", "text": TRANSCRIPT}),
        json!({"type": "turn_ended", "turn": 1, "role": "user", "text": TRANSCRIPT,
               "tool_calls": [{"id": "tc_1", "name": "seats", "arguments": {"bird": "finch"}}]}),
        json!({"type": "client_tool_call", "tool_call_id": "tc_2", "tool_name": "seats",
               "parameters": {"bird": "finch"}, "expects_response": true}),
        json!({"type": "error", "code": "x", "fatal": false, "message": format!("no {KEY}")}),
        json!({"type": "news", "text": TRANSCRIPT}),
    ];
    let server = server(messages, 1011).await;
    let spec = ManagedCallSpec::new("agent_1", CallFormat::PCM_16000);
    let call = within(server.connector().call_agent(spec)).await.unwrap();
    assert_opaque_debug(&call);
    let control = call.control();
    let (mut input, mut output) = call.split();
    // The call may be over before.
    _ = within(input.send(samples())).await;
    let result = ClientToolResult::new("tc_2", TRANSCRIPT);
    assert_opaque_debug(&result);
    if let Err(error) = tokio::time::timeout(Duration::from_secs(20), control.answer(result))
        .await
        .unwrap()
    {
        assert_opaque(&everything(&error));
    }
    let (mut heard, mut texts) = (Vec::new(), 0);
    let error = loop {
        match within(output.next_event()).await {
            Ok(Some(event)) => {
                assert_opaque_debug(&event);
                match event {
                    CallEvent::Audio(audio) => heard.extend_from_slice(&audio.data),
                    CallEvent::TurnText(turn) => texts += usize::from(turn.text == TRANSCRIPT),
                    CallEvent::TurnEnded(turn) => texts += usize::from(turn.text == TRANSCRIPT),
                    _ => {}
                }
            }
            Ok(None) => panic!("it ended well"),
            Err(error) => break error,
        }
    };
    assert_eq!((heard.as_slice(), texts), (AUDIO, 2));
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
    assert_opaque(&everything(&error));
    assert_opaque_debug(&input);
    assert_opaque_debug(&control);
    assert_opaque_debug(&output);
    drop((input, control, output));
    server.finish().await;
}
