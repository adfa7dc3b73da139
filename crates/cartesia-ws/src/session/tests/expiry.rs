//! What happens when the service ends a context because no text came for a while.

use serde_json::json;

use super::Script;
use super::script::{millis, rules, seconds};

/// Spoke half a second, and was ended a second later.
fn expired() -> Script {
    let mut script = Script::speaking("One. ");
    assert_eq!(script.audio("one", 498), ["1: audio 15936"]);
    script.advance(seconds(1));
    assert_eq!(script.done("one"), [""; 0]);
    script
}

#[test]
fn text_after_the_end_begins_a_new_life() {
    let mut script = expired();
    assert_eq!(script.session.counters.continuations, 0);
    script.advance(seconds(600));
    assert_eq!(
        script.push(1, "Two. "),
        ["connect"],
        "it was idle for too long"
    );
    assert_eq!(script.connected(), [r#"say one~ "Two. ""#]);
    assert_eq!(script.session.counters.continuations, 1);
    let id = script.other_id("one");
    // Its times go on from the audio before.
    assert_eq!(script.words(&id, &[("Two.", 0.1)]), ["1: words Two.@598"]);
    let phonemes = json!({"type": "phoneme_timestamps", "context_id": id, "phoneme_timestamps":
        {"phonemes": ["t"], "start": [0.1], "end": [0.15]}});
    assert_eq!(script.receive(&phonemes), ["1: phonemes t@598-648"]);
    script.audio(&id, 300);
    script.advance(seconds(1));
    assert_eq!(script.done(&id), [""; 0]);
    assert_eq!(script.last(1, "Three."), [r#"say one~ "Three." end"#]);
    let id = script.other_id("one");
    assert_eq!(script.words(&id, &[("Three", 0.0)]), ["1: words Three@798"]);
    script.audio(&id, 300);
    assert_eq!(script.done(&id), ["1: done", "1: end"]);
    assert_eq!(script.session.counters.continuations, 2);
}

#[test]
fn no_connection_is_kept_for_a_context_that_waits_for_text() {
    let mut script = expired();
    assert_eq!(script.broken(), [""; 0]);
    assert_eq!(script.advance(seconds(60)), [""; 0]);
    assert_eq!(script.next(), None);
    assert_eq!(script.push(1, "Two. "), ["connect"]);
    assert_eq!(script.connected(), [r#"say one~ "Two. ""#]);
}

#[test]
fn the_end_after_the_end_needs_no_message() {
    let mut script = expired();
    assert_eq!(script.push(1, " … "), [""; 0]);
    assert_eq!(script.finish(1), ["1: done", "1: end"]);
    assert_eq!(script.session.counters.continuations, 0);
    assert_eq!(script.error("one", 400), [""; 0]);
    assert_eq!(script.session.counters.late_messages, 1);
}

#[test]
fn a_late_error_for_the_life_before_is_swallowed() {
    let mut script = expired();
    script.push(1, "Two. ");
    assert_eq!(script.error("one", 400), [""; 0]);
    assert_eq!(script.session.counters.late_messages, 1);
    let id = script.other_id("one");
    assert_eq!(script.audio(&id, 3), ["1: audio 96"]);
}

#[test]
fn an_input_that_crossed_the_end_is_replayed_once() {
    let mut script = Script::speaking("One. ");
    script.audio("one", 498);
    script.advance(millis(990));
    assert_eq!(script.push(1, "Two. "), [r#"say one "Two. ""#]);
    assert_eq!(script.push(1, "Three. "), [r#"say one "Three. ""#]);
    script.advance(millis(20));
    assert_eq!(script.done("one"), [r#"say one~ "Two. Three. ""#]);
    let id = script.other_id("one");
    // What the service thinks of the input that came too late.
    assert_eq!(script.error("one", 400), [""; 0]);
    assert_eq!(script.push(1, "Four."), [r#"say one~ "Four.""#]);
    assert_eq!(script.audio(&id, 300), ["1: audio 9600"]);
    assert_eq!(script.finish(1), [r#"say one~ "" end"#]);
    assert_eq!(script.done(&id), ["1: done", "1: end"]);
    assert_eq!(script.session.counters.continuations, 1);
}

#[test]
fn the_last_input_can_cross_the_end() {
    let mut script = Script::speaking("One. ");
    script.audio("one", 498);
    script.advance(millis(990));
    script.last(1, "Two.");
    script.advance(millis(20));
    assert_eq!(script.done("one"), [r#"say one~ "Two." end"#]);
    let id = script.other_id("one");
    script.audio(&id, 300);
    assert_eq!(script.done(&id), ["1: done", "1: end"]);
}

#[test]
fn an_end_that_comes_early_does_not_swallow_words() {
    let mut script = Script::speaking("One. ");
    script.audio("one", 498);
    script.last(1, "Two.");
    script.advance(millis(50));
    assert_eq!(script.done("one"), [r#"say one~ "Two." end"#]);
    // Once: an end without audio is an error the second time.
    let id = script.other_id("one");
    assert_eq!(script.done(&id), ["1: Incomplete"]);
    assert_eq!(script.failure(1).unspoken(), Some("Two."));
}

#[test]
fn the_end_of_the_text_can_cross_the_end() {
    let mut script = Script::speaking("One. ");
    script.audio("one", 498);
    script.advance(millis(990));
    assert_eq!(script.finish(1), [r#"say one "" end"#]);
    script.advance(millis(20));
    assert_eq!(script.done("one"), ["1: done", "1: end"]);
}

#[test]
fn a_flush_that_crossed_the_end_is_replayed() {
    let mut script = Script::up();
    script.open_managed(1, "one");
    script.push(1, "One. ");
    script.flush(1);
    script.audio("one", 498);
    script.advance(millis(990));
    script.push(1, "Two. ");
    script.flush(1);
    script.advance(millis(20));
    assert_eq!(script.done("one"), [r#"say one~ "Two. ""#, "flush one~"]);
}

#[test]
fn what_had_an_answer_is_not_replayed() {
    let mut script = Script::speaking("One. ");
    script.audio("one", 498);
    script.push(1, "Two. ");
    script.audio("one", 3);
    script.advance(seconds(1));
    assert_eq!(script.done("one"), [""; 0]);
    assert_eq!(script.finish(1), ["1: done", "1: end"]);
}

#[test]
fn other_messages_are_no_answer() {
    let mut script = Script::speaking("One. ");
    script.audio("one", 498);
    script.advance(millis(990));
    script.last(1, "Two.");
    script.receive(&json!({"type": "flush_done", "context_id": "one", "flush_id": 1}));
    script.receive(&json!({"type": "news", "context_id": "one"}));
    script.receive(&json!({"type": "chunk", "context_id": "one", "data": ""}));
    assert_eq!(script.done("one"), [r#"say one~ "Two." end"#]);
}

#[test]
fn text_that_was_gathered_and_dropped_is_replayed() {
    // The service need not wait as long as it says.
    let mut script = Script::up();
    script.open_managed(1, "one");
    script.push(1, "One. ");
    script.flush(1);
    script.audio("one", 498);
    script.push(1, "and then some ");
    script.advance(millis(600));
    assert_eq!(script.done("one"), [r#"say one~ "and then some""#]);
}

#[test]
fn a_complete_text_whose_rest_has_no_sound_is_done() {
    let mut script = Script::speaking("One. ");
    script.audio("one", 498);
    assert_eq!(script.last(1, "\u{1f642}"), ["say one \"\u{1f642}\" end"]);
    script.advance(millis(50));
    assert_eq!(script.done("one"), ["1: done", "1: end"]);
    // Whatever nobody could speak.
    let mut script = Script::speaking("One. ");
    script.audio("one", 498);
    script.advance(millis(990));
    script.last(1, " …");
    assert_eq!(script.done("one"), ["1: done", "1: end"]);
}

#[test]
fn an_end_without_audio_is_no_end() {
    let mut script = Script::speaking("One. ");
    script.advance(seconds(2));
    assert_eq!(script.done("one"), ["1: Incomplete"]);
    assert_eq!(script.failure(1).unspoken(), Some("One. "));
    assert_eq!(script.failure(1).bytes_received(), Some(0));
}

#[test]
fn it_can_be_an_error() {
    let mut rules = rules();
    rules.continue_expired = false;
    let mut script = Script::speaking_with(rules.clone(), "One. ");
    script.audio("one", 498);
    script.advance(seconds(1));
    assert_eq!(script.done("one"), ["1: Incomplete"]);
    assert_eq!(script.failure(1).unspoken(), Some(""));
    // Text that is known not to have been spoken is in the error.
    let mut script = Script::speaking_with(rules.clone(), "One. ");
    script.audio("one", 498);
    script.advance(millis(990));
    script.last(1, "Two.");
    assert_eq!(script.done("one"), ["1: Incomplete"]);
    assert_eq!(script.failure(1).unspoken(), Some("Two."));
    assert_eq!(script.failure(1).bytes_received(), Some(15_936));
    // What nobody could speak does no harm.
    let mut script = Script::speaking_with(rules.clone(), "One. ");
    script.audio("one", 498);
    script.last(1, "\u{1f642}");
    assert_eq!(script.done("one"), ["1: done", "1: end"]);
    // With everything said it is a good end.
    let mut script = Script::speaking_with(rules, "One. ");
    script.finish(1);
    script.audio("one", 498);
    assert_eq!(script.done("one"), ["1: done", "1: end"]);
}
