//! The fields of a message, whatever the rest of it is.

use std::borrow::Cow;
use std::time::Duration;

use super::short_way;
use crate::json;

/// All keys that any dialect uses. What a message is follows from the keys that it has.
///
/// Each field is read alone: one of the wrong type counts as missing, and spoils no other.
#[derive(Default)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Wire<'a> {
    pub(super) kind: Option<Cow<'a, str>>,
    pub(super) context_id: Option<Cow<'a, str>>,
    /// The JSON of the audio, quotes included.
    pub(super) data: Option<&'a [u8]>,
    pub(super) done: Option<bool>,
    pub(super) status_code: Option<u16>,
    pub(super) step_time: Option<Duration>,
    pub(super) flush_id: Option<i64>,
    pub(super) word_timestamps: Option<&'a [u8]>,
    pub(super) phoneme_timestamps: Option<&'a [u8]>,
    pub(super) has_error: bool,
    pub(super) has_message: bool,
    /// A key that only chunks have, with whatever value.
    pub(super) is_like_chunk: bool,
    /// Why the message could not be read to its end.
    pub(super) broken: Option<&'static str>,
}

impl<'a> Wire<'a> {
    pub(super) fn read(message: &'a [u8]) -> Self {
        let mut wire = Self::default();
        if short_way::read(message, &mut wire).is_none() {
            wire = Self::read_any(message);
        }
        wire
    }

    /// Reads a message however it is written.
    pub(super) fn read_any(message: &'a [u8]) -> Self {
        let mut wire = Self::default();
        for member in json::members(message) {
            let Ok((key, value)) = member else {
                wire.broken = Some(match message.trim_ascii_start().first() {
                    Some(b'{') => "the JSON ends early or is broken",
                    _ => "it is not a JSON object",
                });
                break;
            };
            if !wire.take(key.raw(), value) && key.has_escapes() {
                wire.take(key.name().as_bytes(), value);
            }
        }
        wire
    }

    /// Returns whether it is a key that matters.
    fn take(&mut self, key: &[u8], value: &'a [u8]) -> bool {
        let given = !json::is_null(value);
        match key {
            b"type" if value == b"\"chunk\"" => self.kind = Some(Cow::Borrowed("chunk")),
            b"type" => self.kind = json::text(value),
            b"context_id" => self.context_id = json::text_or_number(value),
            b"data" => {
                self.is_like_chunk = true;
                if given && self.data.replace(value).is_some() {
                    self.broken = Some("it has audio twice");
                }
            }
            b"done" => self.done = json::truth(value),
            b"status_code" => self.status_code = Self::status(value),
            b"step_time" => {
                self.is_like_chunk = true;
                self.step_time = Self::millis(value);
            }
            b"flush_id" => self.flush_id = json::integer(value),
            b"word_timestamps" => self.word_timestamps = given.then_some(value),
            b"phoneme_timestamps" => self.phoneme_timestamps = given.then_some(value),
            b"error" => self.has_error = given,
            b"message" => self.has_message = given,
            _ => return false,
        }
        true
    }

    pub(super) fn status(value: &[u8]) -> Option<u16> {
        json::integer(value).and_then(|status| status.try_into().ok())
    }

    pub(super) fn millis(value: &[u8]) -> Option<Duration> {
        short_way::millis(value).or_else(|| {
            let millis = json::number(value)?;
            Duration::try_from_secs_f64(millis / 1_000.0).ok()
        })
    }

    /// What the message is: its type, or else what its keys tell.
    pub(super) fn kind(&self) -> Kind {
        let failed = self.status_code.is_some_and(|status| status >= 400);
        match self.kind.as_deref() {
            Some("chunk") => Kind::Chunk,
            Some("timestamps") => Kind::Timestamps,
            Some("phoneme_timestamps") => Kind::PhonemeTimestamps,
            Some("flush_done") => Kind::FlushDone,
            // `done` with the status of a failure must not count as success.
            Some("done") if failed => Kind::Error,
            Some("done") => Kind::Done,
            Some("error") => Kind::Error,
            // Dialects without `type`.
            None if self.data.is_some() => Kind::Chunk,
            None if self.has_error || failed => Kind::Error,
            None if self.word_timestamps.is_some() => Kind::Timestamps,
            None if self.phoneme_timestamps.is_some() => Kind::PhonemeTimestamps,
            None if self.done == Some(true) => Kind::Done,
            None if self.is_like_chunk => Kind::Chunk,
            _ => Kind::Unknown,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Chunk,
    Timestamps,
    PhonemeTimestamps,
    FlushDone,
    Done,
    Error,
    Unknown,
}

impl Kind {
    /// Whether a generation can be complete without the message: what is neither audio nor its end.
    pub(super) fn is_optional(self) -> bool {
        matches!(
            self,
            Self::Timestamps | Self::PhonemeTimestamps | Self::Unknown
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_chunk_is_copied() {
        let audio = "AAEC".repeat(500);
        let text = format!(
            r#"{{"type":"chunk","data":"{audio}","context_id":"c","done":false,"status_code":206}}"#
        );
        let wire = Wire::read(text.as_bytes());
        assert_eq!(wire.data.map(<[u8]>::len), Some(audio.len() + 2));
        assert!(matches!(wire.kind, Some(Cow::Borrowed("chunk"))));
        assert!(matches!(wire.context_id, Some(Cow::Borrowed("c"))));
        assert_eq!((wire.done, wire.status_code), (Some(false), Some(206)));
    }
}
