//! The messages of a synthesis stream.

mod decode;
mod encode;
mod short_way;
mod wire;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

pub use decode::{DecodeError, DecodeErrorKind, EventMessage};

use super::ContextId;
use super::timestamps::{PhonemeTiming, WordTiming};
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
    /// A flush is complete (WebSocket).
    FlushDone(FlushDone),
    /// The generation is complete.
    Done(Done),
    /// The generation failed.
    Error(ErrorEvent),
    /// A message that this crate does not know, or timestamps that make no sense.
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
    /// Time that the service worked on it.
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

/// A flush is complete: all text before it was spoken.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct FlushDone {
    /// The generation that it belongs to.
    pub context_id: Option<ContextId>,
    /// The identifier of the flush.
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
    /// Whether this ends the generation. No other value than `true` was seen from the service.
    pub done: bool,
    /// The service's error. In a box, so that the events of audio, which are many, stay small.
    pub error: Box<ApiError>,
}

/// A message that this crate does not know, or timestamps that make no sense. It is kept, so that a
/// caller can read it.
///
/// `Debug` shows its type and length, never its content.
#[derive(Clone)]
#[non_exhaustive]
pub struct UnknownEvent {
    context_id: Option<ContextId>,
    kind: Option<String>,
    raw: Box<str>,
}

impl Chunk {
    /// Creates a piece of audio, for tests and servers.
    pub fn new(data: impl Into<Bytes>) -> Self {
        Self {
            data: data.into(),
            ..Self::default()
        }
    }
}

impl Timestamps {
    /// Creates words, for tests and servers.
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
    /// Creates a final error, for tests and servers.
    pub fn new(error: ApiError) -> Self {
        Self {
            context_id: None,
            done: true,
            error: Box::new(error),
        }
    }
}

impl UnknownEvent {
    /// Returns the type that the message gives itself, if any.
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// Returns the message as it came. It looks like a JSON object, but need not be a valid one.
    pub fn raw(&self) -> &str {
        &self.raw
    }
}

impl PartialEq for UnknownEvent {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
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
            .field("context_id", &self.context_id)
            .field("kind", &self.kind)
            .field("raw", &format_args!("<{} bytes>", self.raw.len()))
            .finish()
    }
}

impl Event {
    /// Returns the name of its type on the wire.
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

    /// Returns the identifier of its generation, if it has one.
    pub fn context_id(&self) -> Option<&ContextId> {
        match self {
            Self::Chunk(event) => event.context_id.as_ref(),
            Self::Timestamps(event) => event.context_id.as_ref(),
            Self::PhonemeTimestamps(event) => event.context_id.as_ref(),
            Self::FlushDone(event) => event.context_id.as_ref(),
            Self::Done(event) => event.context_id.as_ref(),
            Self::Error(event) => event.context_id.as_ref(),
            Self::Unknown(event) => event.context_id.as_ref(),
        }
    }
}
