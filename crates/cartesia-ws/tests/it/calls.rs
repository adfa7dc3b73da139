//! Calls with agents over a real connection, against the mock server.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cartesia_mock::{MockServer, Pace as MockPace, Script};
use cartesia_types::agent::{
    CallEnding, CallEvent, CallFormat, CallSpec, ClientToolResult, CustomMessage, LineCallSpec,
    ManagedCallSpec, Role,
};
use cartesia_types::tts::{Buffering, ContextSpec};
use cartesia_types::{
    ApiVersion, AudioClip, AudioStream as _, Deadline, Error, ErrorKind, ModelId, RawFormat,
    VoiceId, WavFormat,
};
use cartesia_ws::limiter::{Limiter as _, Limits, LocalLimiter, Workload};
use cartesia_ws::{CallOutput, Connector, LiveCall, Pace, Timeouts};
use serde_json::{Value, json};

use crate::support::{KEY, within};

const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;
const LIMIT: Duration = Duration::from_millis(600);

fn connector(server: &MockServer) -> Connector {
    Connector::new().api_key(KEY).base_url(server.url())
}

fn line() -> LineCallSpec {
    LineCallSpec::new("agent_front_desk", CallFormat::PCM_16000).with_introduction("Good day.")
}

fn managed() -> ManagedCallSpec {
    ManagedCallSpec::new("agent_1", CallFormat::PCM_16000)
}

async fn start(server: &MockServer, spec: impl Into<CallSpec>) -> LiveCall {
    let call = within(connector(server).call_agent(spec)).await;
    call.unwrap()
}

/// A server with a managed agent.
async fn server() -> MockServer {
    let server = MockServer::start().await.unwrap();
    let agents = json!({"managed_agents": [{"id": "agent_1", "initial_message": "Yes?"}]});
    server.add_objects(&agents).unwrap();
    server
}

/// A text, spoken by the mock server, which hears what it spoke itself; and silence behind it.
async fn spoken(server: &MockServer, text: &str) -> AudioClip {
    let voice = VoiceId::from("db6b0ed5-d5d3-463d-ae85-518a07d3c2b4");
    let spec =
        ContextSpec::new(ModelId::SONIC_3_5, voice, FORMAT).with_buffering(Buffering::Verbatim);
    let connection = within(connector(server).tts()).await.unwrap();
    let context = connection.context(spec).unwrap();
    let output = within(context.speak(text)).await.unwrap();
    let clip = within(output.collect_audio()).await.unwrap();
    let mut audio = clip.data().to_vec();
    audio.resize(audio.len() + 32_000, 0);
    AudioClip::new(FORMAT, audio)
}

fn wish(name: &str, value: &str) -> CustomMessage {
    CustomMessage::default().with("mock", json!({name: value}))
}

/// Everything until the end: bytes of audio, the other events, and how it ended.
async fn listen(output: &mut CallOutput) -> (usize, Vec<CallEvent>, Result<(), Error>) {
    let before = output.bytes_received();
    let (mut bytes, mut events) = (0, Vec::new());
    let end = loop {
        match within(output.next_event()).await {
            Ok(Some(CallEvent::Audio(audio))) => bytes += audio.data.len(),
            Ok(Some(event)) => {
                let last = matches!(event, CallEvent::Ended(_));
                events.push(event);
                if last {
                    break Ok(());
                }
            }
            Ok(None) => panic!("the call ended without saying how"),
            Err(error) => break Err(error),
        }
    };
    assert!(within(output.next_event()).await.unwrap().is_none());
    assert_eq!(output.bytes_received() - before, bytes as u64);
    (bytes, events, end)
}

#[tokio::test]
async fn a_line_agent_hears_the_caller_and_ends_the_call() {
    let server = server().await;
    let question = spoken(&server, "A table for two?").await;
    let call = start(&server, line().with_stream_id("call-42")).await;
    assert_eq!(call.started().stream_id.as_deref(), Some("call-42"));
    assert_eq!(call.started().format, Some(CallFormat::PCM_16000));
    assert!(call.handshake().unwrap().request_id().is_some());
    let control = call.control();
    let (mut input, mut output) = call.split();
    input.set_pace(Pace::UNLIMITED);
    within(input.send_audio(question)).await.unwrap();
    // The agent answers in its own time, and then does as its code is asked.
    within(control.dtmf('5'.try_into().unwrap())).await.unwrap();
    within(control.custom(wish("transfer_to", "+3901")))
        .await
        .unwrap();
    within(control.custom(wish("end", "done"))).await.unwrap();
    let (bytes, events, end) = listen(&mut output).await;
    end.unwrap();
    assert!(bytes > 0, "it spoke");
    let transfer = events.iter().find_map(|event| match event {
        CallEvent::Transfer(transfer) => transfer.target_phone_number.as_deref(),
        _ => None,
    });
    assert_eq!(transfer, Some("+3901"));
    let ended = CallEvent::Ended(CallEnding::ByAgent(Some("done".to_owned())));
    assert_eq!(events.last(), Some(&ended));
    let error = within(control.hang_up()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "it is over: {error}");
    // All that was sent bears the name of the call, in messages of at most 100 ms.
    let sent: Vec<Value> = server
        .messages()
        .iter()
        .filter_map(|message| serde_json::from_str(&message.text).ok())
        .collect();
    let media: Vec<_> = sent
        .iter()
        .filter(|it| it["event"] == "media_input")
        .collect();
    assert!(media.len() > 10);
    for message in media {
        assert_eq!(message["stream_id"], "call-42");
        let payload = message["media"]["payload"].as_str().unwrap();
        assert!(payload.len() <= 3_200_usize.div_ceil(3) * 4);
    }
}

#[tokio::test]
async fn a_managed_agent_tells_of_turns_and_the_caller_hangs_up() {
    let server = server().await;
    let question = spoken(&server, "Four seats").await;
    let call = start(&server, managed()).await;
    assert_eq!(
        call.started().agent_id.as_ref().unwrap().as_str(),
        "agent_1"
    );
    let control = call.control();
    let (mut input, mut output) = call.split();
    input.set_pace(Pace::UNLIMITED);
    within(input.send_audio(question)).await.unwrap();
    let (mut said, mut delta) = (None, String::new());
    while said.is_none() {
        match within(output.next_event()).await.unwrap().unwrap() {
            CallEvent::TurnText(turn) if turn.role == Role::USER => delta.push_str(&turn.text),
            CallEvent::TurnEnded(turn) if turn.role == Role::USER => said = Some(turn.text),
            _ => {}
        }
    }
    assert_eq!(said.as_deref(), Some("Four seats"));
    assert_eq!(delta, "Four seats");
    let custom = within(control.custom(CustomMessage::default()))
        .await
        .unwrap_err();
    assert_eq!(custom.kind(), ErrorKind::Unsupported, "{custom}");
    within(input.hang_up()).await.unwrap();
    let (_, events, end) = listen(&mut output).await;
    end.unwrap();
    assert_eq!(events.last(), Some(&CallEvent::Ended(CallEnding::ByCaller)));
}

#[tokio::test]
async fn a_tool_call_is_answered_by_the_caller() {
    let tool = json!({"type": "client_tool_call", "tool_call_id": "tc_1", "tool_name": "seats",
                      "parameters": {"day": "Friday"}, "expects_response": true});
    let rules = json!({"rules": [
        {"at": {"heard": 100}, "do": {"say": {"text": tool.to_string()}}}]});
    let server = server().await;
    server.set_script(rules.to_string().parse().unwrap());
    let call = start(&server, managed()).await;
    let control = call.control();
    let (mut input, mut output) = call.split();
    within(input.send(vec![0; 6_400])).await.unwrap();
    let tool = loop {
        if let CallEvent::ToolCall(tool) = within(output.next_event()).await.unwrap().unwrap() {
            break tool;
        }
    };
    assert_eq!(
        (tool.tool_name.as_str(), &tool.parameters["day"]),
        ("seats", &json!("Friday"))
    );
    within(control.answer(tool.result("4 seats left")))
        .await
        .unwrap();
    let again = within(control.answer(tool.failure("none")))
        .await
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Timeout, "{again}");
    let unknown = ClientToolResult::new("tc_9", "x");
    assert!(within(control.answer(unknown)).await.is_err());
    // The agent says what it was told.
    let said = loop {
        match within(output.next_event()).await.unwrap().unwrap() {
            CallEvent::TurnText(turn) if turn.text.contains("4 seats left") => break true,
            CallEvent::Ended(_) => break false,
            _ => {}
        }
    };
    assert!(said);
    drop(output);
    drop(input);
    // Without a reader there is no call.
    let gone = within(async {
        while server.sockets().iter().any(|socket| !socket.closed) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    gone.await;
}

#[tokio::test]
async fn an_interruption_ends_the_speech_and_drops_what_was_not_played() {
    let builder = MockServer::builder().pace(MockPace::RealTime);
    let server = within(builder.start()).await.unwrap();
    let stop = spoken(&server, "Stop").await;
    let long = "One two three four five six seven eight nine ten eleven twelve thirteen.";
    let call = start(&server, line().with_introduction(long)).await;
    let (mut input, mut output) = call.split();
    let mut events = Vec::new();
    let mut speech = output.speech(|event| events.push(event));
    assert_eq!(speech.format(), FORMAT.into());
    let first = within(poll_fn(|cx| Pin::new(&mut speech).poll_audio(cx))).await;
    assert!(!first.unwrap().unwrap().is_empty());
    assert!(!speech.is_cleared());
    within(input.send(stop.data().to_vec())).await.unwrap();
    let mut rest = 0;
    while let Some(audio) = within(poll_fn(|cx| Pin::new(&mut speech).poll_audio(cx))).await {
        rest += audio.unwrap().len();
    }
    assert!(speech.is_cleared());
    assert!(
        FORMAT.duration_of_bytes(rest as u64) < Duration::from_secs(3),
        "{rest}"
    );
    let ended = within(poll_fn(|cx| Pin::new(&mut speech).poll_audio(cx))).await;
    assert!(ended.is_none(), "it has ended");
    // The next one is another stretch: the agent repeats what it heard.
    let mut next = output.speech(|_| {});
    let audio = within(poll_fn(|cx| Pin::new(&mut next).poll_audio(cx))).await;
    assert!(!audio.unwrap().unwrap().is_empty());
}

#[tokio::test]
async fn files_are_sent_in_real_time() {
    let server = server().await;
    let call = start(&server, line()).await;
    let (mut input, _output) = call.split();
    let clip = AudioClip::new(FORMAT, vec![0; 16_000]);
    let begun = std::time::Instant::now();
    within(input.send_audio(clip)).await.unwrap();
    assert!(
        begun.elapsed() >= Duration::from_millis(390),
        "{:?}",
        begun.elapsed()
    );
    // Of a WAV file, the samples are sent.
    let wav = AudioClip::new(FORMAT, vec![0; 3_200]).to_wav().unwrap();
    let wav = AudioClip::new(WavFormat::from(FORMAT), wav);
    within(input.send_audio(wav)).await.unwrap();
    let audio = || {
        let messages = server.messages();
        let media = messages.iter().filter(|it| it.text.contains("media_input"));
        media
            .filter_map(|it| serde_json::from_str::<Value>(&it.text).ok())
            .map(|it| it["media"]["payload"].as_str().unwrap().len() / 4 * 3)
            .sum::<usize>()
    };
    within(async {
        // Up to two bytes of padding in each message.
        while audio() < 19_200 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    assert!(audio() < 19_200 + 2 * 8, "{}", audio());
    let other = AudioClip::new(RawFormat::PCM_F32LE_16000, vec![0; 16]);
    let refused = within(input.send_audio(other)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidRequest, "{refused}");
}

/// What becomes of a call while one thing goes wrong after 200 ms of the caller's audio.
async fn outcome(at: Value, action: Value) -> (usize, Vec<CallEvent>, Result<(), Error>) {
    let rules = json!({"rules": [{"at": at, "path": "/agents/stream/*", "do": action}]});
    let script: Script = rules.to_string().parse().unwrap();
    let server = MockServer::builder().script(script).start().await.unwrap();
    let timeouts = Timeouts::default()
        .with_connect(LIMIT)
        .with_ping_interval(LIMIT / 2)
        .with_pong(LIMIT)
        .with_close(LIMIT);
    let connector = connector(&server).timeouts(timeouts);
    let call = match within(connector.call_agent(line())).await {
        Ok(call) => call,
        Err(error) => return (0, Vec::new(), Err(error)),
    };
    let control = call.control();
    let (mut input, mut output) = call.split();
    let begun = std::time::Instant::now();
    // The call may be over before all is sent.
    let _ = within(input.send(vec![0; 16_000])).await;
    let _ = within(control.custom(wish("end", "done"))).await;
    let outcome = listen(&mut output).await;
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    outcome
}

#[tokio::test]
async fn whatever_goes_wrong_ends_a_call_with_a_typed_error() {
    let heard = || json!({"heard": 200});
    for (at, action, kind) in [
        (
            json!("handshake"),
            json!({"refuse": {"status": 429}}),
            ErrorKind::RateLimited,
        ),
        (
            json!("handshake"),
            json!({"refuse": {"status": 401}}),
            ErrorKind::Auth,
        ),
        (
            json!("handshake"),
            json!({"refuse": {"status": 503}}),
            ErrorKind::Server,
        ),
        (
            json!("handshake"),
            json!({"delay": {"milliseconds": 60_000}}),
            ErrorKind::Timeout,
        ),
        (json!("connect"), json!("stall"), ErrorKind::Timeout),
        (json!("connect"), json!("stall_socket"), ErrorKind::Timeout),
        (json!("connect"), json!("reset"), ErrorKind::Closed),
        (
            json!("connect"),
            json!({"close": {"code": 1000, "reason": "no"}}),
            ErrorKind::Closed,
        ),
        (heard(), json!("reset"), ErrorKind::Incomplete),
        (heard(), json!("hang_up"), ErrorKind::Incomplete),
        (heard(), json!("stall_socket"), ErrorKind::Timeout),
        (
            heard(),
            json!({"close": {"code": 1011, "reason": "crash"}}),
            ErrorKind::Incomplete,
        ),
        (
            heard(),
            json!({"close": {"code": 1000, "reason": "connection idle timeout"}}),
            ErrorKind::Incomplete,
        ),
    ] {
        let (bytes, _, end) = outcome(at.clone(), action.clone()).await;
        let error = end.unwrap_err();
        assert_eq!(error.kind(), kind, "{at} {action}: {error}");
        let received = error.bytes_received().unwrap_or_default();
        assert!(
            received >= bytes as u64,
            "{at} {action}: {received} {bytes}"
        );
    }
}

#[tokio::test]
async fn what_only_looks_wrong_changes_nothing() {
    for action in [
        json!("unknown_type"),
        json!("unknown_fields"),
        json!("null_optionals"),
        json!({"fragment": {"frames": 3, "pings": true}}),
        json!({"say": {"text": "{\"event\":\"news\"}"}}),
    ] {
        let (bytes, events, end) = outcome(json!({"heard": 100}), action.clone()).await;
        end.unwrap_or_else(|error| panic!("{action}: {error}"));
        assert!(bytes > 0, "{action}");
        let broken = |event: &CallEvent| matches!(event, CallEvent::Undecodable(_));
        assert!(!events.iter().any(broken), "{action}: {events:?}");
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_decoded_is_reported_and_the_call_goes_on() {
    for action in [
        json!("malformed_json"),
        json!({"binary": {"bytes": 64}}),
        json!({"say": {"text": "{\"event\":\"media_output\",\"media\":{\"payload\":\"canary!\"}}"}}),
    ] {
        let (_, events, end) = outcome(json!({"heard": 100}), action.clone()).await;
        end.unwrap_or_else(|error| panic!("{action}: {error}"));
        let broken = events
            .iter()
            .filter(|event| matches!(event, CallEvent::Undecodable(_)));
        assert_eq!(broken.count(), 1, "{action}: {events:?}");
        assert!(!format!("{events:?}").contains("canary"));
    }
}

#[tokio::test]
async fn what_surely_fails_is_refused_before_anything_is_sent() {
    let server = server().await;
    let old = connector(&server).api_version(ApiVersion::V2024_11_13);
    let newer = connector(&server).api_version(ApiVersion::V2026_03_01);
    for (connector, spec, kind) in [
        (&old, CallSpec::from(line()), ErrorKind::Unsupported),
        (&newer, managed().into(), ErrorKind::Unsupported),
        (
            &connector(&server),
            LineCallSpec::new("..", "pcm_16000").into(),
            ErrorKind::InvalidRequest,
        ),
        (
            &connector(&server),
            LineCallSpec::new("a", "opus").into(),
            ErrorKind::InvalidRequest,
        ),
    ] {
        let error = within(connector.call_agent(spec)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
    assert!(server.sockets().is_empty());
    let nobody = LineCallSpec::new("agent_nobody", CallFormat::PCM_16000);
    let error = within(connector(&server).call_agent(nobody))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[tokio::test]
async fn pings_keep_a_silent_call_alive() {
    let builder = MockServer::builder().idle_timeout(Duration::from_secs(1));
    let server = within(builder.start()).await.unwrap();
    let pinging = Timeouts::default().with_ping_interval(Duration::from_millis(100));
    let connector = connector(&server);
    let call = within(connector.clone().timeouts(pinging).call_agent(line()))
        .await
        .unwrap();
    let control = call.control();
    let (_input, mut output) = call.split();
    let quiet = tokio::time::timeout(Duration::from_secs(2), listen(&mut output)).await;
    assert!(quiet.is_err(), "the call is open");
    within(control.hang_up()).await.unwrap();
    listen(&mut output).await.2.unwrap();
    // Without pings, the service ends it.
    let silent = Timeouts::default().with_ping_interval(None);
    let call = within(connector.timeouts(silent).call_agent(line()))
        .await
        .unwrap();
    let (_input, mut output) = call.split();
    let error = listen(&mut output).await.2.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert!(
        error.to_string().contains("connection idle timeout"),
        "{error}"
    );
    assert_eq!(error.deadline(), None::<Deadline>);
}

#[tokio::test]
async fn a_limiter_counts_calls_while_they_live() {
    let server = server().await;
    let limits = Limits::default().with_call(1);
    let limiter = Arc::new(LocalLimiter::new(limits));
    let connector = connector(&server).limiter(Arc::clone(&limiter) as _);
    let held = || limiter.stats(Workload::Call).held;
    let first = within(connector.call_agent(line())).await.unwrap();
    assert_eq!(held(), 1);
    let waiting = tokio::time::timeout(Duration::from_millis(50), connector.call_agent(managed()));
    assert!(waiting.await.is_err(), "one at a time");
    let hasty = Timeouts::default().with_permit(Duration::from_millis(20));
    let late = within(connector.clone().timeouts(hasty).call_agent(line())).await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::RateLimited);
    assert_eq!(server.sockets().len(), 1, "nothing was sent for them");
    // Transcriptions and speech are counted on their own.
    let text = spoken(&server, "Hello").await;
    assert!(!text.data().is_empty());
    drop(first);
    let second = within(connector.call_agent(managed())).await.unwrap();
    let (input, mut output) = second.split();
    within(input.hang_up()).await.unwrap();
    listen(&mut output).await.2.unwrap();
    // One that is refused gives its permit back.
    let nobody = LineCallSpec::new("agent_nobody", CallFormat::PCM_16000);
    within(connector.call_agent(nobody)).await.unwrap_err();
    within(async {
        while held() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}
