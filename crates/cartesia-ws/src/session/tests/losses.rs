//! What becomes of contexts when their connection is lost.

use super::Script;
use super::script::{millis, rules, seconds};
use crate::protocol::Protocol as _;
use crate::session::Rules;

fn without_replay() -> Rules {
    Rules {
        replay: false,
        ..rules()
    }
}

/// Until the next try has begun.
fn wait(script: &mut Script) {
    let wait = script.next().unwrap();
    assert_eq!(script.advance(wait), ["connect"]);
}

#[test]
fn what_was_not_sent_does_not_notice() {
    let mut script = Script::up();
    script.open_managed(1, "one");
    script.push(1, "Hel");
    assert_eq!(script.broken(), [""; 0]);
    assert!(!script.session.is_up());
    assert_eq!(script.push(1, "lo there"), ["connect"]);
    assert_eq!(script.connected(), [r#"say one "Hello""#]);
    assert_eq!(script.session.counters.replays, 0);
    assert_eq!(script.session.link().connections(), 2);
}

#[test]
fn what_was_not_heard_is_replayed_in_order() {
    let mut script = Script::up();
    script.open_managed(1, "one");
    script.open(2, "two");
    script.push(1, "Hello there, ");
    script.flush(1);
    script.push(1, "my friend");
    script.last(2, "Second.");
    assert_eq!(script.broken(), [""; 0]);
    // What comes meanwhile comes after it.
    script.push(1, " and ");
    wait(&mut script);
    assert_eq!(
        script.connected(),
        [
            r#"say one~ "Hello there,""#,
            r#"say one~ " ""#,
            "flush one~",
            r#"say one~ "my""#,
            r#"say one~ " friend and""#,
            r#"say two~ "Second." end"#,
        ]
    );
    assert_eq!(script.session.counters.replays, 2);
    // Late audio of the first life is dropped, and taints nothing.
    assert_eq!(script.audio("one", 3), [""; 0]);
    let id = script.other_id("two");
    assert_eq!(script.audio(&id, 3), ["2: audio 96"]);
    assert_eq!(script.done(&id), ["2: done", "2: end"]);
}

#[test]
fn what_was_heard_fails_and_says_what_is_missing() {
    let mut script = Script::up();
    script.open_managed(1, "one");
    script.push(1, "One two three. ");
    script.words("one", &[("One", 0.0), ("two", 0.2), ("three.", 0.5)]);
    script.audio("one", 300);
    assert_eq!(script.closed(1012, "restart"), ["1: Incomplete"]);
    let failure = script.failure(1);
    assert_eq!(failure.bytes_received(), Some(9_600));
    assert_eq!(failure.unspoken(), Some(" three. "));
    assert_eq!(failure.closed().unwrap().code, Some(1012));
    assert_eq!(failure.request_id(), Some("req-1"));
    assert!(!failure.is_retryable());
    assert_eq!(script.next(), None, "nobody needs a connection");
}

#[test]
fn words_that_were_delivered_are_not_delivered_twice() {
    let mut script = Script::speaking("One.");
    script.words("one", &[("One", 0.0)]);
    assert_eq!(script.broken(), ["1: Closed"]);
    assert_eq!(script.failure(1).unspoken(), Some("One."));
    assert!(script.failure(1).is_retryable());
}

#[test]
fn an_idle_close_with_contexts_is_a_loss() {
    let mut script = Script::speaking("One.");
    script.audio("one", 3);
    assert_eq!(
        script.closed(1000, "connection idle timeout"),
        ["1: Incomplete"]
    );
    let mut script = Script::speaking("One.");
    assert_eq!(script.closed(1000, "connection idle timeout"), [""; 0]);
    wait(&mut script);
    assert_eq!(script.connected(), [r#"say one~ "One.""#]);
}

#[test]
fn a_later_life_without_audio_is_replayed() {
    let mut script = Script::speaking("One. ");
    script.audio("one", 498);
    script.advance(seconds(1));
    script.done("one");
    script.push(1, "Two.");
    let second = script.other_id("one");
    assert_eq!(script.broken(), [""; 0]);
    wait(&mut script);
    assert_eq!(script.connected(), [r#"say one~ "Two.""#]);
    let third = script.other_id("one");
    assert_ne!(second, third);
    assert_eq!(script.words(&third, &[("Two", 0.0)]), ["1: words Two@498"]);
    script.audio(&third, 3);
    assert_eq!(script.broken(), ["1: Incomplete"]);
    assert_eq!(script.failure(1).bytes_received(), Some(15_936 + 96));
    // The audio ends before the word does.
    assert_eq!(script.failure(1).unspoken(), Some("Two."));
}

#[test]
fn a_context_that_was_rejected_outlives_the_connection() {
    let mut script = Script::speaking("One.");
    script.error("one", 429);
    assert_eq!(script.broken(), [""; 0]);
    let observed = script.advance(millis(250));
    assert_eq!(observed, ["connect"]);
    assert_eq!(script.connected(), [r#"say one~ "One.""#]);
    assert_eq!(script.session.counters.replays, 0);
}

#[test]
fn it_can_be_an_error() {
    let mut script = Script::speaking_with(without_replay(), "One.");
    script.open(2, "two");
    assert_eq!(script.broken(), ["1: Closed"]);
    assert_eq!(script.failure(1).unspoken(), Some("One."));
    assert!(script.failure(1).is_retryable());
    assert_eq!(script.last(2, "Two."), ["connect"]);
    assert_eq!(script.connected(), [r#"say two "Two." end"#]);
}

#[test]
fn a_context_is_not_replayed_without_end() {
    // A message of another context ends the count of the attempts to connect, but not that of replays.
    let mut script = Script::speaking("One.");
    script.open(2, "two");
    for _ in 0..5 {
        script.words("another", &[("Another", 0.0)]);
        assert_eq!(script.broken(), [""; 0]);
        wait(&mut script);
        assert_eq!(script.connected(), [r#"say one~ "One.""#]);
    }
    script.words("another", &[("Another", 0.0)]);
    assert_eq!(script.broken(), ["1: Closed"]);
    assert_eq!(script.session.counters.replays, 5);
}

#[test]
fn a_peer_that_refuses_for_good_is_not_asked_again() {
    for code in [1002, 1003, 1007, 1008, 1009, 1010] {
        let mut script = Script::speaking("One.");
        assert_eq!(script.closed(code, "no"), ["1: Closed"], "{code}");
        assert_eq!(script.failure(1).closed().unwrap().code, Some(code));
        assert_eq!(script.advance(seconds(60)), [""; 0], "{code}");
        // The next context may connect again.
        script.open(2, "two");
        assert_eq!(script.last(2, "Two."), ["connect"]);
    }
    for code in [1000, 1001, 1006, 1011, 1012, 1013, 1014, 3000, 4000] {
        let mut script = Script::speaking("One.");
        assert_eq!(script.closed(code, "later"), [""; 0], "{code}");
        wait(&mut script);
        assert_eq!(script.connected(), [r#"say one~ "One.""#], "{code}");
    }
    // A frame that breaks the protocol is as final, and is reported as what it is.
    let mut script = Script::speaking("One.");
    assert_eq!(script.broken_protocol(), ["1: Protocol"]);
    assert_eq!(script.advance(seconds(60)), [""; 0]);
}
