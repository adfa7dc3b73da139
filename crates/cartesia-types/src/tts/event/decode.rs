//! Decodes messages of every API version to events.
//!
//! Decoding is one pass over the text. The audio, which is nearly all of it, is borrowed from the
//! input and decoded from base64 straight into the buffer that the caller gets.

use std::borrow::Cow;
use std::fmt;

use super::wire::{Kind, Wire};
use super::{
    Chunk, Done, ErrorEvent, Event, FlushDone, PhonemeTimestamps, Timestamps, UnknownEvent,
};
use crate::error::ApiError;
use crate::json;
use crate::tts::{ContextId, timestamps};

/// A message whose needed part could not be decoded.
///
/// It names the generation when that could be read, so that a caller who serves many on one connection
/// can end just that one. It says where and why, never what: the message may hold a transcript or
/// audio.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a message of {length} bytes could not be decoded: {why}")]
pub struct DecodeError {
    context_id: Option<ContextId>,
    kind: DecodeErrorKind,
    length: usize,
    why: &'static str,
}

/// The part that could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The message as a whole: it is not a JSON object, or it is cut short.
    Message,
    /// The audio of a chunk: it is missing, or not base64.
    Audio,
}

impl DecodeError {
    /// Returns the identifier of the generation that lost the message; `None` if the message has no readable
    /// identifier.
    pub fn context_id(&self) -> Option<&ContextId> {
        self.context_id.as_ref()
    }

    /// Returns the part that could not be decoded.
    pub fn kind(&self) -> DecodeErrorKind {
        self.kind
    }
}

/// A message that was read but not decoded: enough to see which generation it belongs to.
///
/// For a client that serves many generations over one connection: route by
/// [`context_id`](Self::context_id), then [`decode`](Self::decode) with an identifier that is there
/// already, so that only the audio is copied.
pub struct EventMessage<'a> {
    message: &'a [u8],
    wire: Wire<'a>,
}

impl<'a> EventMessage<'a> {
    /// Reads a message. Apart from the identifiers, nothing in it has to be UTF-8.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when it is not a JSON object, or is broken before its end; it names the
    /// generation if that was read before the break. A broken message that could be neither audio, end
    /// nor error is no error: it decodes as [`Event::Unknown`].
    pub fn parse(message: &'a (impl AsRef<[u8]> + ?Sized)) -> Result<Self, DecodeError> {
        let message = message.as_ref();
        let wire = Wire::read(message);
        match wire.broken {
            Some(why) if wire.kind.is_none() || !wire.kind().is_optional() => Err(DecodeError {
                context_id: wire.context_id.as_deref().map(ContextId::from),
                kind: DecodeErrorKind::Message,
                length: message.len(),
                why,
            }),
            _ => Ok(Self { message, wire }),
        }
    }

    /// Returns the identifier of its generation, if it has one.
    pub fn context_id(&self) -> Option<&str> {
        self.wire.context_id.as_deref()
    }

    /// Decodes it, as an event of this generation.
    ///
    /// Timestamps that make no sense (a `null`, `NaN` or lone surrogate in a list, a time that no
    /// speech has) become [`Event::Unknown`] with their type: they are not audio, so they must not end
    /// it.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the message is a chunk and its audio is missing or not base64; it carries
    /// `context_id`.
    pub fn decode(self, context_id: Option<ContextId>) -> Result<Event, DecodeError> {
        let Self { message, wire } = self;
        Ok(match wire.kind() {
            kind if wire.broken.is_some() && kind.is_optional() => {
                Event::unknown(message, wire.kind, context_id)
            }
            Kind::Chunk => return wire.into_chunk(message, context_id),
            Kind::FlushDone => Event::FlushDone(FlushDone {
                context_id,
                flush_id: wire.flush_id,
            }),
            Kind::Done => Event::Done(Done { context_id }),
            Kind::Error => wire.into_error(message, context_id),
            Kind::Timestamps => {
                if let Some(words) = timestamps::words::read(wire.word_timestamps) {
                    Event::Timestamps(Timestamps { context_id, words })
                } else {
                    Event::unknown(message, Some("timestamps".into()), context_id)
                }
            }
            Kind::PhonemeTimestamps => {
                if let Some(phonemes) = timestamps::phonemes::read(wire.phoneme_timestamps) {
                    Event::PhonemeTimestamps(PhonemeTimestamps {
                        context_id,
                        phonemes,
                    })
                } else {
                    Event::unknown(message, Some("phoneme_timestamps".into()), context_id)
                }
            }
            Kind::Unknown => Event::unknown(message, wire.kind, context_id),
        })
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
    /// structured or text, unknown types and fields are kept or ignored. A field that is not needed
    /// may have any type. Only broken audio, and a message that is not JSON, is an error.
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
    /// [`DecodeError`] when the message is not a JSON object, or is a chunk whose audio is missing or
    /// not base64.
    pub fn from_json(message: &[u8]) -> Result<Self, DecodeError> {
        let message = EventMessage::parse(message)?;
        let context_id = message.context_id().map(ContextId::from);
        message.decode(context_id)
    }

    fn unknown(message: &[u8], kind: Option<Cow<'_, str>>, context_id: Option<ContextId>) -> Self {
        Self::Unknown(UnknownEvent {
            context_id,
            kind: kind.map(Cow::into_owned),
            raw: String::from_utf8_lossy(message).into(),
        })
    }
}

impl Wire<'_> {
    fn into_chunk(
        self,
        message: &[u8],
        context_id: Option<ContextId>,
    ) -> Result<Event, DecodeError> {
        let decoded = match self.data {
            Some(data) => json::bytes(data).map_err(|error| match error {
                json::NotBytes::NotText => "`data` is not a string",
                json::NotBytes::NotBase64 => "`data` is not base64",
            }),
            None => Err("it is a chunk without `data`"),
        };
        match decoded {
            Ok(data) => Ok(Event::Chunk(Chunk {
                context_id,
                data,
                step_time: self.step_time,
                flush_id: self.flush_id,
                done: self.done.unwrap_or(false),
            })),
            Err(why) => Err(DecodeError {
                context_id,
                kind: DecodeErrorKind::Audio,
                length: message.len(),
                why,
            }),
        }
    }

    fn into_error(self, message: &[u8], context_id: Option<ContextId>) -> Event {
        // Without a status the service failed in a way that it did not foresee.
        let status = self.status_code.unwrap_or(500);
        // An error is final unless it says otherwise.
        Event::Error(ErrorEvent {
            context_id,
            done: self.done.unwrap_or(true),
            error: Box::new(ApiError::from_event(status, message)),
        })
    }
}
