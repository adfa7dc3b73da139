//! Encodes events as messages, for servers, tests and logs of events.

use serde::{Serialize, Serializer};

use super::{Gap, LiveEvent, Segment, SttErrorEvent, TurnEvent};
use crate::language::Language;
use crate::stt::TranscribedWord;

#[derive(Serialize, Default)]
struct Out<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_final: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transcript: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a Language>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    words: &'a [TranscribedWord],
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc_url: Option<&'a str>,
}

impl<'a> Out<'a> {
    fn notice(kind: &'static str, request_id: Option<&'a String>) -> Self {
        Self {
            kind,
            request_id: request_id.map(String::as_str),
            ..Self::default()
        }
    }

    fn segment(segment: &'a Segment) -> Self {
        Self {
            is_final: Some(segment.is_final),
            text: Some(&segment.text),
            duration: segment.duration.map(|time| time.as_secs_f64()),
            language: segment.language.as_ref(),
            words: &segment.words,
            ..Self::notice("transcript", segment.request_id.as_ref())
        }
    }

    fn turn(kind: &'static str, transcript: &'a str, request_id: Option<&'a String>) -> Self {
        Self {
            transcript: Some(transcript),
            ..Self::notice(kind, request_id)
        }
    }

    fn gap(gap: &Gap) -> Self {
        Self {
            start: Some(gap.start.as_secs_f64()),
            end: Some(gap.end.as_secs_f64()),
            ..Self::notice("gap", None)
        }
    }

    fn error(event: &'a SttErrorEvent) -> Self {
        let error = &event.error;
        Self {
            status_code: Some(error.status),
            error_code: error.code.as_ref().map(AsRef::as_ref),
            title: error.title.as_deref(),
            message: Some(&error.message),
            doc_url: error.doc_url.as_deref(),
            ..Self::notice("error", error.request_id.as_ref())
        }
    }
}

impl Serialize for LiveEvent {
    /// Writes the message as API version 2026-08-14 does; the events of clients have types of their own.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let out = match self {
            Self::Transcript(segment) => Out::segment(segment),
            Self::FlushDone(notice) => Out::notice("flush_done", notice.request_id.as_ref()),
            Self::Done(notice) => Out::notice("done", notice.request_id.as_ref()),
            Self::Error(event) => Out::error(event),
            Self::Gap(gap) => Out::gap(gap),
            Self::Unknown(unknown) => return unknown.serialize(serializer),
        };
        out.serialize(serializer)
    }
}

impl Serialize for TurnEvent {
    /// Writes the message as API version 2026-08-14 does; the events of clients have types of their own.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let out = match self {
            Self::Connected(notice) => Out::notice("connected", notice.request_id.as_ref()),
            Self::Start(notice) => Out::notice("turn.start", notice.request_id.as_ref()),
            Self::Update(turn) => {
                Out::turn("turn.update", &turn.transcript, turn.request_id.as_ref())
            }
            Self::EagerEnd(turn) => {
                Out::turn("turn.eager_end", &turn.transcript, turn.request_id.as_ref())
            }
            Self::Resume(notice) => Out::notice("turn.resume", notice.request_id.as_ref()),
            Self::End(turn) => Out::turn("turn.end", &turn.transcript, turn.request_id.as_ref()),
            Self::Cut(cut) => Out::turn("turn.cut", &cut.transcript, None),
            Self::Gap(gap) => Out::gap(gap),
            Self::Error(event) => Out::error(event),
            Self::Unknown(unknown) => return unknown.serialize(serializer),
        };
        out.serialize(serializer)
    }
}
