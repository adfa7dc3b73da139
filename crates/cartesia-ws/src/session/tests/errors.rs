//! What the service says besides speech: errors, unknown and broken messages, refusals for the time
//! being.

use cartesia_types::ErrorKind;
use serde_json::json;

use super::Script;
use super::script::{KEY, millis, rules, seconds};
use cartesia_core::ReconnectPolicy;
use cartesia_core::Timeouts;

use crate::protocol::Protocol as _;
use crate::session::Effect;

fn two() -> Script {
    let mut script = Script::speaking("First.");
    script.open(2, "two");
    script.push(2, "Second.");
    // It has nothing on the wire, and nothing of this is about it.
    script.open(3, "three");
    script
}

#[test]
fn an_error_is_of_its_context_alone() {
    for (error, kind, message) in [
        (
            json!({"type": "error", "context_id": "one", "done": true, "status_code": 400,
                "error_code": "model_not_found", "title": "Bad request", "message": "no such model",
                "request_id": "5f7d:one:91ab"}),
            "NotFound",
            "no such model",
        ),
        (
            json!({"type": "error", "context_id": "one", "done": true, "status_code": 400,
                "error": "Bad request: model not found"}),
            "InvalidRequest",
            "model not found",
        ),
        (
            json!({"context_id": "one", "done": true, "status_code": 400, "error": "Bad request"}),
            "InvalidRequest",
            "Bad request",
        ),
    ] {
        let mut script = two();
        assert_eq!(script.receive(&error), [format!("1: {kind}")]);
        let failure = script.failure(1);
        assert_eq!(failure.api_error().unwrap().status, 400);
        assert!(failure.to_string().contains(message), "{failure}");
        let id = error["request_id"].as_str().unwrap_or("req-1");
        assert_eq!(failure.request_id(), Some(id));
        assert_eq!(failure.unspoken(), Some("First."));
        assert_eq!(script.audio("two", 3), ["2: audio 96"]);
        // It is over for the service as well: there is nothing to cancel.
        assert_eq!(script.cancel(1), [""; 0]);
    }
}

#[test]
fn an_error_without_a_name_belongs_to_the_waiting_context() {
    let nameless = json!({"type": "error", "done": true, "status_code": 500,
        "title": "Oh", "message": "something broke"});
    let mut script = two();
    assert_eq!(
        script.receive(&nameless),
        ["cancel one", "1: Server", "cancel two", "2: Server"]
    );
    assert_eq!(script.session.live(), 1);
    assert_eq!(script.push(3, "Third."), [r#"say three "Third.""#]);
    assert_eq!(script.receive(&nameless), ["3: Server"]);
    assert_eq!(script.receive(&nameless), [""; 0]);
}

#[test]
fn an_error_that_is_not_final_is_reported() {
    let warning = json!({"type": "error", "context_id": "one", "done": false, "status_code": 400,
        "message": "hm"});
    let mut script = two();
    assert_eq!(script.receive(&warning), ["1: error"]);
    let nameless = json!({"type": "error", "done": false, "status_code": 400, "message": "hm"});
    assert_eq!(script.receive(&nameless), [""; 0]);
    assert_eq!(script.session.counters.foreign_messages, 1);
    assert_eq!(script.session.live(), 3);
}

#[test]
fn an_error_does_not_quote_the_key() {
    let mut script = Script::speaking("Hello.");
    script.receive(&json!({"type": "error", "done": true, "status_code": 401,
        "message": format!("{KEY} is not known")}));
    let failure = script.failure(1);
    assert_eq!(failure.kind(), ErrorKind::Auth);
    let shown = format!("{failure} {failure:?}");
    assert!(
        !shown.contains(KEY) && shown.contains("is not known"),
        "{shown}"
    );
}

#[test]
fn a_message_without_a_name_is_of_the_one_that_is_alone() {
    let chunk = json!({"type": "chunk", "status_code": 206, "done": false, "data": "AAAA"});
    let mut script = Script::speaking("Hello.");
    assert_eq!(script.receive(&chunk), ["1: audio 3"]);
}

#[test]
fn a_broken_message_fails_whom_it_must_have_been_for() {
    let mut script = Script::speaking("Hello.");
    assert_eq!(
        script.receive_text("{\"type\":\"chu"),
        ["cancel one", "1: Decode"]
    );
    let mut script = two();
    let broken = json!({"type": "chunk", "context_id": "two", "done": false, "data": "?"});
    assert_eq!(script.receive(&broken), ["cancel two", "2: Decode"]);
    assert_eq!(script.session.counters.undecodable_messages, 1);
    assert_eq!(script.audio("one", 3), ["1: audio 96"]);
    // The name is enough to tell whose it is.
    for broken in [
        r#"{"type":"chunk","context_id":"two","data":"AA"#,
        r#"{"type":"chunk","context_id":"two","data":7}"#,
        r#"{"type":"chunk","context_id":"two"}"#,
    ] {
        let mut script = two();
        script.audio("one", 3);
        let observed = script.receive_text(broken);
        assert_eq!(observed, ["cancel two", "2: Decode"], "{broken}");
        // A broken message that comes late changes nothing.
        assert_eq!(script.receive_text(broken), [""; 0], "{broken}");
        assert_eq!(script.session.counters.late_messages, 1);
        assert_eq!(script.audio("one", 3), ["1: audio 96"]);
    }
}

/// Audio whose context cannot be told is missing in one of those that are owed some.
#[test]
fn audio_of_an_unknown_owner_leaves_nobody_complete() {
    for (message, counter) in [
        ("nonsense", "undecodable"),
        (
            r#"{"type":"chunk","context_id":"other","data":"?"}"#,
            "undecodable",
        ),
        (
            r#"{"type":"chunk","context_id":"other","data":"AAAA"}"#,
            "foreign",
        ),
        (r#"{"type":"chunk","data":"AAAA"}"#, "foreign"),
        (r#"{"data":"AAAA"}"#, "foreign"),
    ] {
        let mut script = two();
        script.audio("one", 3);
        // What was delivered in part fails; what was not starts over under another name.
        assert_eq!(
            script.receive_text(message),
            [
                "cancel one",
                "1: Incomplete",
                "cancel two",
                r#"say two~ "Second.""#
            ],
            "{message}"
        );
        let counters = script.session.counters;
        let (undecodable, foreign) = (counters.undecodable_messages, counters.foreign_messages);
        let expected = if counter == "foreign" { (0, 1) } else { (1, 0) };
        assert_eq!((undecodable, foreign), expected, "{message}");
        let failure = script.failure(1);
        assert_eq!(failure.bytes_received(), Some(96));
        assert!(!failure.is_retryable());
        // Late audio of the first life changes nothing.
        assert_eq!(script.audio("two", 3), [""; 0]);
        let id = script.other_id("two");
        assert_eq!(script.audio(&id, 3), ["2: audio 96"]);
        script.finish(2);
        assert_eq!(script.done(&id), ["2: done", "2: end"]);
    }
}

#[test]
fn starting_over_has_an_end() {
    let mut script = two();
    for _ in 0..5 {
        assert_eq!(script.receive_text("nonsense").len(), 4);
    }
    let observed = script.receive_text("nonsense");
    assert!(
        observed.contains(&"1: Incomplete".to_owned()),
        "{observed:?}"
    );
    assert!(
        observed.contains(&"2: Incomplete".to_owned()),
        "{observed:?}"
    );
    assert_eq!(script.failure(2).unspoken(), Some("Second."));
}

/// What is not audio cannot make audio incomplete.
#[test]
fn other_messages_of_an_unknown_owner_are_counted() {
    for message in [
        r#"{"type":"timestamps","context_id":"other","word_timestamps":{"words":["a"],"start":[0],"end":[1]}}"#,
        r#"{"type":"flush_done","context_id":"other"}"#,
        r#"{"type":"viseme","context_id":"other"}"#,
        r#"{"type":"chunk","context_id":"other","data":""}"#,
        r#"{"type":"done","context_id":"other","done":true}"#,
        r#"{"type":"error","context_id":"other","done":true,"message":"no"}"#,
        r#"{"type":"notice"}"#,
    ] {
        let mut script = two();
        script.audio("one", 3);
        assert_eq!(script.receive_text(message), [""; 0], "{message}");
        assert_eq!(script.session.counters.foreign_messages, 1, "{message}");
    }
}

/// The service says that it is done, and a part is missing.
#[test]
fn an_end_that_leaves_something_out_is_an_error() {
    let mut script = Script::speaking("One two.");
    script.finish(1);
    script.words("one", &[("One", 0.0), ("two.", 2.0)]);
    script.audio("one", 1_200);
    assert_eq!(script.done("one"), ["1: Incomplete"]);
    assert_eq!(script.failure(1).bytes_received(), Some(38_400));
    // Timestamps are estimates: a little is no loss.
    let mut script = Script::speaking("One two.");
    script.finish(1);
    script.words("one", &[("One", 0.0), ("two.", 2.0)]);
    script.audio("one", 1_650);
    assert_eq!(script.done("one"), ["1: done", "1: end"]);
}

/// Only progress moves the deadlines.
#[test]
fn chatter_is_no_progress() {
    for message in [
        r#"{"type":"chunk","context_id":"one","data":""}"#,
        r#"{"type":"viseme","context_id":"one"}"#,
        r#"{"type":"timestamps","context_id":"one","word_timestamps":{"words":[],"start":[],"end":[]}}"#,
        r#"{"type":"error","context_id":"one","done":false,"message":"slow"}"#,
        r#"{"type":"notice"}"#,
        r#"{"type":"done","context_id":"another","done":true}"#,
    ] {
        for (audio, limit) in [(0, 10), (3, 20)] {
            let mut script = Script::speaking("One.");
            if audio > 0 {
                script.audio("one", audio);
            }
            let mut observed = Vec::new();
            let mut seconds_waited = 0;
            while observed.is_empty() && seconds_waited < 60 {
                script.receive_text(message);
                observed = script.advance(seconds(1));
                seconds_waited += 1;
            }
            assert_eq!(observed, ["cancel one", "1: Timeout"], "{message}");
            assert_eq!(seconds_waited, limit, "{message}");
        }
    }
}

#[test]
fn what_is_unknown_is_reported() {
    let mut script = Script::speaking("Hello.");
    let unknown = json!({"type": "viseme", "context_id": "one", "shape": [1, 2]});
    assert_eq!(script.receive(&unknown), ["1: viseme"]);
    let unknown = json!({"type": "notice"});
    assert_eq!(script.receive(&unknown), ["1: notice"]);
}

#[test]
fn null_is_as_good_as_nothing() {
    let mut script = Script::speaking("Hello.");
    for (message, observed) in [
        (
            json!({"type": "chunk", "context_id": "one", "status_code": null, "done": null,
                "data": "AAAA", "step_time": null, "flush_id": null}),
            "1: audio 3",
        ),
        (
            json!({"type": "timestamps", "context_id": "one", "word_timestamps": null}),
            "1: words",
        ),
        (
            json!({"type": "phoneme_timestamps", "context_id": "one", "phoneme_timestamps": null}),
            "1: phonemes",
        ),
        (
            json!({"type": "flush_done", "context_id": "one", "flush_id": null, "data": ""}),
            "1: flushed None",
        ),
        (
            json!({"type": null, "context_id": null, "data": "AAAA"}),
            "1: audio 3",
        ),
    ] {
        assert_eq!(script.receive(&message), [observed]);
    }
}

#[test]
fn an_unasked_flush_ends_nothing() {
    let mut script = Script::speaking("Hello. ");
    script.audio("one", 3);
    let flushed = json!({"type": "flush_done", "context_id": "one", "status_code": 206,
        "done": false, "flush_id": 1, "flush_done": true});
    assert_eq!(script.receive(&flushed), ["1: flushed Some(1)"]);
    assert_eq!(script.push(1, "More."), [r#"say one "More.""#]);
    assert_eq!(script.audio("one", 3), ["1: audio 96"]);
}

#[test]
fn binary_messages_with_text_are_messages() {
    let mut script = Script::speaking("Hello.");
    let mut effects = Vec::new();
    let now = std::time::Instant::now();
    let chunk = br#"{"type":"chunk","context_id":"one","data":"AAAA"}"#;
    script.session.on_binary(now, chunk, &mut effects);
    assert_eq!(effects.len(), 1, "{effects:?}");
    script.session.on_binary(now, &[0xff, 0], &mut effects);
    assert_eq!(script.session.counters.undecodable_messages, 1);
    let [_, _, Effect::End(1, Some(error))] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[test]
fn a_rejected_context_is_retried() {
    for seed in 0..50 {
        let mut script = Script::seeded(rules(), seed);
        script.open(1, "one");
        script.push(1, "One. ");
        script.connected();
        assert_eq!(script.error("one", 429), [""; 0]);
        // What is given while it waits waits, too.
        assert_eq!(script.push(1, "Two."), [""; 0]);
        let wait = script.next().unwrap();
        assert!(wait <= millis(250), "{wait:?}");
        assert_eq!(
            script.advance(wait),
            [r#"say one~ "One. ""#, r#"say one~ "Two.""#]
        );
        assert_eq!(script.session.counters.rejected, 1);
        let id = script.other_id("one");
        // The next wait may be twice as long.
        script.error(&id, 429);
        let wait = script.next().unwrap();
        assert!(wait <= millis(500), "{wait:?}");
        assert_eq!(script.advance(wait).len(), 2);
        assert_ne!(script.other_id("one"), id);
        assert_eq!(script.error(&id, 429), [""; 0], "for the one before");
        script.finish(1);
        let id = script.other_id("one");
        assert_eq!(script.audio(&id, 3), ["1: audio 96"]);
        assert_eq!(script.done(&id), ["1: done", "1: end"]);
    }
}

#[test]
fn the_end_of_the_text_may_come_while_it_waits() {
    let mut script = Script::speaking("One.");
    script.error("one", 429);
    assert_eq!(script.finish(1), [""; 0]);
    assert_eq!(script.advance(millis(250)), [r#"say one~ "One." end"#]);
}

#[test]
fn rejections_have_an_end() {
    let mut rules = rules();
    rules.reconnect = ReconnectPolicy::default().with_max_attempts(4);
    let mut script = Script::up_with(rules);
    script.open(1, "one");
    script.push(1, "One.");
    for _ in 0..3 {
        let id = script.last_id();
        assert_eq!(script.error(&id, 429), [""; 0]);
        assert_eq!(script.advance(seconds(1)), [r#"say one~ "One.""#]);
    }
    let id = script.last_id();
    assert_eq!(script.error(&id, 429), ["1: RateLimited"]);
    assert_eq!(script.failure(1).unspoken(), Some("One."));
    assert!(script.failure(1).is_retryable());
    assert_eq!(script.session.counters.rejected, 3);
}

#[test]
fn after_audio_a_rejection_is_an_error() {
    let mut script = Script::speaking("One.");
    script.audio("one", 3);
    assert_eq!(script.error("one", 429), ["1: RateLimited"]);
    assert_eq!(script.failure(1).bytes_received(), Some(96));
    assert!(!script.failure(1).is_retryable());
    // Nor after words, which would be told twice.
    let mut script = Script::speaking("One.");
    script.words("one", &[("One", 0.0)]);
    assert_eq!(script.error("one", 429), ["1: RateLimited"]);
}

#[test]
fn rejections_are_forgotten_once_it_speaks() {
    let mut rules = rules();
    rules.timeouts = Timeouts::default().with_ping_interval(None);
    let mut script = Script::speaking_with(rules, "One. ");
    for _ in 0..30 {
        // Each of these is longer ago than the budget for the next.
        let id = script.last_id();
        assert_eq!(script.error(&id, 429), [""; 0]);
        assert_eq!(script.advance(millis(250)), [r#"say one~ "One. ""#]);
        let id = script.last_id();
        script.audio(&id, 3);
        assert_eq!(script.advance(seconds(1)), [""; 0]);
        script.done(&id);
        script.advance(seconds(40));
        script.push(1, "One. ");
    }
}
