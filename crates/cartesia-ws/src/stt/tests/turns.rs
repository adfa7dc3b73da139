//! The service says when a turn is over.

use bytes::Bytes;
use cartesia_types::ErrorKind;
use cartesia_types::stt::{SttEncoding, SttFormat, SttModelId, TurnSettings, TurnsSpec};

use super::{Script, millis};
use crate::CloseInfo;
use crate::audio::Rate;
use crate::protocol::Protocol as _;
use crate::stt::session::Command;
use crate::stt::turns::Turns;

/// 8 bytes a millisecond: a message has 800 bytes.
fn turns() -> Turns {
    let format = SttFormat::new(SttEncoding::PcmAlaw, 8_000);
    Turns::new(TurnsSpec::new(SttModelId::INK_2, format))
}

fn send(script: &mut Script<Turns>, millis: usize) -> Vec<String> {
    let audio: Bytes = vec![1; millis * 8].into();
    script.command(Command::Audio(audio, Rate::Live))
}

fn greeted() -> Script<Turns> {
    let mut script = Script::up(turns());
    let hello = r#"{"type":"connected","request_id":"r"}"#;
    assert_eq!(script.says(hello), [hello]);
    script
}

fn update(kind: &str, text: &str) -> String {
    format!(r#"{{"type":"turn.{kind}","transcript":"{text}"}}"#)
}

#[test]
fn silence_is_sent_only_within_a_turn() {
    let mut script = greeted();
    send(&mut script, 500);
    assert_eq!(script.wait(millis(2_000)), [""; 0], "no turn is open");
    script.says(r#"{"type":"turn.start"}"#);
    script.says(&update("update", "Hello"));
    send(&mut script, 100);
    let filled = script.wait(millis(700));
    assert_eq!(
        filled,
        ["2500 audio 4000", "2600 audio 800", "2700 audio 800"]
    );
    assert!(
        script.audio[600 * 8..].iter().all(|byte| *byte == 0xd5),
        "A-law silence"
    );
    // The source goes on.
    send(&mut script, 100);
    assert_eq!(script.wait(millis(400)), [""; 0]);
    script.says(&update("end", "Hello"));
    assert_eq!(script.wait(millis(2_000)), [""; 0]);
}

#[test]
fn a_turn_that_the_service_does_not_announce_begins_all_the_same() {
    let mut script = greeted();
    let start = r#"{"type":"turn.start"}"#;
    assert_eq!(
        script.says(&update("update", "a")),
        [start, &update("update", "a")]
    );
    // Without an eager end there is nothing to resume.
    assert_eq!(script.says(r#"{"type":"turn.resume"}"#), [""; 0]);
    assert_eq!(
        script.says(&update("eager_end", "a b")),
        [update("eager_end", "a b")]
    );
    let resume = r#"{"type":"turn.resume"}"#;
    assert_eq!(script.says(resume), [resume]);
    assert_eq!(script.says(resume), [""; 0]);
    // A turn that is never ended is cut by the next.
    let cut = r#"{"type":"turn.cut","transcript":"a b"}"#;
    assert_eq!(script.says(start), [cut, start]);
    assert_eq!(script.says(&update("end", "")), [update("end", "")]);
}

#[test]
fn a_turn_is_cut_by_a_loss_and_transcribed_again() {
    let mut script = greeted();
    send(&mut script, 1_000);
    script.says(r#"{"type":"turn.start"}"#);
    script.says(&update("end", "One."));
    send(&mut script, 1_000);
    script.says(r#"{"type":"turn.start"}"#);
    script.says(&update("update", " Tw"));
    let (lost, _) = script.reconnects();
    assert_eq!(lost, [r#"{"type":"turn.cut","transcript":" Tw"}"#]);
    script.wait(millis(500));
    // From the last mark before the end of the turn.
    assert_eq!(script.audio.len(), 8_800);
    // The caller knows that the service is ready, and where words are joined.
    assert_eq!(script.says(r#"{"type":"connected"}"#), [""; 0]);
    script.says(r#"{"type":"turn.start"}"#);
    assert_eq!(
        script.says(&update("update", "Two")),
        [update("update", " Two")]
    );
    assert_eq!(
        script.says(&update("end", "Two.")),
        [update("end", " Two.")]
    );
}

#[test]
fn settings_are_kept_by_the_next_connection() {
    let mut script = greeted();
    let change = TurnSettings::default().with_end_threshold(0.1);
    assert_eq!(
        script.command(Command::Set(change)),
        [r#"say {"type":"config","turn":{"end_threshold":0.1}}"#]
    );
    script.breaks();
    let change = TurnSettings::default().with_start_threshold(0.9);
    assert_eq!(script.command(Command::Set(change)), [""; 0]);
    assert_eq!(
        script.session.path(),
        "/stt/turns/websocket?model=ink-2&encoding=pcm_alaw&sample_rate=8000\
         &turn_start_threshold=0.9&turn_end_threshold=0.1"
    );
}

#[test]
fn the_end_is_that_of_the_connection() {
    let mut script = greeted();
    send(&mut script, 1_000);
    script.says(r#"{"type":"turn.start"}"#);
    script.says(&update("update", "Bye"));
    assert_eq!(script.command(Command::Finish), [r#"say {"type":"close"}"#]);
    // Not promised, but there is no more to come.
    assert_eq!(
        script.closes(CloseInfo::frame(1000, "")),
        [
            &update("end", "Bye"),
            r#"{"type":"gap","start":0.0,"end":1.0}"#,
            "end"
        ]
    );
    assert!(script.session.link().is_closed());
}

#[test]
fn a_missing_greeting_and_an_early_refusal_are_errors() {
    let mut script = Script::up(turns());
    let observed = script.wait(millis(10_500));
    assert!(
        observed.iter().any(|it| it.ends_with("abandon")),
        "{observed:?}"
    );
    script.wait(millis(1_000));
    script.connected();
    let refusal = r#"{"type":"error","message":"no such threshold","code":400}"#;
    assert_eq!(script.says(refusal), ["fail InvalidRequest", "close"]);
    assert_eq!(script.error_kind(), Some(ErrorKind::InvalidRequest));
    // Later it is about a setting, and the conversation goes on.
    let mut script = greeted();
    let observed = script.says(refusal);
    assert!(
        observed[0].contains(r#""type":"error","status_code":400"#),
        "{observed:?}"
    );
    assert_eq!(script.error_kind(), None);
}
