//! What is sent, and when.

use cartesia_types::tts::{BufferDelay, Buffering, GenerationRequest};

use super::Script;
use super::script::{millis, opening, seconds, spec};
use crate::session::Command;
use crate::steps;

#[test]
fn one_text_is_one_message() {
    let mut script = Script::new();
    script.open_as(1, "one", Buffering::default());
    assert_eq!(script.last(1, "Good \"evening\".\n"), ["connect"]);
    assert_eq!(script.connected(), [r#"say one "Good \"evening\".\n" end"#]);
    assert_eq!(
        script.sent,
        [concat!(
            r#"{"model_id":"sonic-3.5","voice":{"mode":"id","#,
            r#""id":"db6b0ed5-d5d3-463d-ae85-518a07d3c2b4"},"#,
            r#""output_format":{"container":"raw","encoding":"pcm_s16le","sample_rate":16000},"#,
            r#""max_buffer_delay_ms":3000,"context_id":"one","#,
            r#""transcript":"Good \"evening\".\n","continue":false}"#
        )]
    );
    assert_eq!(script.audio("one", 3), ["1: audio 96"]);
    assert_eq!(script.done("one"), ["1: done", "1: end"]);
    assert_eq!(script.session.live(), 0);
}

#[test]
fn one_text_on_an_open_connection_is_one_message() {
    let mut script = Script::up();
    script.open(1, "one");
    assert_eq!(script.last(1, "Hello."), [r#"say one "Hello." end"#]);
}

#[test]
fn settings_are_the_same_with_every_input() {
    let mut script = Script::up();
    let spec = spec(Buffering::Managed(BufferDelay::MAX));
    let opening = Box::new(opening("one", &spec));
    script.command(Command::Open(1, opening));
    script.push(1, "Hello there. ");
    script.flush(1);
    script.push(1, "More to say");
    script.finish(1);
    assert!(script.sent.len() >= 4);
    for message in &script.sent {
        let request: GenerationRequest = serde_json::from_str(message).unwrap();
        assert_eq!(request.context, spec.clone().with_context_id("one"));
    }
}

#[test]
fn tokens_go_as_words() {
    let mut script = Script::up();
    script.open_managed(1, "one");
    assert_eq!(script.push(1, "Hel"), [""; 0]);
    assert_eq!(script.push(1, "lo"), [""; 0]);
    assert_eq!(script.push(1, " wor"), [r#"say one "Hello""#]);
    assert_eq!(script.push(1, "ld"), [""; 0]);
    assert_eq!(script.advance(millis(199)), [""; 0]);
    assert_eq!(script.advance(millis(1)), [r#"say one " world""#]);
    assert_eq!(script.push(1, "."), [""; 0]);
    assert_eq!(script.finish(1), [r#"say one "." end"#]);
}

#[test]
fn a_word_does_not_settle_while_tokens_come() {
    let mut script = Script::up();
    script.open_managed(1, "one");
    for token in ["in", "ter", "na", "tio", "na", "li", "za", "tion"] {
        assert_eq!(script.push(1, token), [""; 0]);
        assert_eq!(script.advance(millis(150)), [""; 0]);
    }
    assert_eq!(
        script.advance(millis(50)),
        [r#"say one "internationalization""#]
    );
}

#[test]
fn sentences_go_whole() {
    let mut script = Script::up();
    script.open_as(1, "one", Buffering::Sentences);
    for token in ["It is late ", "and the last tr", "ain has left. "] {
        assert_eq!(script.push(1, token), [""; 0]);
    }
    assert_eq!(
        script.push(1, "We"),
        [r#"say one "It is late and the last train has left.""#]
    );
    assert_eq!(script.finish(1), [r#"say one " We" end"#]);
}

#[test]
fn verbatim_is_as_it_was_given() {
    let mut script = Script::up();
    script.open(1, "one");
    assert_eq!(script.push(1, "Wo"), [r#"say one "Wo""#]);
    assert_eq!(script.push(1, "rd. "), [r#"say one "rd. ""#]);
    assert_eq!(script.push(1, ""), [""; 0]);
}

#[test]
fn nothing_is_sent_until_there_is_something_to_say() {
    let mut script = Script::up();
    script.open(1, "one");
    assert_eq!(script.push(1, " \n"), [""; 0]);
    assert_eq!(script.push(1, "… "), [""; 0]);
    assert_eq!(script.push(1, "Well."), [r#"say one " \n… Well.""#]);
    assert_eq!(script.push(1, " …"), [r#"say one " …""#]);
}

#[test]
fn no_connection_is_made_until_there_is_something_to_say() {
    let mut script = Script::new();
    script.open(1, "one");
    assert_eq!(script.push(1, "- "), [""; 0]);
    assert_eq!(script.push(1, "Yes. "), ["connect"]);
    assert_eq!(script.push(1, "No."), [""; 0]);
    script.open(2, "two");
    assert_eq!(script.last(2, "Other."), [""; 0]);
    // In order, within a context and among them.
    assert_eq!(
        script.connected(),
        [
            r#"say one "- Yes. ""#,
            r#"say one "No.""#,
            r#"say two "Other." end"#
        ]
    );
}

#[test]
fn a_flush_is_a_message_of_its_own() {
    let mut script = Script::up();
    script.open_managed(1, "one");
    assert_eq!(script.flush(1), [""; 0], "nothing to flush");
    assert_eq!(script.push(1, "Hello"), [""; 0]);
    assert_eq!(script.flush(1), [r#"say one "Hello""#, "flush one"]);
    assert_eq!(script.flush(1), [""; 0], "twice in a row is once");
    assert_eq!(script.push(1, " there"), [""; 0]);
    assert_eq!(script.flush(1), [r#"say one " there""#, "flush one"]);
    let message: serde_json::Value = serde_json::from_str(script.sent.last().unwrap()).unwrap();
    assert_eq!(message["transcript"], "");
    assert_eq!(message["flush"], true);
    assert_eq!(message["continue"], true);
    assert_eq!(script.finish(1), [r#"say one "" end"#]);
}

#[test]
fn a_flush_without_a_sound_is_kept_for_what_follows() {
    let mut script = Script::up();
    script.open_managed(1, "one");
    script.push(1, "... ");
    assert_eq!(script.flush(1), [""; 0]);
    assert_eq!(script.push(1, "so. "), [r#"say one "... so.""#]);
    assert_eq!(script.finish(1), [r#"say one " " end"#]);
}

#[test]
fn the_last_unsent_input_ends_the_text() {
    let mut script = Script::new();
    script.open(1, "one");
    script.push(1, "One. ");
    script.push(1, "Two.");
    script.finish(1);
    assert_eq!(
        script.connected(),
        [r#"say one "One. ""#, r#"say one "Two." end"#]
    );
}

#[test]
fn a_flush_that_was_not_sent_stays_before_the_end() {
    let mut script = Script::new();
    script.open(1, "one");
    script.push(1, "One. ");
    script.flush(1);
    script.finish(1);
    assert_eq!(
        script.connected(),
        [r#"say one "One. ""#, "flush one", r#"say one "" end"#]
    );
}

#[test]
fn input_after_the_end_is_not_sent() {
    let mut script = Script::speaking("Hello.");
    assert_eq!(script.finish(1), [r#"say one "" end"#]);
    assert_eq!(script.push(1, "More."), [""; 0]);
    assert_eq!(script.flush(1), [""; 0]);
    assert_eq!(script.last(1, "More."), [""; 0]);
    assert_eq!(script.finish(1), [""; 0]);
    assert_eq!(script.advance(millis(500)), [""; 0]);
    script.audio("one", 3);
    assert_eq!(script.done("one"), ["1: done", "1: end"]);
    assert_eq!(script.push(1, "More."), [""; 0]);
}

#[test]
fn contexts_do_not_mix() {
    let mut script = Script::up();
    script.open(1, "one");
    script.open(2, "two");
    assert_eq!(script.push(1, "First."), [r#"say one "First.""#]);
    assert_eq!(script.push(2, "Second."), [r#"say two "Second.""#]);
    assert_eq!(script.audio("two", 6), ["2: audio 192"]);
    assert_eq!(script.audio("one", 3), ["1: audio 96"]);
    assert_eq!(script.finish(1), [r#"say one "" end"#]);
    assert_eq!(script.done("one"), ["1: done", "1: end"]);
    assert_eq!(script.audio("two", 3), ["2: audio 96"]);
    assert_eq!(script.advance(seconds(1)), [""; 0]);
    assert_eq!(script.session.live(), 1);
}

/// Ten times as many inputs are ten times the work, whatever they are and however they are gathered.
#[test]
fn work_is_linear_in_the_text() {
    let pieces = [
        " ",
        "a",
        "a ",
        "é",
        "<",
        "<break ",
        "<break/>",
        "... ",
        "好",
        "\u{301}",
        "1,",
        "👍\u{200d}",
    ];
    for buffering in [
        Buffering::Verbatim,
        Buffering::Sentences,
        Buffering::Managed(BufferDelay::try_new(seconds(3)).unwrap()),
    ] {
        for piece in pieces {
            let work = |count: usize| {
                let mut script = Script::up();
                script.open_as(1, "one", buffering);
                steps::take();
                for _ in 0..count {
                    script.push(1, piece);
                }
                script.finish(1);
                steps::take()
            };
            let (few, many) = (work(300), work(3_000));
            assert!(
                many <= 12 * few + 2_000,
                "{piece:?} {buffering:?}: {few} and {many}"
            );
        }
    }
}

/// So are timestamps, even if their words are in no text.
#[test]
fn work_is_linear_in_the_words() {
    for text in ["one two three ", "— ", "x", "好"] {
        for word in ["one", "two", "nothing", "好", "—"] {
            let work = |count: usize| {
                let mut script = Script::speaking(&format!("One {}", text.repeat(count)));
                steps::take();
                for _ in 0..count {
                    script.words("one", &[(word, 0.0)]);
                }
                steps::take()
            };
            let (few, many) = (work(100), work(1_000));
            assert!(
                many <= 12 * few + 20_000,
                "{text:?} {word:?}: {few} and {many}"
            );
        }
    }
}
