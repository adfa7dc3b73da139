//! The server's messages as JSON.

use serde::Serialize;

use super::dictation::Transcript;
use crate::socket::TurnEvent;
use crate::sse::json;

#[derive(Serialize)]
struct Message<'a> {
    r#type: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transcript: Option<&'a str>,
}

/// A message that has nothing but its type.
pub(super) fn bare(r#type: &str, request_id: &str) -> String {
    json(&Message {
        r#type,
        request_id,
        transcript: None,
    })
}

/// An event of a turn.
pub(super) fn turn(event: TurnEvent, transcript: Option<&str>, request_id: &str) -> String {
    let r#type = match event {
        TurnEvent::Start => "turn.start",
        TurnEvent::Update => "turn.update",
        TurnEvent::EagerEnd => "turn.eager_end",
        TurnEvent::Resume => "turn.resume",
        TurnEvent::End => "turn.end",
    };
    json(&Message {
        r#type,
        request_id,
        transcript,
    })
}

/// A transcript, with or without its words.
pub(super) fn transcript(
    transcript: &Transcript,
    with_words: bool,
    language: &str,
    request_id: &str,
) -> String {
    #[derive(Serialize)]
    struct Message<'a> {
        r#type: &'a str,
        request_id: &'a str,
        is_final: bool,
        text: &'a str,
        duration: f64,
        language: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        words: Option<Vec<Word<'a>>>,
    }
    #[derive(Serialize)]
    struct Word<'a> {
        #[serde(rename = "word")]
        text: &'a str,
        start: f64,
        end: f64,
    }
    let words = transcript.words.iter().map(|(text, start, end)| Word {
        text,
        start: milliseconds(*start),
        end: milliseconds(*end),
    });
    json(&Message {
        r#type: "transcript",
        request_id,
        is_final: transcript.is_final,
        text: &transcript.text,
        duration: milliseconds(transcript.duration),
        language,
        words: with_words.then(|| words.collect()),
    })
}

/// Seconds in whole milliseconds.
fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1_000.0).round() / 1_000.0
}
