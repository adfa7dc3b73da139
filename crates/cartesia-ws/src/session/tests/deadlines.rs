//! What is waited for, and for how long.

use cartesia_types::ErrorKind;
use cartesia_types::tts::Buffering;

use super::Script;
use super::script::{millis, rules, seconds};
use crate::session::{Command, Rules};
use cartesia_core::Timeouts;

fn with_deadlines(deadlines: Timeouts) -> Rules {
    Rules {
        timeouts: deadlines,
        ..rules()
    }
}

/// Without pings, so that they do not show.
fn quiet() -> Rules {
    with_deadlines(Timeouts::default().with_ping_interval(None))
}

/// Nothing happens before this, and then the context fails for this reason.
fn fails_after(script: &mut Script, limit: std::time::Duration, name: &str) {
    let almost = limit.checked_sub(millis(1)).unwrap();
    assert_eq!(script.advance(almost), [""; 0]);
    let observed = script.advance(millis(1));
    assert_eq!(
        observed.last().map(String::as_str),
        Some("1: Timeout"),
        "{observed:?}"
    );
    assert!(observed[0].starts_with("cancel one"), "{observed:?}");
    let failure = script.failure(1).to_string();
    assert!(failure.contains(name), "{failure}");
}

#[test]
fn first_audio_is_waited_for_once_the_service_has_no_reason_to_wait() {
    for buffering in [Buffering::Sentences, Buffering::Verbatim] {
        let mut script = Script::up_with(quiet());
        script.open_as(1, "one", buffering);
        script.push(1, "A long sentence that is said at once. So.");
        script.flush(1);
        fails_after(&mut script, seconds(10), "Timeouts::first_audio");
        assert_eq!(script.failure(1).unspoken().unwrap().len(), 41);
    }
    let mut script = Script::up_with(quiet());
    script.open_managed(1, "one");
    script.push(1, "Some words ");
    // It may gather for 3 s.
    fails_after(&mut script, seconds(13), "Timeouts::first_audio");
}

#[test]
fn a_flush_and_the_end_leave_nothing_to_gather() {
    for finish in [false, true] {
        let mut script = Script::up_with(quiet());
        script.open_managed(1, "one");
        script.push(1, "Some words ");
        assert_eq!(script.advance(seconds(1)), [""; 0]);
        if finish {
            script.finish(1);
        } else {
            script.flush(1);
        }
        fails_after(&mut script, seconds(10), "Timeouts::first_audio");
    }
    // A flush after the service has begun by itself is no second chance.
    let mut script = Script::up_with(quiet());
    script.open_managed(1, "one");
    script.push(1, "Some words ");
    script.advance(seconds(9));
    script.flush(1);
    fails_after(&mut script, seconds(4), "Timeouts::first_audio");
}

#[test]
fn what_follows_is_waited_for() {
    let mut script = Script::speaking_with(quiet(), "Hello.");
    script.audio("one", 3);
    script.advance(seconds(19));
    script.audio("one", 3);
    fails_after(&mut script, seconds(20), "Timeouts::silence");
    assert_eq!(script.failure(1).kind(), ErrorKind::Timeout);
    assert_eq!(script.failure(1).bytes_received(), Some(192));
    // New text is a new reason to wait, and for as long as it may be gathered.
    let mut script = Script::up_with(quiet());
    script.open_managed(1, "one");
    script.push(1, "Some words ");
    script.audio("one", 3);
    script.advance(seconds(15));
    script.push(1, "and more ");
    fails_after(&mut script, seconds(23), "Timeouts::silence");
    let mut script = Script::up_with(quiet());
    script.open_managed(1, "one");
    script.push(1, "Some words ");
    script.audio("one", 3);
    script.finish(1);
    fails_after(&mut script, seconds(20), "Timeouts::silence");
}

#[test]
fn the_first_audio_may_bring_the_deadline_forward() {
    for first_audio in [Some(seconds(3_600)), None] {
        let deadlines = Timeouts::default()
            .with_first_audio(first_audio)
            .with_silence(seconds(20))
            .with_ping_interval(None);
        let mut script = Script::speaking_with(with_deadlines(deadlines), "Hello.");
        assert_eq!(script.advance(seconds(3_000)), [""; 0]);
        script.audio("one", 3);
        script.advance(seconds(19));
        script.audio("one", 3);
        fails_after(&mut script, seconds(20), "Timeouts::silence");
    }
}

#[test]
fn deadlines_can_be_left_out() {
    let deadlines = Timeouts::default()
        .with_first_audio(None)
        .with_silence(None)
        .with_ping_interval(None);
    let mut script = Script::speaking_with(with_deadlines(deadlines), "Hello.");
    assert_eq!(script.advance(seconds(3_600)), [""; 0]);
    script.audio("one", 3);
    assert_eq!(script.advance(seconds(3_600)), [""; 0]);
}

#[test]
fn nothing_is_expected_without_a_connection() {
    let mut script = Script::speaking_with(quiet(), "Hello.");
    script.advance(seconds(9));
    script.broken();
    script.advance(millis(250));
    // The driver limits how long it takes to connect.
    assert_eq!(script.advance(seconds(100)), [""; 0]);
    assert_eq!(script.connected(), [r#"say one~ "Hello.""#]);
    fails_after(&mut script, seconds(10), "Timeouts::first_audio");
}

#[test]
fn nothing_is_expected_while_nothing_is_read() {
    let mut script = Script::speaking("Hello.");
    script.audio("one", 3);
    script.pause(true);
    assert_eq!(script.advance(seconds(600)), [""; 0]);
    script.pause(false);
    assert_eq!(script.advance(millis(19_999)), [""; 0]);
    assert_eq!(
        script.advance(millis(1)),
        ["ping", "cancel one", "1: Timeout"]
    );
}

#[test]
fn a_context_that_waits_for_text_may_do_so() {
    let mut script = Script::speaking_with(quiet(), "Hello.");
    script.audio("one", 3);
    script.advance(seconds(1));
    script.done("one");
    assert_eq!(script.advance(seconds(3_600)), [""; 0]);
    assert_eq!(script.session.live(), 1);
}

#[test]
fn a_silent_connection_is_tried() {
    let mut script = Script::up();
    assert_eq!(script.advance(millis(19_999)), [""; 0]);
    assert_eq!(script.advance(millis(1)), ["ping"]);
    script.advance(seconds(19));
    script.alive();
    assert_eq!(script.advance(millis(19_999)), [""; 0]);
    // Any message will do.
    script.audio("nobody", 3);
    assert_eq!(script.advance(millis(19_999)), [""; 0]);
    assert_eq!(script.advance(millis(1)), ["ping"]);
    assert_eq!(script.advance(millis(19_999)), [""; 0]);
    assert_eq!(script.advance(millis(1)), ["abandon"]);
    assert_eq!(script.next(), None);
}

#[test]
fn a_dead_connection_is_a_loss() {
    let deadlines = Timeouts::default()
        .with_first_audio(None)
        .with_silence(None);
    let mut script = Script::speaking_with(with_deadlines(deadlines), "Hello.");
    script.open(2, "two");
    script.push(2, "Second.");
    script.audio("two", 3);
    assert_eq!(script.advance(seconds(20)), ["ping"]);
    assert_eq!(script.advance(millis(19_999)), [""; 0]);
    assert_eq!(script.advance(millis(1)), ["abandon", "2: Timeout"]);
    assert!(script.failure(2).to_string().contains("Timeouts::pong"));
    assert_eq!(script.advance(millis(250)), ["connect"]);
    assert_eq!(script.connected(), [r#"say one~ "Hello.""#]);
}

#[test]
fn an_idle_connection_retires() {
    let deadlines = Timeouts::default().with_ping_interval(None);
    let mut script = Script::up_with(with_deadlines(deadlines));
    assert_eq!(script.advance(seconds(100)), [""; 0]);
    script.open(1, "one");
    assert_eq!(
        script.advance(seconds(1_000)),
        [""; 0],
        "not with a context"
    );
    script.last(1, "Hello.");
    script.audio("one", 3);
    script.done("one");
    assert_eq!(script.advance(millis(269_999)), [""; 0]);
    assert_eq!(script.advance(millis(1)), ["retire"]);
    assert!(!script.session.is_up());
    assert_eq!(script.next(), None);
    script.open(2, "two");
    assert_eq!(script.last(2, "World."), ["connect"]);
    assert_eq!(script.connected(), [r#"say two "World." end"#]);
    assert_eq!(script.session.counters.replays, 0);
}

#[test]
fn everything_that_became_due_in_a_long_sleep_is_done() {
    let mut script = Script::up();
    assert_eq!(script.sleep(seconds(7_200)), ["ping", "retire"]);
    let mut script = Script::speaking("Hello.");
    script.command(Command::Warm);
    assert_eq!(
        script.sleep(seconds(7_200)),
        ["ping", "cancel one", "1: Timeout"]
    );
}

#[test]
fn the_service_may_close_an_idle_connection_first() {
    let mut script = Script::up();
    assert_eq!(script.closed(1000, "connection idle timeout"), [""; 0]);
    assert_eq!(script.next(), None);
    script.open(1, "one");
    assert_eq!(script.last(1, "Hello."), ["connect"]);
    assert_eq!(script.connected(), [r#"say one "Hello." end"#]);
}

/// A limit that no clock can hold is no limit, in every state of a connection and of a context.
#[test]
fn limits_beyond_any_clock_are_never_reached() {
    let never = std::time::Duration::MAX;
    let limits = Timeouts::default()
        .with_connect(never)
        .with_first_audio(never)
        .with_silence(never)
        .with_ping_interval(never)
        .with_pong(never)
        .with_close(never)
        .with_idle(never);
    let mut script = Script::up_with(with_deadlines(limits));
    let year = seconds(365 * 24 * 60 * 60);
    assert_eq!(script.advance(year), [""; 0], "idle");
    script.open(1, "one");
    script.push(1, "One.");
    assert_eq!(script.advance(year), [""; 0], "first audio, ping");
    script.audio("one", 3);
    assert_eq!(script.advance(year), [""; 0], "silence");
    assert_eq!(
        script.command(Command::Close),
        ["cancel one", "1: Cancelled", "close"]
    );
    assert_eq!(script.advance(year), ["1: release"], "close");
    // A pong that may take for ever.
    let limits = Timeouts::default().with_pong(never).with_idle(None);
    let mut script = Script::up_with(with_deadlines(limits));
    script.open(1, "one");
    assert_eq!(script.advance(year), ["ping"]);
    // Delays of a policy that no clock can hold end the attempts.
    let mut patient = rules();
    patient.reconnect = patient
        .reconnect
        .with_backoff(cartesia_core::Backoff::new(never, never))
        .with_max_retry_after(never)
        .with_budget(never);
    let mut script = Script::speaking_with(patient, "One.");
    let observed = script.broken();
    assert!(
        observed.is_empty() || observed == ["1: Closed"],
        "{observed:?}"
    );
    script.advance(year);
}
