//! From a message to an event, in the dialects of every API version.
//!
//! Decoding is one pass over the text. The audio, which is nearly all of it, is borrowed from the
//! input and decoded from base64 straight into the buffer that the caller gets.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use base64_simd::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{
    Chunk, Done, ErrorEvent, Event, FlushDone, PhonemeTimestamps, Timestamps, UnknownEvent, elide,
};
use crate::error::ApiError;
use crate::tts::{ContextId, timestamps};

/// A message that could not be decoded.
///
/// It says where and why, never what: the message may hold a transcript or audio.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a message of {length} bytes could not be decoded: {why}")]
pub struct DecodeError {
    length: usize,
    why: Cow<'static, str>,
}

impl DecodeError {
    fn new(message: &[u8], why: impl Into<Cow<'static, str>>) -> Self {
        Self {
            length: message.len(),
            why: why.into(),
        }
    }

    /// A JSON error without its text, which quotes unexpected values from the message.
    fn json(message: &[u8], error: &serde_json::Error) -> Self {
        let what = match error.classify() {
            serde_json::error::Category::Eof => "the JSON ends early",
            serde_json::error::Category::Data => "a field has the wrong type or is missing",
            _ => "it is not JSON",
        };
        Self::new(
            message,
            format!("{what} (line {} column {})", error.line(), error.column()),
        )
    }
}

/// All keys that any dialect uses. What a message is follows from the keys that it has.
#[derive(Deserialize)]
pub(super) struct Wire<'a> {
    #[serde(borrow, rename = "type", default, deserialize_with = "text")]
    pub(super) kind: Option<Cow<'a, str>>,
    /// The JSON of the value, quotes included.
    #[serde(borrow, default, deserialize_with = "json_text")]
    pub(super) data: Option<&'a [u8]>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub(super) context_id: Option<Cow<'a, str>>,
    pub(super) done: Option<bool>,
    pub(super) status_code: Option<u16>,
    pub(super) step_time: Option<f64>,
    pub(super) flush_id: Option<i64>,
    #[serde(borrow)]
    pub(super) word_timestamps: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) phoneme_timestamps: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) message: Option<&'a RawValue>,
}

/// Text without a copy, unless it has escapes. Inside an `Option` serde by itself always copies.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

    let text = Option::<Text<'_>>::deserialize(deserializer)?;
    Ok(text.map(|Text(text)| text))
}

fn json_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de [u8]>, D::Error> {
    let raw = Option::<&RawValue>::deserialize(deserializer)?;
    Ok(raw.map(|raw| raw.get().as_bytes()))
}

/// A message that was read but not decoded: enough to see whose it is.
///
/// For whoever serves many generations over one connection: route by [`context_id`](Self::context_id),
/// then [`decode`](Self::decode) with an identifier that is there already, so that the audio is all that
/// is copied.
pub struct EventMessage<'a> {
    message: &'a [u8],
    wire: Wire<'a>,
}

impl<'a> EventMessage<'a> {
    /// Reads a message.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when it is not a JSON object, or a field that all messages share has the wrong
    /// type.
    pub fn parse(text: &'a str) -> Result<Self, DecodeError> {
        if let Some(message) = Self::of_chunk(text.as_bytes()) {
            return Ok(message);
        }
        let wire = serde_json::from_str(text)
            .map_err(|error| DecodeError::json(text.as_bytes(), &error))?;
        let message = text.as_bytes();
        Ok(Self { message, wire })
    }

    /// Reads a chunk that stands exactly as the service writes it, without a look at its audio, which
    /// need not even be UTF-8; `None` for anything else, which is for [`parse`](Self::parse).
    pub fn of_chunk(message: &'a [u8]) -> Option<Self> {
        let wire = elide::parse(message)?;
        Some(Self { message, wire })
    }

    /// The generation that it belongs to, when it names one.
    pub fn context_id(&self) -> Option<&str> {
        self.wire.context_id.as_deref()
    }

    /// Decodes it, as an event of this generation.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when a known message has broken content: base64, timestamps.
    pub fn decode(self, context_id: Option<ContextId>) -> Result<Event, DecodeError> {
        let Self { message, wire } = self;
        match wire.kind.as_deref() {
            Some("chunk") => wire.into_chunk(message, context_id),
            Some("timestamps") => wire.into_timestamps(message, context_id),
            Some("phoneme_timestamps") => wire.into_phoneme_timestamps(message, context_id),
            Some("flush_done") => Ok(Event::FlushDone(FlushDone {
                context_id,
                flush_id: wire.flush_id,
            })),
            Some("done") => Ok(Event::Done(Done { context_id })),
            Some("error") => wire.into_error(message, context_id),
            Some(_) => Event::unknown(message, wire.kind),
            // Dialects without `type`: the keys tell.
            None if wire.data.is_some() => wire.into_chunk(message, context_id),
            None if wire.is_error() => wire.into_error(message, context_id),
            None if wire.word_timestamps.is_some() => wire.into_timestamps(message, context_id),
            None if wire.phoneme_timestamps.is_some() => {
                wire.into_phoneme_timestamps(message, context_id)
            }
            None if wire.done == Some(true) => Ok(Event::Done(Done { context_id })),
            None => Event::unknown(message, None),
        }
    }
}

impl fmt::Debug for EventMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventMessage")
            .field("kind", &self.wire.kind)
            .field("context_id", &self.wire.context_id)
            .field("text", &format_args!("<{} bytes>", self.message.len()))
            .finish()
    }
}

impl Event {
    /// Decodes one message.
    ///
    /// Lenient over dialects: `type` may be missing (first version, voice changer), errors may be
    /// structured or text, unknown types and fields are kept or ignored. A known message with
    /// broken content is an error.
    ///
    /// ```
    /// use cartesia_types::tts::Event;
    ///
    /// let event = Event::from_json(br#"{"type":"chunk","done":false,"status_code":206,"data":"AAE=","step_time":1.5}"#)?;
    /// let Event::Chunk(chunk) = event else { panic!() };
    /// assert_eq!(&chunk.data[..], [0, 1]);
    /// # Ok::<(), cartesia_types::tts::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the message is not a JSON object, or when a known message has broken
    /// content: base64, timestamps, types of fields.
    pub fn from_json(message: &[u8]) -> Result<Self, DecodeError> {
        let message = if let Some(message) = EventMessage::of_chunk(message) {
            message
        } else {
            // One vectorized pass; without it serde_json would check each string.
            let text = std::str::from_utf8(message)
                .map_err(|error| DecodeError::new(message, format!("it is not UTF-8 ({error})")))?;
            EventMessage::parse(text)?
        };
        let context_id = message.context_id().map(ContextId::from);
        message.decode(context_id)
    }

    fn unknown(message: &[u8], kind: Option<Cow<'_, str>>) -> Result<Self, DecodeError> {
        let raw =
            serde_json::from_slice(message).map_err(|error| DecodeError::json(message, &error))?;
        Ok(Self::Unknown(UnknownEvent {
            kind: kind.map(Cow::into_owned),
            raw,
        }))
    }
}

impl Wire<'_> {
    /// Whether a message without `type` is an error.
    fn is_error(&self) -> bool {
        let refused = self.status_code.is_some_and(|status| status >= 400);
        self.error.is_some() || (self.message.is_some() && refused)
    }

    fn into_chunk(
        self,
        message: &[u8],
        context_id: Option<ContextId>,
    ) -> Result<Event, DecodeError> {
        let data = match self.data {
            Some(data) => decode_base64(data)
                .map_err(|why| DecodeError::new(message, format!("chunk: {why}")))?,
            None => Bytes::new(),
        };
        Ok(Event::Chunk(Chunk {
            context_id,
            data,
            step_time: self
                .step_time
                .and_then(|millis| Duration::try_from_secs_f64(millis / 1_000.0).ok()),
            flush_id: self.flush_id,
            done: self.done.unwrap_or(false),
        }))
    }

    fn into_timestamps(
        self,
        message: &[u8],
        context_id: Option<ContextId>,
    ) -> Result<Event, DecodeError> {
        let words = match self.word_timestamps {
            Some(raw) => {
                timestamps::words::deserialize(&mut serde_json::Deserializer::from_str(raw.get()))
                    .map_err(|error| DecodeError::json(message, &error))?
            }
            None => Vec::new(),
        };
        Ok(Event::Timestamps(Timestamps { context_id, words }))
    }

    fn into_phoneme_timestamps(
        self,
        message: &[u8],
        context_id: Option<ContextId>,
    ) -> Result<Event, DecodeError> {
        let phonemes = match self.phoneme_timestamps {
            Some(raw) => timestamps::phonemes::deserialize(
                &mut serde_json::Deserializer::from_str(raw.get()),
            )
            .map_err(|error| DecodeError::json(message, &error))?,
            None => Vec::new(),
        };
        Ok(Event::PhonemeTimestamps(PhonemeTimestamps {
            context_id,
            phonemes,
        }))
    }

    fn into_error(
        self,
        message: &[u8],
        context_id: Option<ContextId>,
    ) -> Result<Event, DecodeError> {
        let value: Value =
            serde_json::from_slice(message).map_err(|error| DecodeError::json(message, &error))?;
        // Without a status the service failed in a way that it did not foresee.
        let status = self.status_code.unwrap_or(500);
        let error = ApiError::from_value(status, &value)
            .unwrap_or_else(|| ApiError::new(status, "the server gave no reason"));
        // An error is final unless it says otherwise.
        Ok(Event::Error(ErrorEvent {
            context_id,
            done: self.done.unwrap_or(true),
            error,
        }))
    }
}

/// Decodes the base64 in a JSON string literal.
fn decode_base64(literal: &[u8]) -> Result<Bytes, &'static str> {
    let Some(inner) = literal
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
    else {
        return Err("`data` is not a string");
    };
    let decode = |text: &[u8]| {
        STANDARD
            .decode_to_vec(text)
            .map(Bytes::from)
            .map_err(|_| "`data` is not base64")
    };
    decode(inner).or_else(|error| {
        // JSON may write `/` as `\/`, and any character as an escape. No known server does, so this
        // is looked for only in what is not base64 as it stands.
        let unescaped: Cow<'_, str> = serde_json::from_slice(literal).map_err(|_| error)?;
        decode(unescaped.as_bytes())
    })
}
