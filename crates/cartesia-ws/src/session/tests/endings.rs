//! How contexts end: by themselves, by a cancel, by not being read.

use cartesia_types::ErrorKind;
use cartesia_types::tts::Buffering;
use serde_json::json;

use super::Script;
use super::script::{millis, opening, spec};
use crate::protocol::Protocol as _;
use crate::session::Command;

#[test]
fn without_a_sound_it_is_done_at_once() {
    for text in ["", " ", "...", "\n- \u{2014}"] {
        let mut script = Script::up();
        script.open_managed(1, "one");
        script.push(1, text);
        assert_eq!(script.finish(1), ["1: done", "1: end"], "{text:?}");
        script.open(2, "one");
        assert_eq!(script.last(2, text), ["2: done", "2: end"], "{text:?}");
        assert!(script.sent.is_empty());
        assert_eq!(script.session.live(), 0);
    }
}

#[test]
fn without_a_sound_no_connection_is_made() {
    let mut script = Script::new();
    script.open(1, "one");
    assert_eq!(script.finish(1), ["1: done", "1: end"]);
    assert_eq!(script.next(), None);
}

#[test]
fn a_name_is_had_once_at_a_time() {
    let mut script = Script::speaking("Hello.");
    let again = || Command::Open(2, Box::new(opening("one", &spec(Buffering::Verbatim))));
    assert_eq!(script.command(again()), ["2: InvalidRequest"]);
    assert!(
        script
            .failure(2)
            .to_string()
            .contains("choose another `context_id`")
    );
    // The other one does not notice, and what is given to the refused one goes nowhere.
    assert_eq!(script.push(2, "Mine."), [""; 0]);
    assert_eq!(script.cancel(2), [""; 0]);
    script.finish(1);
    assert_eq!(script.audio("one", 3), ["1: audio 96"]);
    assert_eq!(script.done("one"), ["1: done", "1: end"]);
}

#[test]
fn a_name_that_was_used_goes_by_another_on_the_wire() {
    let mut script = Script::speaking("Hello.");
    assert_eq!(script.cancel(1), ["cancel one", "1: Cancelled"]);
    script.open(2, "one");
    assert_eq!(script.push(2, "Again."), [r#"say one~ "Again.""#]);
    let other = script.other_id("one");
    // What is left of the first is not heard by the second.
    assert_eq!(script.audio("one", 3), [""; 0]);
    assert_eq!(script.done("one"), ["1: release"]);
    assert_eq!(script.session.counters.late_messages, 2);
    assert_eq!(script.audio(&other, 3), ["2: audio 96"]);
    script.finish(2);
    assert_eq!(script.done(&other), ["2: done", "2: end"]);
    // On another connection nobody knows the name.
    script.broken();
    script.open(3, "one");
    assert_eq!(script.last(3, "Third."), ["connect"]);
    assert_eq!(script.connected(), [r#"say one "Third." end"#]);
}

#[test]
fn events_name_the_context_as_its_owner_does() {
    use cartesia_types::tts::Event;
    let mut script = Script::speaking("Hello.");
    script.cancel(1);
    script.open(2, "one");
    script.push(2, "Again.");
    let id = script.other_id("one");
    let mut effects = Vec::new();
    let chunk =
        json!({"type": "chunk", "context_id": id, "done": true, "data": "AAAA"}).to_string();
    script
        .session
        .on_text(std::time::Instant::now(), &chunk, &mut effects);
    let events: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            crate::session::Effect::Deliver(2, event) => Some(event),
            _ => None,
        })
        .collect();
    assert!(matches!(events[..], [Event::Chunk(_)]), "{events:?}");
    assert_eq!(events[0].context_id().unwrap().as_str(), "one");
}

#[test]
fn a_cancel_ends_at_once_and_swallows_what_comes_late() {
    let mut script = Script::speaking("Let me think about it.");
    assert_eq!(script.audio("one", 3), ["1: audio 96"]);
    assert_eq!(script.cancel(1), ["cancel one", "1: Cancelled"]);
    assert_eq!(
        script.sent.last().unwrap(),
        r#"{"context_id":"one","cancel":true}"#
    );
    assert_eq!(script.failure(1).bytes_received(), Some(96));
    assert_eq!(script.audio("one", 3), [""; 0]);
    assert_eq!(script.words("one", &[("Let", 0.0)]), [""; 0]);
    assert_eq!(script.error("one", 400), ["1: release"]);
    assert_eq!(script.done("one"), [""; 0]);
    assert_eq!(script.session.counters.late_messages, 4);
    assert_eq!(script.audio("other", 3), [""; 0]);
    assert_eq!(script.session.counters.foreign_messages, 1);
    assert_eq!(script.cancel(1), [""; 0]);
}

#[test]
fn a_cancel_says_what_was_not_spoken() {
    let mut script = Script::up();
    script.open_managed(1, "one");
    script.push(1, "One two three fo");
    script.words("one", &[("One", 0.0), ("two", 0.3), ("three", 0.6)]);
    script.audio("one", 600);
    script.cancel(1);
    // Of the third word nothing had come yet.
    assert_eq!(script.failure(1).unspoken(), Some(" three fo"));
    assert_eq!(script.failure(1).kind(), ErrorKind::Cancelled);
    let shown = format!("{0} {0:?}", script.failure(1));
    assert!(!shown.contains("three"), "{shown}");
}

#[test]
fn without_timestamps_what_was_not_spoken_is_not_known() {
    let mut script = Script::speaking("One two. ");
    script.audio("one", 3);
    script.cancel(1);
    assert_eq!(script.failure(1).unspoken(), None);
}

#[test]
fn before_any_audio_nothing_was_spoken() {
    let mut script = Script::speaking("One. ");
    script.push(1, "Two.");
    script.cancel(1);
    assert_eq!(script.failure(1).unspoken(), Some("One. Two."));
    assert_eq!(script.failure(1).bytes_received(), Some(0));
}

#[test]
fn a_cancel_of_what_was_not_sent_sends_nothing() {
    let mut script = Script::up();
    script.open_managed(1, "one");
    script.push(1, "... Hel");
    assert_eq!(script.cancel(1), ["1: Cancelled"]);
    assert_eq!(script.failure(1).unspoken(), Some("... Hel"));
    assert_eq!(script.advance(millis(300)), [""; 0]);
    let mut script = Script::new();
    script.open(1, "one");
    assert_eq!(script.push(1, "Hello."), ["connect"]);
    assert_eq!(script.cancel(1), ["1: Cancelled"]);
    assert_eq!(script.connected(), [""; 0]);
}

#[test]
fn a_chunk_may_be_the_last() {
    let mut script = Script::speaking("Hello.");
    script.finish(1);
    let chunk = json!({"type": "chunk", "context_id": "one", "done": true, "data": "AAAA"});
    assert_eq!(script.receive(&chunk), ["1: audio 3", "1: done", "1: end"]);
    assert_eq!(script.done("one"), [""; 0]);
    assert_eq!(script.session.counters.late_messages, 1);
}

#[test]
fn what_is_not_read_is_cancelled() {
    let mut script = Script::speaking("Hello.");
    script.open(2, "two");
    script.push(2, "World.");
    assert_eq!(script.audio("one", 300), ["1: audio 9600"]);
    assert_eq!(script.overflow(1), ["cancel one", "1: SlowConsumer"]);
    assert_eq!(script.failure(1).bytes_received(), Some(9600));
    assert_eq!(script.audio("one", 3), [""; 0]);
    assert_eq!(script.audio("two", 3), ["2: audio 96"]);
    assert_eq!(script.overflow(1), [""; 0]);
}
