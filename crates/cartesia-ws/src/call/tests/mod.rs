//! Calls without a socket, by a clock that is moved by hand.

mod script;

use std::time::Duration;

use cartesia_types::agent::{
    CallCommand, CallFormat, ClientToolResult, DtmfKey, LineCallSpec, ManagedCallSpec,
};
use cartesia_types::{Deadline, Error, ErrorKind};
use tokio::sync::oneshot;

use self::script::{KEY, Script};
use super::session::Command;

const START: &str = r#"send {"type":"session_create","audio":{"input_format":"pcm_16000"}}"#;
const READY: &str = r#"{"type":"session_ready","call_id":"ac_1"}"#;
const AUDIO: &str = r#"{"type":"audio_output","audio":"AAECAw=="}"#;
const TOOL: &str =
    r#"{"type":"client_tool_call","tool_call_id":"tc_1","tool_name":"n","expects_response":true}"#;

fn managed() -> Script {
    Script::new(ManagedCallSpec::new("agent_1", CallFormat::PCM_16000))
}

/// A managed call that has begun.
fn live() -> Script {
    let mut call = managed();
    assert_eq!(call.command(Command::Open(1)), ["connect"]);
    assert_eq!(call.connected(), [START]);
    assert_eq!(call.text(READY), ["Started"]);
    call
}

fn answer(call: &mut Script, id: &str) -> (Vec<String>, bool) {
    let (sender, mut receiver) = oneshot::channel();
    let result = ClientToolResult::new(id, "four");
    let effects = call.command(Command::Answer(result, sender));
    (effects, receiver.try_recv().unwrap())
}

fn key(key: char) -> Command {
    Command::Send(CallCommand::Dtmf(DtmfKey::new(key).unwrap()))
}

/// The only error of a call.
fn error(call: &mut Script) -> Error {
    call.error.take().expect("an error")
}

#[test]
fn a_call_from_its_start_to_the_end_by_the_agent() {
    let mut call = live();
    let audio = Command::Audio(vec![0, 1, 2].into());
    assert_eq!(
        call.command(audio),
        [r#"send {"type":"audio_input","audio":"AAEC"}"#]
    );
    assert_eq!(
        call.command(key('7')),
        [r#"send {"type":"dtmf_input","digit":"7"}"#]
    );
    assert_eq!(call.text(AUDIO), ["Audio"]);
    assert_eq!(call.command(Command::Finish), [""; 0], "the call goes on");
    let end = call.closed(1000, "call ended by agent, reason: all done");
    assert_eq!(end, ["Ended(ByAgent(Some(\"all done\")))", "end"]);
    assert!(call.is_closed());
    // What comes late has nowhere to go.
    assert_eq!(call.command(key('7')), [""; 0]);
    assert_eq!(call.text(AUDIO), [""; 0]);
}

#[test]
fn the_name_of_a_line_call_is_the_one_that_the_service_confirms() {
    let spec = LineCallSpec::new("agent_1", CallFormat::PCM_16000).with_stream_id("mine");
    let mut call = Script::new(spec);
    call.command(Command::Open(1));
    let start =
        r#"send {"event":"start","stream_id":"mine","config":{"input_format":"pcm_16000"}}"#;
    assert_eq!(call.connected(), [start]);
    call.text(r#"{"event":"ack","stream_id":"theirs"}"#);
    let sent = r#"send {"event":"dtmf","stream_id":"theirs","dtmf":"1"}"#;
    assert_eq!(call.command(key('1')), [sent]);
    // Without one in the answer, the caller's own counts.
    let spec = LineCallSpec::new("agent_1", CallFormat::PCM_16000).with_stream_id("mine");
    let mut call = Script::new(spec);
    call.command(Command::Open(1));
    call.connected();
    call.text(r#"{"event":"ack"}"#);
    let sent = r#"send {"event":"dtmf","stream_id":"mine","dtmf":"1"}"#;
    assert_eq!(call.command(key('1')), [sent]);
}

#[test]
fn a_connection_that_cannot_be_made_ends_the_call() {
    let mut call = managed();
    call.command(Command::Open(1));
    let refused = Error::new(ErrorKind::RateLimited, "agents.connect", "too many");
    assert_eq!(
        call.connect_failed(&refused),
        ["error"],
        "nothing is tried twice"
    );
    assert_eq!(error(&mut call).kind(), ErrorKind::RateLimited);
    assert!(call.is_closed());
}

#[test]
fn a_start_that_is_not_confirmed_in_time_is_an_error() {
    let mut call = managed();
    call.command(Command::Open(1));
    call.connected();
    assert_eq!(call.after(Duration::from_secs(10)), ["error", "close"]);
    let error = error(&mut call);
    assert_eq!(error.deadline(), Some(Deadline::Connect), "{error}");
    assert_eq!(call.after(Duration::from_secs(5)), ["abandon"]);
    assert!(call.is_closed());
}

#[test]
fn every_other_close_is_an_error_with_what_was_received() {
    for (code, reason) in [
        (1000, "connection idle timeout"),
        (1000, "invalid message"),
        (1011, ""),
        (1006, ""),
    ] {
        let mut call = live();
        call.text(AUDIO);
        assert_eq!(call.closed(code, reason), ["error"], "{code} {reason}");
        let error = error(&mut call);
        assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
        assert_eq!(error.bytes_received(), Some(4));
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(error.closed().and_then(|close| close.code), Some(code));
        assert!(call.is_closed());
    }
    // Before the call has begun, even the agent's own end is none.
    let mut call = managed();
    call.command(Command::Open(1));
    call.connected();
    assert_eq!(call.closed(1000, "call ended by agent"), ["error"]);
    assert_eq!(error(&mut call).kind(), ErrorKind::Closed);
}

#[test]
fn hanging_up_waits_for_the_service_and_gives_what_comes_until_then() {
    let mut call = live();
    assert_eq!(call.command(Command::HangUp), ["close"]);
    assert_eq!(call.command(Command::HangUp), [""; 0]);
    assert_eq!(call.text(AUDIO), ["Audio"]);
    assert_eq!(call.closed(1000, ""), ["Ended(ByCaller)", "end"]);
    assert!(call.is_closed());
    // The service need not agree.
    let mut call = live();
    call.command(Command::HangUp);
    let end = call.after(Duration::from_secs(5));
    assert_eq!(end, ["abandon", "Ended(ByCaller)", "end"]);
    assert!(call.is_closed());
    // There is no call yet.
    let mut call = managed();
    call.command(Command::Open(1));
    assert_eq!(call.command(Command::HangUp), ["error", "abandon"]);
    assert_eq!(error(&mut call).kind(), ErrorKind::Cancelled);
}

#[test]
fn a_call_without_a_reader_is_hung_up() {
    let mut call = live();
    assert_eq!(call.command(Command::Cancel), ["error", "close"]);
    assert_eq!(error(&mut call).kind(), ErrorKind::Cancelled);
    assert_eq!(call.closed(1000, ""), [""; 0]);
    assert!(call.is_closed());
}

#[test]
fn an_error_ends_the_call_only_if_it_is_fatal() {
    let error_event = |fatal| {
        format!(r#"{{"type":"error","code":"invalid_event","message":"no {KEY}","fatal":{fatal}}}"#)
    };
    let mut call = live();
    assert_eq!(call.text(&error_event(false)), ["Error"]);
    assert_eq!(call.text(AUDIO), ["Audio"], "it goes on");
    assert_eq!(call.text(&error_event(true)), ["error", "close"]);
    let fatal = error(&mut call);
    assert_eq!(fatal.kind(), ErrorKind::InvalidRequest);
    let code = fatal.api_error().and_then(|api| api.code.clone());
    assert_eq!(code.unwrap(), "invalid_event");
    assert_eq!(fatal.bytes_received(), Some(4));
    // What was reported last may be why the connection is closed.
    let mut call = live();
    call.text(r#"{"type":"error","code":"x","message":"the agent crashed"}"#);
    call.closed(1011, "");
    let closed = error(&mut call);
    assert!(closed.to_string().contains("the agent crashed"), "{closed}");
    assert_eq!(closed.kind(), ErrorKind::Incomplete);
    for shown in [&fatal, &closed] {
        assert!(!format!("{shown} {shown:?}").contains(KEY));
    }
}

#[test]
fn a_tool_call_is_answered_exactly_once() {
    let mut call = live();
    assert_eq!(call.text(TOOL), ["ToolCall"]);
    let sent = r#"send {"type":"client_tool_result","tool_call_id":"tc_1","result":"four","is_error":false}"#;
    assert_eq!(answer(&mut call, "tc_1"), (vec![sent.to_owned()], true));
    assert_eq!(answer(&mut call, "tc_1"), (vec![], false));
    assert_eq!(answer(&mut call, "other"), (vec![], false));
    // Nothing is overdue any more.
    assert_eq!(call.after(Duration::from_secs(19)), [""; 0]);
}

#[test]
fn a_tool_that_does_not_answer_in_time_has_failed() {
    let mut call = live();
    call.text(TOOL);
    call.text(&TOOL.replace("tc_1", "tc_2").replace("true", "false"));
    let mut effects = call.after(Duration::from_secs(20));
    assert_eq!(effects, ["ping"]);
    call.text(AUDIO);
    effects = call.after(Duration::from_secs(10));
    let sent = r#"send {"type":"client_tool_result","tool_call_id":"tc_1","result":"the tool did not answer in time","is_error":true}"#;
    assert_eq!(effects, [sent], "the other one expects no answer");
    assert_eq!(answer(&mut call, "tc_1"), (vec![], false));
}

#[test]
fn a_dead_connection_is_noticed_by_pings_while_nobody_speaks() {
    let mut call = live();
    assert_eq!(call.after(Duration::from_secs(20)), ["ping"]);
    call.text(AUDIO);
    assert_eq!(call.after(Duration::from_secs(20)), ["ping"]);
    assert_eq!(call.after(Duration::from_secs(20)), ["abandon", "error"]);
    let error = error(&mut call);
    assert_eq!(error.deadline(), Some(Deadline::Pong), "{error}");
    assert_eq!(error.bytes_received(), Some(4));
    assert!(call.is_closed());
}

#[test]
fn a_message_that_cannot_be_decoded_is_an_event() {
    let mut call = live();
    for broken in ["nonsense", r#"{"type":"audio_output","audio":"?"}"#, ""] {
        assert_eq!(call.text(broken), ["Undecodable"]);
    }
    assert_eq!(call.text(AUDIO), ["Audio"]);
    assert_eq!(call.text(r#"{"type":"news"}"#), ["Unknown"]);
}

#[test]
fn a_reader_that_falls_behind_ends_the_call() {
    let mut call = live();
    assert_eq!(call.overflow(), ["error", "close"]);
    assert_eq!(error(&mut call).kind(), ErrorKind::SlowConsumer);
}
