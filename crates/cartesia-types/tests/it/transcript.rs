//! The transcript of a live transcription, over interim text, turns and reconnects.

use std::time::Duration;

use cartesia_types::captions::CaptionSettings;
use cartesia_types::stt::{
    Gap, LiveEvent, Segment, SttNotice, TranscribedWord, Transcript, TurnCut, TurnEvent, TurnText,
};
use proptest::prelude::*;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// Words of 200 ms each, from a time on; the text is theirs.
fn segment(words: &[&str], from: u64, is_final: bool, connection: &str) -> LiveEvent {
    let timed = (0..).zip(words).map(|(at, word)| {
        let start = from + at * 200;
        TranscribedWord::new(*word, MS(start), MS(start + 200))
    });
    let mut segment = Segment::new(words.concat(), is_final).with_words(timed.collect());
    segment.request_id = Some(connection.to_owned());
    LiveEvent::Transcript(segment)
}

fn text(text: &str, is_final: bool) -> LiveEvent {
    LiveEvent::Transcript(Segment::new(text, is_final))
}

fn transcript(events: &[LiveEvent]) -> Transcript {
    let mut transcript = Transcript::new();
    for event in events {
        transcript.push(event);
    }
    transcript
}

#[test]
fn final_text_is_joined_byte_for_byte() {
    let transcript = transcript(&[
        text(" Two  tickets", true),
        text("", true),
        LiveEvent::FlushDone(SttNotice::default()),
        // A final after the acknowledgement of a flush still counts.
        text(" to\u{a0}New York ", true),
        text("。", true),
        LiveEvent::Done(SttNotice::default()),
    ]);
    assert_eq!(transcript.text(), " Two  tickets to\u{a0}New York 。");
    assert_eq!(transcript.interim(), "");
}

#[test]
fn interim_text_is_replaced_and_then_final() {
    let mut transcript = Transcript::new();
    assert!(transcript.is_empty());
    for (event, text, interim) in [
        (text("Two", false), "", "Two"),
        (text("To tickets", false), "", "To tickets"),
        (text("Two tickets", true), "Two tickets", ""),
        (text(" please", false), "Two tickets", " please"),
        (text("", false), "Two tickets", ""),
        (text("", true), "Two tickets", ""),
    ] {
        transcript.push(&event);
        assert_eq!((transcript.text(), transcript.interim()), (text, interim));
    }
    assert!(!transcript.is_empty());
}

#[test]
fn turns_are_joined_as_they_are() {
    let mut transcript = Transcript::new();
    let turn = |text: &str| TurnText::new(text);
    for (event, text, interim) in [
        (TurnEvent::Start(SttNotice::default()), "", ""),
        (TurnEvent::Update(turn("Could you")), "", "Could you"),
        (
            TurnEvent::EagerEnd(turn("Could you move")),
            "",
            "Could you move",
        ),
        (
            TurnEvent::Resume(SttNotice::default()),
            "",
            "Could you move",
        ),
        (
            TurnEvent::End(turn("Could you move it?")),
            "Could you move it?",
            "",
        ),
        (
            TurnEvent::Start(SttNotice::default()),
            "Could you move it?",
            "",
        ),
        (TurnEvent::Update(turn(" To")), "Could you move it?", " To"),
        // The connection is lost within the turn; another transcribes it again.
        (
            TurnEvent::Cut(TurnCut::new(" To")),
            "Could you move it?",
            "",
        ),
        (
            TurnEvent::Start(SttNotice::default()),
            "Could you move it?",
            "",
        ),
        (
            TurnEvent::End(turn(" To Friday.")),
            "Could you move it? To Friday.",
            "",
        ),
    ] {
        transcript.push_turn(&event);
        assert_eq!((transcript.text(), transcript.interim()), (text, interim));
    }
}

#[test]
fn a_reconnect_brings_no_word_twice() {
    let mut transcript = transcript(&[
        segment(&["One", " two,", " three"], 0, true, "a"),
        segment(&[" fo"], 600, false, "a"),
        // The audio from 350 ms on is sent again, over another connection.
        segment(&[" Three"], 410, false, "b"),
    ]);
    assert_eq!(transcript.interim(), "");
    transcript.push(&segment(&[" Three", " four."], 410, true, "b"));
    assert_eq!(transcript.text(), "One two, three four.");
    let words: Vec<&str> = transcript
        .words()
        .iter()
        .map(TranscribedWord::text)
        .collect();
    assert_eq!(words, ["One", "two,", "three", "four."]);
}

#[test]
fn the_same_word_at_another_time_or_on_the_same_connection_is_another() {
    let transcript = transcript(&[
        segment(&["no", " no"], 0, true, "a"),
        // The service's times are rough: the same connection never says a thing twice.
        segment(&[" no"], 300, true, "a"),
        segment(&[" no"], 500, true, "b"),
    ]);
    assert_eq!(transcript.text(), "no no no no");
    assert_eq!(transcript.words().len(), 4);
}

#[test]
fn a_gap_is_kept_and_voids_interim_text() {
    let gap = Gap::new(MS(1_000), MS(4_000));
    let transcript = transcript(&[
        text("One", true),
        text(" tw", false),
        LiveEvent::Gap(gap),
        text(" three", true),
    ]);
    assert_eq!(transcript.gaps(), [gap]);
    assert_eq!(transcript.text(), "One three");
}

#[test]
fn captions_have_the_text_of_the_transcript() {
    let mut words = Segment::new("Well, “hello” there.", true).with_words(vec![
        TranscribedWord::new("well", MS(0), MS(300)),
        TranscribedWord::new("hello", MS(300), MS(700)),
        TranscribedWord::new("there", MS(700), MS(1_000)),
    ]);
    words.duration = Some(MS(1_200));
    let transcript = transcript(&[
        LiveEvent::Transcript(words),
        // Text without times comes after what has them.
        LiveEvent::Transcript(Segment::new(" And on.", true).with_duration(MS(900))),
    ]);
    let captions = transcript.captions(&CaptionSettings::default());
    assert_eq!(captions.to_text(), transcript.text());
    let last = captions.cues().last().unwrap().words.last().unwrap();
    assert_eq!((last.text.as_str(), last.end), ("on.", MS(1_900)));
}

#[test]
fn debug_shows_nothing_that_was_said() {
    let transcript = transcript(&[
        segment(&["canary"], 0, true, "a"),
        segment(&[" canary"], 300, false, "a"),
    ]);
    let debug = format!("{transcript:?}");
    assert!(!debug.contains("canary"), "{debug}");
}

proptest! {
    /// Whatever was final when connections were lost, and however far back the audio is sent again, every
    /// word is there once.
    #[test]
    fn reconnects_lose_and_repeat_no_word(
        count in 1_usize..40,
        losses in prop::collection::vec((0_usize..40, 0_usize..6), 0..6),
        size in 1_usize..7,
    ) {
        let said: Vec<String> = (0..count).map(|at| format!(" word{at}")).collect();
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        let mut transcript = Transcript::new();
        let (mut heard, mut connection) = (0, 0);
        let mut losses = losses.into_iter();
        let mut next_loss = losses.next();
        while heard < said.len() {
            let mut from = heard;
            if let Some((at, back)) = next_loss && at <= heard {
                connection += 1;
                from = heard.saturating_sub(back);
                next_loss = losses.next();
            }
            let to = (heard + size).min(said.len());
            let event = |is_final| {
                segment(&said[from..to], from as u64 * 200, is_final, &connection.to_string())
            };
            transcript.push(&event(false));
            prop_assert_eq!(format!("{}{}", transcript.text(), transcript.interim()), said[..to].concat());
            transcript.push(&event(true));
            heard = to;
        }
        prop_assert_eq!(transcript.text(), said.concat());
        prop_assert_eq!(transcript.words().len(), said.len());
        let captions = transcript.captions(&CaptionSettings::default());
        prop_assert_eq!(captions.to_text(), said.concat().trim().to_owned());
    }
}
