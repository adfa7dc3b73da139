//! Decodes messages of every API version to events.

use std::borrow::Cow;

use super::{LiveEvent, Segment, SttErrorEvent, SttNotice, TurnEvent, TurnText};
use crate::UnknownMessage;
use crate::error::ApiError;
use crate::language::Language;
use crate::stt::TranscribedWord;
use crate::{json, seconds};

/// A message that could not be decoded: its text may be lost.
///
/// The error has the place and the reason, never the content, which may be a transcript.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a message of {length} bytes could not be decoded: {why}")]
pub struct SttDecodeError {
    length: usize,
    why: &'static str,
}

/// The fields of a message, as JSON. Each is read alone: one of the wrong type spoils no other.
#[derive(Default)]
struct Wire<'a> {
    kind: Option<Cow<'a, str>>,
    request_id: Option<Cow<'a, str>>,
    text: Option<&'a [u8]>,
    transcript: Option<&'a [u8]>,
    is_final: Option<bool>,
    duration: Option<&'a [u8]>,
    language: Option<Cow<'a, str>>,
    words: Option<&'a [u8]>,
    status: Option<u16>,
    code: Option<u16>,
    has_error: bool,
}

impl<'a> Wire<'a> {
    fn read(message: &'a [u8]) -> Result<Self, SttDecodeError> {
        let mut wire = Self::default();
        for member in json::members(message) {
            let Ok((key, value)) = member else {
                let why = match message.trim_ascii_start().first() {
                    Some(b'{') => "the JSON ends early or is broken",
                    _ => "it is not a JSON object",
                };
                let length = message.len();
                return Err(SttDecodeError { length, why });
            };
            if !json::is_null(value) {
                wire.take(&key.name(), value);
            }
        }
        Ok(wire)
    }

    fn take(&mut self, key: &str, value: &'a [u8]) {
        let status = |value| json::integer(value).and_then(|status| status.try_into().ok());
        match key {
            "type" => self.kind = json::text(value),
            "request_id" => self.request_id = json::text_or_number(value),
            "text" => self.text = Some(value),
            "transcript" => self.transcript = Some(value),
            "is_final" => self.is_final = json::truth(value),
            "duration" => self.duration = Some(value),
            "language" => self.language = json::text(value),
            "words" => self.words = Some(value),
            "status_code" => self.status = status(value),
            // The name that API versions before 2026-03-01 have for it.
            "code" => self.code = status(value),
            "error" => self.has_error = true,
            _ => {}
        }
    }

    fn request_id(&self) -> Option<String> {
        self.request_id.as_deref().map(str::to_owned)
    }

    fn notice(&self) -> SttNotice {
        SttNotice {
            request_id: self.request_id(),
        }
    }

    /// Whether a message without a known type reports a failure.
    fn is_failure(&self) -> bool {
        let status = self.status.or(self.code);
        self.has_error || status.is_some_and(|status| (400..=599).contains(&status))
    }

    fn error(&self, message: &[u8]) -> SttErrorEvent {
        // Without a status the service failed in a way that it did not foresee.
        let status = self.status.or(self.code).unwrap_or(500);
        SttErrorEvent {
            error: ApiError::from_event(status, message),
        }
    }

    fn unknown(self, message: &[u8]) -> UnknownMessage {
        UnknownMessage::new(self.kind, message)
    }

    fn segment(&self) -> Result<Segment, &'static str> {
        let Some(text) = self.text else {
            return Err("it is a transcript without `text`");
        };
        let Some(text) = json::text(text) else {
            return Err("`text` is not text");
        };
        let Some(is_final) = self.is_final else {
            return Err("it is a transcript without `is_final`");
        };
        let duration = self.duration.and_then(json::number);
        Ok(Segment {
            text: text.into_owned(),
            is_final,
            duration: duration.and_then(seconds::checked),
            language: self.language.as_deref().map(Language::from),
            words: self.words.and_then(words).unwrap_or_default(),
            request_id: self.request_id(),
        })
    }

    fn turn_text(&self) -> Result<TurnText, &'static str> {
        let Some(transcript) = self.transcript else {
            return Err("it has no `transcript`");
        };
        let Some(transcript) = json::text(transcript) else {
            return Err("`transcript` is not text");
        };
        Ok(TurnText {
            transcript: transcript.into_owned(),
            known: 0,
            request_id: self.request_id(),
        })
    }
}

/// The words of a segment; `None` when they make no sense: the text is what counts.
fn words(value: &[u8]) -> Option<Vec<TranscribedWord>> {
    serde_json::from_slice(value).ok()
}

impl LiveEvent {
    /// Decodes one message of `/stt/websocket`.
    ///
    /// Lenient over dialects: a field that is not needed may have any type, and unknown types are kept.
    ///
    /// ```
    /// use cartesia_types::stt::LiveEvent;
    ///
    /// let message = br#"{"type":"transcript","request_id":"r","is_final":true,"text":" for tomorrow."}"#;
    /// let LiveEvent::Transcript(segment) = LiveEvent::from_json(message)? else { panic!() };
    /// assert!(segment.is_final && segment.text == " for tomorrow.");
    /// # Ok::<(), cartesia_types::stt::SttDecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SttDecodeError`] when the message is not a JSON object, or is a transcript without a text that
    /// can be read.
    pub fn from_json(message: &[u8]) -> Result<Self, SttDecodeError> {
        let wire = Wire::read(message)?;
        Ok(match wire.kind.as_deref() {
            Some("transcript") => Self::Transcript(needed(wire.segment(), message)?),
            Some("flush_done") => Self::FlushDone(wire.notice()),
            // `done` with the status of a failure must not count as success.
            Some("done") if !wire.is_failure() => Self::Done(wire.notice()),
            Some("error" | "done") => Self::Error(wire.error(message)),
            None if wire.is_failure() => Self::Error(wire.error(message)),
            None if wire.text.is_some() && wire.is_final.is_some() => {
                Self::Transcript(needed(wire.segment(), message)?)
            }
            _ => Self::Unknown(wire.unknown(message)),
        })
    }
}

impl TurnEvent {
    /// Decodes one message of `/stt/turns/websocket`.
    ///
    /// Lenient over dialects, as [`LiveEvent::from_json`] is.
    ///
    /// ```
    /// use cartesia_types::stt::TurnEvent;
    ///
    /// let message = br#"{"type":"turn.update","request_id":"r","transcript":"Could you move my"}"#;
    /// let TurnEvent::Update(turn) = TurnEvent::from_json(message)? else { panic!() };
    /// assert_eq!(turn.transcript, "Could you move my");
    /// # Ok::<(), cartesia_types::stt::SttDecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SttDecodeError`] when the message is not a JSON object, or has no transcript that can be read
    /// though its type has one.
    pub fn from_json(message: &[u8]) -> Result<Self, SttDecodeError> {
        let wire = Wire::read(message)?;
        let text = |wire: &Wire<'_>| needed(wire.turn_text(), message);
        Ok(match wire.kind.as_deref() {
            Some("connected") if !wire.is_failure() => Self::Connected(wire.notice()),
            Some("turn.start") => Self::Start(wire.notice()),
            Some("turn.update") => Self::Update(text(&wire)?),
            Some("turn.eager_end") => Self::EagerEnd(text(&wire)?),
            Some("turn.resume") => Self::Resume(wire.notice()),
            Some("turn.end") => Self::End(text(&wire)?),
            Some("error" | "connected") => Self::Error(wire.error(message)),
            None if wire.is_failure() => Self::Error(wire.error(message)),
            _ => Self::Unknown(wire.unknown(message)),
        })
    }
}

fn needed<T>(part: Result<T, &'static str>, message: &[u8]) -> Result<T, SttDecodeError> {
    let length = message.len();
    part.map_err(|why| SttDecodeError { length, why })
}
