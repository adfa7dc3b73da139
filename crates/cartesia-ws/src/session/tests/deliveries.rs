//! Text that is spoken otherwise than the text around it.

use cartesia_types::tts::{Buffering, GenerationConfig};

use super::Script;
use super::script::{millis, opening, seconds, spec};
use crate::session::Command;

fn sad() -> GenerationConfig {
    GenerationConfig::new().with_emotion("sad")
}

fn happy() -> GenerationConfig {
    GenerationConfig::new().with_emotion("happy")
}

#[test]
fn a_delivery_is_that_of_its_text_alone() {
    let mut script = Script::up();
    script.open(1, "one");
    assert_eq!(script.push(1, "One. "), [r#"say one "One. ""#]);
    assert_eq!(
        script.push_with(1, "Two. ", &sad()),
        [r#"say one "Two. " {"emotion":"sad"}"#]
    );
    // The service might go on with the last, so what is the default has to be said.
    assert_eq!(
        script.push(1, "Three. "),
        [r#"say one "Three. " {"volume":1.0,"speed":1.0}"#]
    );
    assert_eq!(
        script.last(1, "Four."),
        [r#"say one "Four." {"volume":1.0,"speed":1.0} end"#]
    );
}

#[test]
fn text_without_a_delivery_has_that_of_the_context() {
    let mut script = Script::up();
    let spec = spec(Buffering::Verbatim).with_generation_config(happy());
    script.command(Command::Open(1, Box::new(opening("one", &spec))));
    let own = r#" {"emotion":"happy"}"#;
    assert_eq!(
        script.push(1, "One. "),
        [format!(r#"say one "One. "{own}"#)]
    );
    script.push_with(1, "Two. ", &sad());
    assert_eq!(
        script.push(1, "Three."),
        [format!(r#"say one "Three."{own}"#)]
    );
}

#[test]
fn what_waits_for_its_other_half_is_spoken_as_before() {
    let mut script = Script::up();
    script.open_managed(1, "one");
    assert_eq!(script.push(1, "Good morn"), [r#"say one "Good""#]);
    assert_eq!(
        script.push_with(1, "ing sun", &sad()),
        [r#"say one " morn""#, r#"say one "ing" {"emotion":"sad"}"#]
    );
    // The same delivery again: its tokens are joined like any others.
    assert_eq!(script.push_with(1, "shine", &sad()), [""; 0]);
    assert_eq!(
        script.advance(millis(200)),
        [r#"say one " sunshine" {"emotion":"sad"}"#]
    );
    // An input without text changes nothing.
    assert_eq!(script.flush(1), [r#"flush one {"emotion":"sad"}"#]);
    assert_eq!(script.push(1, ""), [""; 0]);
    assert_eq!(script.finish(1), [r#"say one "" {"emotion":"sad"} end"#]);
}

#[test]
fn a_replay_keeps_deliveries() {
    let mut script = Script::up();
    script.open(1, "one");
    script.push(1, "One. ");
    script.push_with(1, "Two. ", &sad());
    script.broken();
    script.advance(seconds(1));
    assert_eq!(
        script.connected(),
        [
            r#"say one~ "One. ""#,
            r#"say one~ "Two. " {"emotion":"sad"}"#
        ]
    );
}

#[test]
fn a_continuation_keeps_deliveries() {
    let mut script = Script::speaking("One. ");
    script.audio("one", 498);
    script.advance(millis(990));
    script.push_with(1, "Two. ", &sad());
    script.push_with(1, "Three. ", &sad());
    script.push_with(1, "Four. ", &happy());
    script.push(1, "Five.");
    // All of it crossed the end that the service gave the context.
    assert_eq!(
        script.done("one"),
        [
            r#"say one~ "Two. Three. " {"emotion":"sad"}"#,
            r#"say one~ "Four. " {"emotion":"happy"}"#,
            r#"say one~ "Five." {"volume":1.0,"speed":1.0}"#
        ]
    );
}

#[test]
fn a_continuation_begins_with_words() {
    let mut script = Script::speaking("One. ");
    script.audio("one", 498);
    script.advance(millis(990));
    assert_eq!(
        script.push_with(1, "… ", &happy()),
        [r#"say one "… " {"emotion":"happy"}"#]
    );
    script.push_with(1, "Two. ", &sad());
    // Both crossed the end that the service gave the context. It would speak nothing of the first alone.
    assert_eq!(
        script.done("one"),
        [r#"say one~ "… Two. " {"emotion":"sad"}"#]
    );
}

#[test]
fn what_begins_without_words_begins_with_the_first_of_them() {
    let mut script = Script::up();
    script.open(1, "one");
    assert_eq!(script.push_with(1, " … ", &sad()), [""; 0]);
    assert_eq!(
        script.push_with(1, "One.", &happy()),
        [r#"say one " … One." {"emotion":"happy"}"#]
    );
}
