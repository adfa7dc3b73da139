//! The end of a connection that its owner wants.

use cartesia_types::ErrorKind;
use cartesia_types::tts::Buffering;

use super::Script;
use super::script::{millis, opening, seconds, spec, unreachable_service};
use crate::protocol::Protocol as _;
use crate::session::Command;

/// Nothing has an effect any more.
fn is_over(script: &mut Script) {
    assert!(script.session.link().is_closed());
    assert_eq!(script.session.live(), 0);
    refuses(script);
    assert_eq!(script.connected(), [""; 0]);
    assert_eq!(script.refused(&unreachable_service()), [""; 0]);
    assert_eq!(script.broken(), [""; 0]);
    assert_eq!(script.audio("one", 3), [""; 0]);
    assert_eq!(script.advance(seconds(3_600)), [""; 0]);
    assert_eq!(script.next(), None);
}

fn refuses(script: &mut Script) {
    let again = Box::new(opening("late", &spec(Buffering::Verbatim)));
    assert_eq!(script.command(Command::Open(98, again)), ["98: Closed"]);
    for key in [1, 98] {
        assert_eq!(script.push(key, "Text."), [""; 0]);
        assert_eq!(script.flush(key), [""; 0]);
        assert_eq!(script.finish(key), [""; 0]);
        assert_eq!(script.cancel(key), [""; 0]);
    }
    assert_eq!(script.command(Command::Warm), [""; 0]);
    assert_eq!(script.command(Command::Drain), [""; 0]);
    assert_eq!(script.command(Command::Close), [""; 0]);
}

#[test]
fn a_cancelled_context_is_released_once_the_service_has_ended_it() {
    let mut script = Script::speaking("Hello. ");
    script.open(2, "two");
    script.push(2, "Second.");
    assert_eq!(script.cancel(1), ["cancel one", "1: Cancelled"]);
    assert_eq!(script.audio("one", 3), [""; 0]);
    assert_eq!(script.done("one"), ["1: release"]);
    assert_eq!(script.done("one"), [""; 0]);
    // The service may call it an error that there is nothing left to speak.
    assert_eq!(script.cancel(2), ["cancel two", "2: Cancelled"]);
    assert_eq!(script.error("two", 400), ["2: release"]);
}

#[test]
fn closing_cancels_what_lives() {
    let mut script = Script::speaking("Hello. ");
    script.open(2, "two");
    assert_eq!(
        script.command(Command::Close),
        ["cancel one", "1: Cancelled", "2: Cancelled", "close"]
    );
    assert_eq!(script.failure(1).unspoken(), Some("Hello. "));
    assert!(!script.session.link().is_closed());
    assert_eq!(script.audio("one", 3), [""; 0]);
    assert_eq!(script.done("one"), ["1: release"]);
    assert_eq!(script.closed(1000, ""), [""; 0]);
    is_over(&mut script);
}

#[test]
fn the_service_need_not_agree_to_the_end() {
    let mut script = Script::up();
    assert_eq!(script.command(Command::Close), ["close"]);
    assert_eq!(script.advance(millis(4_999)), [""; 0]);
    assert_eq!(script.advance(millis(1)), ["abandon"]);
    is_over(&mut script);
}

#[test]
fn commands_after_the_close_do_nothing() {
    let mut script = Script::up();
    script.command(Command::Close);
    refuses(&mut script);
}

#[test]
fn closing_without_a_connection_ends_at_once() {
    let mut script = Script::new();
    assert_eq!(script.command(Command::Close), [""; 0]);
    is_over(&mut script);
}

#[test]
fn closing_while_connecting_drops_the_try() {
    let mut script = Script::new();
    script.open(1, "one");
    script.push(1, "Hello.");
    assert_eq!(script.command(Command::Close), ["1: Cancelled", "abandon"]);
    is_over(&mut script);
}

#[test]
fn closing_between_two_tries_ends_at_once() {
    let mut script = Script::new();
    script.open(1, "one");
    script.push(1, "Hello.");
    script.refused(&unreachable_service());
    assert_eq!(script.command(Command::Close), ["1: Cancelled"]);
    is_over(&mut script);
}

#[test]
fn draining_waits_for_what_lives() {
    let mut script = Script::speaking("Hello. ");
    script.open(2, "two");
    assert_eq!(script.command(Command::Drain), [""; 0]);
    let again = Box::new(opening("late", &spec(Buffering::Verbatim)));
    assert_eq!(script.command(Command::Open(99, again)), ["99: Closed"]);
    assert_eq!(script.failure(99).kind(), ErrorKind::Closed);
    // Those who live go on as they like.
    assert_eq!(script.push(2, "Second."), [r#"say two "Second.""#]);
    script.finish(2);
    script.audio("two", 3);
    assert_eq!(script.done("two"), ["2: done", "2: end"]);
    assert_eq!(script.push(1, "More."), [r#"say one "More.""#]);
    script.finish(1);
    script.audio("one", 3);
    assert_eq!(script.done("one"), ["1: done", "1: end", "close"]);
    assert_eq!(script.closed(1000, ""), [""; 0]);
    is_over(&mut script);
}

#[test]
fn draining_reconnects_for_open_contexts() {
    let mut script = Script::speaking("Hello. ");
    script.command(Command::Drain);
    assert_eq!(script.broken(), [""; 0]);
    assert_eq!(script.advance(millis(250)), ["connect"]);
    script.connected();
    let id = script.other_id("one");
    assert_eq!(script.finish(1), [r#"say one~ "" end"#]);
    script.audio(&id, 3);
    assert_eq!(script.done(&id), ["1: done", "1: end", "close"]);
    assert_eq!(script.broken(), [""; 0]);
    is_over(&mut script);
}

#[test]
fn draining_with_nothing_alive_closes() {
    let mut script = Script::up();
    assert_eq!(script.command(Command::Drain), ["close"]);
    let mut script = Script::new();
    assert_eq!(script.command(Command::Drain), [""; 0]);
    is_over(&mut script);
    let mut script = Script::speaking("Hello.");
    script.audio("one", 3);
    script.command(Command::Drain);
    assert_eq!(script.broken(), ["1: Incomplete"]);
    is_over(&mut script);
}

#[test]
fn closing_does_not_wait_for_a_drain() {
    let mut script = Script::speaking("Hello.");
    script.command(Command::Drain);
    assert_eq!(
        script.command(Command::Close),
        ["cancel one", "1: Cancelled", "close"]
    );
}
