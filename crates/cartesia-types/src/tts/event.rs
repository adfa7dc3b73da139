//! The messages of a synthesis stream, in the dialects of every API version.
//!
//! Decoding is one pass over the text. The audio, which is nearly all of it, is borrowed from the
//! input and decoded from base64 straight into the buffer that the caller gets.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use base64_simd::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::ContextId;
use super::timestamps::{self, PhonemeTiming, WordTiming};
use crate::error::ApiError;

/// One message of a synthesis stream.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Audio.
    Chunk(Chunk),
    /// Words and when they are spoken; only when asked for.
    Timestamps(Timestamps),
    /// Phonemes and when they are spoken; only when asked for.
    PhonemeTimestamps(PhonemeTimestamps),
    /// A flush is through (WebSocket).
    FlushDone(FlushDone),
    /// The generation is complete.
    Done(Done),
    /// The generation failed.
    Error(ErrorEvent),
    /// A message that this crate does not know.
    Unknown(UnknownEvent),
}

/// A piece of audio, in the encoding that the request asked for.
///
/// `Debug` shows the number of bytes, never the audio.
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Chunk {
    /// The generation that it belongs to, when the request named one.
    pub context_id: Option<ContextId>,
    /// The audio. May be empty, and may end within a sample.
    pub data: Bytes,
    /// How long the service worked on it.
    pub step_time: Option<Duration>,
    /// The flush that it belongs to (WebSocket).
    pub flush_id: Option<i64>,
    /// Whether it is also the last message of its generation (seen on sockets of old versions).
    pub done: bool,
}

/// Words and when they are spoken.
///
/// `Debug` shows the number of words, never the words.
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Timestamps {
    /// The generation that they belong to, when the request named one.
    pub context_id: Option<ContextId>,
    /// The words, in order; each event covers the next ones.
    pub words: Vec<WordTiming>,
}

/// Phonemes and when they are spoken.
///
/// `Debug` shows the number of phonemes, never the phonemes.
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct PhonemeTimestamps {
    /// The generation that they belong to, when the request named one.
    pub context_id: Option<ContextId>,
    /// The phonemes, in order; each event covers the next ones.
    pub phonemes: Vec<PhonemeTiming>,
}

/// Everything before a flush was spoken.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct FlushDone {
    /// The generation that it belongs to.
    pub context_id: Option<ContextId>,
    /// Which flush.
    pub flush_id: Option<i64>,
}

/// The generation is complete.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Done {
    /// The generation that is complete, when the request named one.
    pub context_id: Option<ContextId>,
}

/// The generation failed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ErrorEvent {
    /// The generation that failed; on a WebSocket, none means the whole connection.
    pub context_id: Option<ContextId>,
    /// Whether nothing more follows. The service was only seen to say yes.
    pub done: bool,
    /// What the service said.
    pub error: ApiError,
}

/// A message that this crate does not know. It is kept, so that a caller can read it.
///
/// `Debug` shows its type and length, never its content.
#[derive(Clone)]
#[non_exhaustive]
pub struct UnknownEvent {
    kind: Option<String>,
    raw: Box<RawValue>,
}

impl Chunk {
    /// A piece of audio, for tests and servers.
    pub fn new(data: impl Into<Bytes>) -> Self {
        Self {
            data: data.into(),
            ..Self::default()
        }
    }
}

impl Timestamps {
    /// Words, for tests and servers.
    pub fn new(words: Vec<WordTiming>) -> Self {
        Self {
            context_id: None,
            words,
        }
    }
}

impl PhonemeTimestamps {
    /// Phonemes, for tests and servers.
    pub fn new(phonemes: Vec<PhonemeTiming>) -> Self {
        Self {
            context_id: None,
            phonemes,
        }
    }
}

impl ErrorEvent {
    /// A final error, for tests and servers.
    pub fn new(error: ApiError) -> Self {
        Self {
            context_id: None,
            done: true,
            error,
        }
    }
}

impl UnknownEvent {
    /// The type that the message gives itself, if any.
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The message as it came: JSON.
    pub fn raw(&self) -> &str {
        self.raw.get()
    }
}

impl PartialEq for UnknownEvent {
    fn eq(&self, other: &Self) -> bool {
        self.raw.get() == other.raw.get()
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk")
            .field("context_id", &self.context_id)
            .field("data", &format_args!("<{} bytes>", self.data.len()))
            .field("step_time", &self.step_time)
            .field("flush_id", &self.flush_id)
            .field("done", &self.done)
            .finish()
    }
}

impl fmt::Debug for Timestamps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timestamps")
            .field("context_id", &self.context_id)
            .field("words", &format_args!("<{} words>", self.words.len()))
            .finish()
    }
}

impl fmt::Debug for PhonemeTimestamps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhonemeTimestamps")
            .field("context_id", &self.context_id)
            .field(
                "phonemes",
                &format_args!("<{} phonemes>", self.phonemes.len()),
            )
            .finish()
    }
}

impl fmt::Debug for UnknownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownEvent")
            .field("kind", &self.kind)
            .field("raw", &format_args!("<{} bytes>", self.raw.get().len()))
            .finish()
    }
}

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
struct Wire<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    context_id: Option<Cow<'a, str>>,
    done: Option<bool>,
    status_code: Option<u16>,
    step_time: Option<f64>,
    flush_id: Option<i64>,
    #[serde(borrow)]
    word_timestamps: Option<&'a RawValue>,
    #[serde(borrow)]
    phoneme_timestamps: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
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
        // The UTF-8 check here is one vectorized pass; without it serde_json would check each string.
        let text = std::str::from_utf8(message)
            .map_err(|error| DecodeError::new(message, format!("it is not UTF-8 ({error})")))?;
        let wire: Wire<'_> =
            serde_json::from_str(text).map_err(|error| DecodeError::json(message, &error))?;
        let context_id = wire.context_id.as_deref().map(ContextId::from);
        let done = wire.done.unwrap_or(false);
        match wire.kind.as_deref() {
            Some("chunk") => wire.into_chunk(message, context_id),
            Some("timestamps") => wire.into_timestamps(message, context_id),
            Some("phoneme_timestamps") => wire.into_phoneme_timestamps(message, context_id),
            Some("flush_done") => Ok(Self::FlushDone(FlushDone {
                context_id,
                flush_id: wire.flush_id,
            })),
            Some("done") => Ok(Self::Done(Done { context_id })),
            Some("error") => wire.into_error(message, context_id),
            Some(_) => Self::unknown(message, text, wire.kind),
            // Dialects without `type`: the keys tell.
            None if wire.data.is_some() => wire.into_chunk(message, context_id),
            None if wire.error.is_some()
                || (wire.message.is_some()
                    && wire.status_code.is_some_and(|status| status >= 400)) =>
            {
                wire.into_error(message, context_id)
            }
            None if wire.word_timestamps.is_some() => wire.into_timestamps(message, context_id),
            None if wire.phoneme_timestamps.is_some() => {
                wire.into_phoneme_timestamps(message, context_id)
            }
            None if done => Ok(Self::Done(Done { context_id })),
            None => Self::unknown(message, text, None),
        }
    }

    fn unknown(
        message: &[u8],
        text: &str,
        kind: Option<Cow<'_, str>>,
    ) -> Result<Self, DecodeError> {
        let raw = serde_json::from_str(text).map_err(|error| DecodeError::json(message, &error))?;
        Ok(Self::Unknown(UnknownEvent {
            kind: kind.map(Cow::into_owned),
            raw,
        }))
    }

    /// The name of its type on the wire.
    pub fn kind(&self) -> &str {
        match self {
            Self::Chunk(_) => "chunk",
            Self::Timestamps(_) => "timestamps",
            Self::PhonemeTimestamps(_) => "phoneme_timestamps",
            Self::FlushDone(_) => "flush_done",
            Self::Done(_) => "done",
            Self::Error(_) => "error",
            Self::Unknown(unknown) => unknown.kind().unwrap_or(""),
        }
    }

    /// The generation that it belongs to, when it names one.
    pub fn context_id(&self) -> Option<&ContextId> {
        match self {
            Self::Chunk(event) => event.context_id.as_ref(),
            Self::Timestamps(event) => event.context_id.as_ref(),
            Self::PhonemeTimestamps(event) => event.context_id.as_ref(),
            Self::FlushDone(event) => event.context_id.as_ref(),
            Self::Done(event) => event.context_id.as_ref(),
            Self::Error(event) => event.context_id.as_ref(),
            Self::Unknown(_) => None,
        }
    }
}

impl Wire<'_> {
    fn into_chunk(
        self,
        message: &[u8],
        context_id: Option<ContextId>,
    ) -> Result<Event, DecodeError> {
        let data = match self.data {
            Some(data) => decode_base64(data.get())
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
fn decode_base64(literal: &str) -> Result<Bytes, &'static str> {
    let Some(inner) = literal
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return Err("`data` is not a string");
    };
    let decode = |text: &str| {
        STANDARD
            .decode_to_vec(text)
            .map(Bytes::from)
            .map_err(|_| "`data` is not base64")
    };
    decode(inner).or_else(|error| {
        // JSON may write `/` as `\/`, and any character as an escape. No known server does, so this
        // is looked for only in what is not base64 as it stands.
        let unescaped: Cow<'_, str> = serde_json::from_str(literal).map_err(|_| error)?;
        decode(&unescaped)
    })
}

impl Serialize for Event {
    /// Writes the message as API version 2026-08-14 does. For servers and tests.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize, Default)]
        struct Out<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            done: bool,
            status_code: u16,
            #[serde(skip_serializing_if = "Option::is_none")]
            context_id: Option<&'a ContextId>,
            #[serde(skip_serializing_if = "Option::is_none")]
            data: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            step_time: Option<f64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            flush_id: Option<i64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            word_timestamps: Option<Words<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            phoneme_timestamps: Option<Phonemes<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            error_code: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            title: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            message: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            request_id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            doc_url: Option<&'a str>,
        }
        #[derive(Serialize)]
        #[serde(transparent)]
        struct Words<'a>(
            #[serde(serialize_with = "timestamps::words::serialize")] &'a [WordTiming],
        );
        #[derive(Serialize)]
        #[serde(transparent)]
        struct Phonemes<'a>(
            #[serde(serialize_with = "timestamps::phonemes::serialize")] &'a [PhonemeTiming],
        );

        let partial = Out {
            status_code: 206,
            context_id: self.context_id(),
            ..Out::default()
        };
        let out = match self {
            Self::Unknown(unknown) => return unknown.raw.serialize(serializer),
            Self::Chunk(chunk) => Out {
                kind: "chunk",
                done: chunk.done,
                data: Some(STANDARD.encode_to_string(&chunk.data)),
                step_time: chunk.step_time.map(|time| time.as_secs_f64() * 1_000.0),
                flush_id: chunk.flush_id,
                ..partial
            },
            Self::Timestamps(event) => Out {
                kind: "timestamps",
                word_timestamps: Some(Words(&event.words)),
                ..partial
            },
            Self::PhonemeTimestamps(event) => Out {
                kind: "phoneme_timestamps",
                phoneme_timestamps: Some(Phonemes(&event.phonemes)),
                ..partial
            },
            Self::FlushDone(event) => Out {
                kind: "flush_done",
                flush_id: event.flush_id,
                ..partial
            },
            Self::Done(_) => Out {
                kind: "done",
                done: true,
                status_code: 200,
                ..partial
            },
            Self::Error(event) => Out {
                kind: "error",
                done: event.done,
                status_code: event.error.status,
                error_code: event.error.code.as_ref().map(AsRef::as_ref),
                title: event.error.title.as_deref(),
                message: Some(&event.error.message),
                request_id: event.error.request_id.as_deref(),
                doc_url: event.error.doc_url.as_deref(),
                ..partial
            },
        };
        out.serialize(serializer)
    }
}
