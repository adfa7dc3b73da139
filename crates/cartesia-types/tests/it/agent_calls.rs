//! Golden tests of the messages of calls with agents.

use std::time::Duration;

use bytes::Bytes;
use cartesia_types::agent::{
    CallAudio, CallCommand, CallEnding, CallErrorEvent, CallEvent, CallFormat, CallProtocol,
    CallSpec, CallTurnText, ClientToolCall, CustomMessage, DtmfEvent, DtmfKey, LineCallSpec,
    ManagedCallSpec, OutputDelivery, Role,
};
use cartesia_types::{ApiVersion, ErrorCode, RawEncoding, RawFormat};
use proptest::prelude::*;
use serde_json::{Map, Value, json, to_string};

use CallProtocol::{Line, Managed};

const CANARY: &str = "canary-7f31";

fn event(message: &str) -> CallEvent {
    CallEvent::from_json(message.as_bytes()).unwrap()
}

fn refused(message: &str) -> String {
    CallEvent::from_json(message.as_bytes())
        .unwrap_err()
        .to_string()
}

fn metadata(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => panic!("an object"),
    }
}

#[test]
fn the_start_of_a_call() {
    let line = LineCallSpec::new("agent_1", "pcm_16000")
        .with_stream_id("call-42")
        .with_voice("v-1")
        .with_system_prompt("You book tables.")
        .with_introduction("Hello, Luigi's.")
        .with_metadata("to", "+390000000")
        .with_extra("new", 1);
    assert_eq!(
        to_string(&line).unwrap(),
        r#"{"event":"start","stream_id":"call-42","config":{"input_format":"pcm_16000","voice_id":"v-1"},"agent":{"system_prompt":"You book tables.","introduction":"Hello, Luigi's."},"metadata":{"to":"+390000000"},"new":1}"#
    );
    let managed = ManagedCallSpec::new("agent_1", CallFormat::MULAW_8000)
        .with_output_delivery(OutputDelivery::SPEAKING_PACE)
        .with_extra("new", 1);
    assert_eq!(
        to_string(&managed).unwrap(),
        r#"{"type":"session_create","audio":{"input_format":"mulaw_8000","output_delivery":"speaking_pace"},"new":1}"#
    );
    for (spec, protocol, path, first) in [
        (
            CallSpec::from(line),
            Line,
            "/agents/stream/",
            ApiVersion::V2025_04_16,
        ),
        (
            managed.into(),
            Managed,
            "/v1/agents/websocket/",
            ApiVersion::V2026_08_14,
        ),
    ] {
        assert_eq!(spec.agent().as_str(), "agent_1");
        assert_eq!((spec.protocol(), spec.path_prefix()), (protocol, path));
        assert_eq!(spec.requirement().range().first(), first);
    }
}

#[test]
fn the_commands_on_the_wire() {
    let audio = CallCommand::Audio(Bytes::from_static(&[0, 1, 255]));
    let key = CallCommand::Dtmf(DtmfKey::new('#').unwrap());
    let custom = CallCommand::Custom(CustomMessage::default().with("topic", "x"));
    let call = ClientToolCall::new("tc_1", "seats", json!({}));
    let result = CallCommand::ToolResult(call.result("4 seats left"));
    let failure = CallCommand::ToolResult(call.failure("closed"));
    for (command, protocol, id, expected) in [
        (
            &audio,
            Line,
            Some("call-42"),
            r#"{"event":"media_input","stream_id":"call-42","media":{"payload":"AAH/"}}"#,
        ),
        (
            &audio,
            Line,
            None,
            r#"{"event":"media_input","media":{"payload":"AAH/"}}"#,
        ),
        (
            &key,
            Line,
            Some("a\"b"),
            r##"{"event":"dtmf","stream_id":"a\"b","dtmf":"#"}"##,
        ),
        (
            &custom,
            Line,
            Some("c"),
            r#"{"event":"custom","stream_id":"c","metadata":{"topic":"x"}}"#,
        ),
        (
            &audio,
            Managed,
            Some("ignored"),
            r#"{"type":"audio_input","audio":"AAH/"}"#,
        ),
        (
            &key,
            Managed,
            None,
            r##"{"type":"dtmf_input","digit":"#"}"##,
        ),
        (
            &result,
            Managed,
            None,
            r#"{"type":"client_tool_result","tool_call_id":"tc_1","result":"4 seats left","is_error":false}"#,
        ),
        (
            &failure,
            Managed,
            None,
            r#"{"type":"client_tool_result","tool_call_id":"tc_1","result":"closed","is_error":true}"#,
        ),
    ] {
        assert_eq!(command.message(protocol, id).unwrap(), expected);
    }
    assert!(custom.message(Managed, None).is_err());
    assert!(result.message(Line, None).is_err());
}

#[test]
fn keys_of_a_telephone() {
    for key in "0123456789*#".chars() {
        assert_eq!(DtmfKey::try_from(key).unwrap().as_char(), key);
    }
    for wrong in ["", "A", "12", "٣", " "] {
        assert!(wrong.parse::<DtmfKey>().is_err(), "{wrong}");
    }
}

#[test]
fn formats_of_audio() {
    let raw = |name: &'static str| CallFormat::from(name).raw();
    for (format, encoding, rate) in [
        (CallFormat::MULAW_8000, RawEncoding::PcmMulaw, 8_000),
        (CallFormat::PCM_16000, RawEncoding::PcmS16Le, 16_000),
        (CallFormat::PCM_24000, RawEncoding::PcmS16Le, 24_000),
        (CallFormat::PCM_44100, RawEncoding::PcmS16Le, 44_100),
    ] {
        assert_eq!(format.raw(), Some(RawFormat::new(encoding, rate)));
    }
    let later = RawFormat::new(RawEncoding::PcmAlaw, 8_000);
    assert_eq!(raw("alaw_8000"), Some(later));
    for none in [
        "pcm",
        "pcm_",
        "pcm_0",
        "opus_48000",
        "pcm_-1",
        "pcm_99999999999",
    ] {
        assert_eq!(raw(none), None, "{none}");
    }
}

#[test]
fn the_events_of_line_agents() {
    let ack = event(
        r#"{"event":"ack","stream_id":"call-42","config":{"input_format":"pcm_16000","voice_id":"v"},"agent":{"introduction":"Hi"}}"#,
    );
    let CallEvent::Started(started) = ack else {
        panic!("{ack:?}");
    };
    assert_eq!(started.stream_id.as_deref(), Some("call-42"));
    assert_eq!(started.format, Some(CallFormat::PCM_16000));
    assert_eq!(started.config["voice_id"], "v");
    assert_eq!(started.agent["introduction"], "Hi");

    let audio = CallEvent::Audio(CallAudio::new(vec![0, 1]));
    let dtmf = CallEvent::Dtmf(DtmfEvent::new("1"));
    let custom = CallEvent::Custom(CustomMessage::new(metadata(json!({"a": [1]}))));
    for (message, expected) in [
        (
            r#"{"event":"media_output","stream_id":"s","media":{"payload":"AAE="}}"#,
            audio,
        ),
        (r#"{"event":"clear","stream_id":"s"}"#, CallEvent::Clear),
        (r#"{"event":"dtmf","stream_id":"s","dtmf":"1"}"#, dtmf),
        (
            r#"{"event":"custom","stream_id":"s","metadata":{"a":[1]}}"#,
            custom,
        ),
    ] {
        assert_eq!(event(message), expected);
    }
    let transfer = event(
        r#"{"event":"transfer_call","stream_id":"s","target_phone_number":"+391","new":true}"#,
    );
    let CallEvent::Transfer(transfer) = transfer else {
        panic!("{transfer:?}");
    };
    assert_eq!(transfer.target_phone_number.as_deref(), Some("+391"));
    assert_eq!(transfer.extra["new"], true);
    // The vendor does not document the fields: any shape is a transfer.
    let bare = event(r#"{"event":"transfer_call","target_phone_number":{"e164":"+39"}}"#);
    let CallEvent::Transfer(bare) = bare else {
        panic!("{bare:?}");
    };
    assert_eq!(bare.target_phone_number, None);
    assert_eq!(bare.extra["target_phone_number"]["e164"], "+39");
}

#[test]
fn the_events_of_managed_agents() {
    let ready = event(
        r#"{"type":"session_ready","call_id":"ac_01","agent_id":"agent_01","agent_version_id":"av_03","audio":{"input_format":"pcm_24000"}}"#,
    );
    let CallEvent::Started(started) = ready else {
        panic!("{ready:?}");
    };
    assert_eq!(started.call_id.unwrap().as_str(), "ac_01");
    assert_eq!(started.agent_id.unwrap().as_str(), "agent_01");
    assert_eq!(started.agent_version_id.as_deref(), Some("av_03"));
    assert_eq!(started.format, Some(CallFormat::PCM_24000));

    let mut tool = ClientToolCall::new("tc_1", "seats", json!({"day": "Friday"}));
    let mut error = CallErrorEvent::new("Unknown type foo.", false);
    error.code = Some(ErrorCode::from("invalid_event"));
    for (message, expected) in [
        (
            r#"{"type":"audio_output","audio":"AAE="}"#,
            CallEvent::Audio(CallAudio::new(vec![0, 1])),
        ),
        (r#"{"type":"audio_output_clear"}"#, CallEvent::Clear),
        (
            r#"{"type":"dtmf_output","digit":"1"}"#,
            CallEvent::Dtmf(DtmfEvent::new("1")),
        ),
        (
            r#"{"type":"client_tool_call","tool_call_id":"tc_1","tool_name":"seats","parameters":{"day":"Friday"},"expects_response":true}"#,
            CallEvent::ToolCall(tool.clone()),
        ),
        (
            r#"{"type":"turn_output_text_delta","turn":3,"role":"assistant","text":"There are "}"#,
            CallEvent::TurnText(CallTurnText::new(3, Role::ASSISTANT, "There are ")),
        ),
        (
            r#"{"type":"error","code":"invalid_event","message":"Unknown type foo.","fatal":false}"#,
            CallEvent::Error(error),
        ),
    ] {
        assert_eq!(event(message), expected);
    }
    tool.expects_response = false;
    let quiet = r#"{"type":"client_tool_call","tool_call_id":"tc_1","tool_name":"seats","parameters":{"day":"Friday"},"expects_response":false}"#;
    assert_eq!(event(quiet), CallEvent::ToolCall(tool));

    let started = event(r#"{"type":"turn_started","turn":3,"role":"assistant","start_time":12.4}"#);
    let CallEvent::TurnStarted(started) = started else {
        panic!("{started:?}");
    };
    assert_eq!(started.role, Role::ASSISTANT);
    assert_eq!(started.start, Some(Duration::from_millis(12_400)));
    let ended = event(
        r#"{"type":"turn_ended","turn":3,"role":"user","text":"Two.","interrupted":true,"start_time":12.4,"end_time":14.1,"tool_calls":[{"id":"1","name":"seats","arguments":{}},7]}"#,
    );
    let CallEvent::TurnEnded(ended) = ended else {
        panic!("{ended:?}");
    };
    assert_eq!((ended.text.as_str(), ended.interrupted), ("Two.", true));
    assert_eq!(ended.end, Some(Duration::from_millis(14_100)));
    assert_eq!(ended.tool_calls.len(), 1, "one makes no sense");
}

#[test]
fn fields_that_are_not_needed_may_have_any_type() {
    for (message, kind) in [
        (r#"{"event":"ack"}"#, "Started"),
        (
            r#"{"event":"ack","stream_id":{},"config":7,"agent":[]}"#,
            "Started",
        ),
        (
            r#"{"type":"session_ready","audio":null,"call_id":4}"#,
            "Started",
        ),
        (r#"{"type":"audio_output","audio":"","turn":"x"}"#, "Audio"),
        (r#"{"type":"audio_output","audio":"AA\u0045="}"#, "Audio"),
        (r#"{"type":"turn_started"}"#, "TurnStarted"),
        (
            r#"{"type":"turn_ended","text":"","start_time":-9,"tool_calls":{}}"#,
            "TurnEnded",
        ),
        (r#"{"type":"dtmf_output","digit":5}"#, "Dtmf"),
        (
            r#"{"type":"client_tool_call","tool_call_id":1,"tool_name":"n"}"#,
            "ToolCall",
        ),
        (r#"{"type":"error"}"#, "Error"),
        (r#"{"event":"error","message":"x"}"#, "Error"),
        (r#"{"type":"brand_new","x":NaN}"#, "Unknown"),
        (r#"{"event":"brand_new"}"#, "Unknown"),
        ("{}", "Unknown"),
    ] {
        let found = format!("{:?}", event(message));
        assert!(found.starts_with(kind), "{message}: {found}");
    }
    let CallEvent::Error(error) = event(r#"{"type":"error","message":" "}"#) else {
        panic!("an error");
    };
    assert!(!error.fatal, "a call that is over is closed");
    assert!(!error.message.trim().is_empty());
    let CallEvent::ToolCall(call) =
        event(r#"{"type":"client_tool_call","tool_call_id":"1","tool_name":"n"}"#)
    else {
        panic!("a tool call");
    };
    assert!(call.expects_response, "an agent must not wait in vain");
}

#[test]
fn what_is_needed_is_an_error_without_values() {
    for (message, why) in [
        ("[1]", "not a JSON object"),
        ("", "not a JSON object"),
        (r#"{"type":"audio_output","audio":"AA"#, "ends early"),
        (r#"{"type":"audio_output"}"#, "without audio"),
        (r#"{"type":"audio_output","audio":7}"#, "not a string"),
        (r#"{"type":"audio_output","audio":"canary!"}"#, "not base64"),
        (
            r#"{"event":"media_output","media":"canary"}"#,
            "without audio",
        ),
        (
            r#"{"event":"media_output","media":{"payload":"?"}}"#,
            "not base64",
        ),
        (
            r#"{"event":"custom","metadata":["canary"]}"#,
            "not an object",
        ),
        (r#"{"type":"turn_ended"}"#, "no `text`"),
        (
            r#"{"type":"turn_output_text_delta","text":"\ud800canary"}"#,
            "not text",
        ),
        (
            r#"{"type":"client_tool_call","tool_name":"canary"}"#,
            "tool_call_id",
        ),
        (
            r#"{"type":"client_tool_call","tool_call_id":"canary"}"#,
            "tool_name",
        ),
        (
            r#"{"type":"client_tool_call","tool_call_id":"1","tool_name":"n","parameters":{"x":NaN}}"#,
            "not valid JSON",
        ),
        (r#"{"type":"dtmf_output"}"#, "no key"),
    ] {
        let error = refused(message);
        assert!(error.contains(why), "{message}: {error}");
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn how_calls_end() {
    let agent = |reason: Option<&str>| Some(CallEnding::ByAgent(reason.map(str::to_owned)));
    for (protocol, code, reason, expected) in [
        (Line, 1000, "call ended by agent", agent(None)),
        (
            Line,
            1000,
            "call ended by agent, reason: all done",
            agent(Some("all done")),
        ),
        (
            Managed,
            1000,
            "call ended by agent, reason: bye",
            agent(Some("bye")),
        ),
        (Line, 1000, "connection idle timeout", None),
        (Managed, 1000, "connection idle timeout", None),
        (Line, 1000, "", None),
        (Managed, 1000, "", Some(CallEnding::ByService)),
        (Line, 1000, "invalid message", None),
        (Line, 1006, "call ended by agent", None),
        (Managed, 1011, "", None),
    ] {
        let ending = CallEnding::from_close(protocol, code, reason);
        assert_eq!(ending, expected, "{protocol:?} {code} {reason}");
    }
}

#[test]
fn debug_shows_nothing_that_was_said() {
    let messages = [
        json!({"event": "ack", "stream_id": "s", "config": {"x": CANARY}, "agent": {"introduction": CANARY}}),
        json!({"event": "custom", "metadata": {"x": CANARY}}),
        json!({"event": "transfer_call", "target_phone_number": CANARY, "x": CANARY}),
        json!({"event": "dtmf", "dtmf": CANARY}),
        json!({"event": "other", "x": CANARY}),
        json!({"type": "client_tool_call", "tool_call_id": "1", "tool_name": "n", "parameters": {"x": CANARY}}),
        json!({"type": "turn_output_text_delta", "text": CANARY}),
        json!({"type": "turn_ended", "text": CANARY, "tool_calls": [{"arguments": {"x": CANARY}, "result": CANARY}]}),
    ];
    for message in messages {
        let event = event(&message.to_string());
        for shown in [format!("{event:?}"), format!("{event:#?}")] {
            assert!(!shown.contains(CANARY), "{shown}");
        }
    }
    let audio = format!("{:?}", CallEvent::Audio(CallAudio::new(vec![77, 88])));
    assert_eq!(audio, "Audio(CallAudio(<2 bytes>))");
    let spec = LineCallSpec::new("agent", "pcm_16000")
        .with_system_prompt(CANARY)
        .with_introduction(CANARY)
        .with_metadata("x", CANARY)
        .with_extra("x", CANARY);
    let managed = ManagedCallSpec::new("agent", "pcm_16000").with_extra("x", CANARY);
    let call = ClientToolCall::new("1", "n", CANARY);
    let key = DtmfKey::new('7').unwrap();
    for shown in [
        format!("{:?}", CallSpec::from(spec)),
        format!("{managed:?}"),
        format!("{:?}", CallCommand::ToolResult(call.result(CANARY))),
        format!(
            "{:?}",
            CallCommand::Custom(CustomMessage::default().with("x", CANARY))
        ),
        format!("{:?}", CallCommand::Audio(Bytes::from(CANARY))),
    ] {
        assert!(!shown.contains(CANARY), "{shown}");
    }
    assert!(!format!("{key:?} {:?}", CallCommand::Dtmf(key)).contains('7'));
}

fn line_events() -> impl Strategy<Value = CallEvent> {
    prop_oneof![
        any::<Vec<u8>>().prop_map(|data| CallEvent::Audio(CallAudio::new(data))),
        Just(CallEvent::Clear),
        any::<String>().prop_map(|keys| CallEvent::Dtmf(DtmfEvent::new(keys))),
        any::<(String, i64)>().prop_map(|(name, value)| {
            let fields = [(name, value.into())].into_iter().collect();
            CallEvent::Custom(CustomMessage::new(fields))
        }),
    ]
}

fn managed_events() -> impl Strategy<Value = CallEvent> {
    prop_oneof![
        any::<Vec<u8>>().prop_map(|data| CallEvent::Audio(CallAudio::new(data))),
        any::<(i64, String, String)>().prop_map(|(turn, role, text)| CallEvent::TurnText(
            CallTurnText::new(turn, role, text)
        )),
        any::<(String, String, String)>().prop_map(|(id, name, value)| CallEvent::ToolCall(
            ClientToolCall::new(id, name, value)
        )),
        ("\\PC*[a-z]", any::<bool>())
            .prop_map(|(text, fatal)| CallEvent::Error(CallErrorEvent::new(text, fatal))),
    ]
}

proptest! {
    #[test]
    fn line_events_survive_the_wire(sent in line_events(), id in any::<String>()) {
        let message = sent.to_json(Line, Some(&id)).unwrap();
        prop_assert_eq!(event(&message), sent);
    }

    #[test]
    fn managed_events_survive_the_wire(sent in managed_events()) {
        let message = sent.to_json(Managed, None).unwrap();
        prop_assert_eq!(event(&message), sent);
    }

    #[test]
    fn anything_is_an_event_or_an_error(bytes in any::<Vec<u8>>()) {
        if let Ok(event) = CallEvent::from_json(&bytes) {
            let _ = format!("{event:?}");
        }
    }
}
