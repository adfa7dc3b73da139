//! The differences between the two speech-to-text sockets.

use std::time::Duration;

use cartesia_types::ApiError;
use cartesia_types::stt::{Gap, SttDecodeError, SttFormat};

use super::timeline::Timeline;
use crate::protocol::Message;

/// The meaning of an event for the transcription as a whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Meaning {
    Nothing,
    /// An event that answers nothing.
    Noise,
    /// Final text covers the audio up to this time of the caller's audio.
    Covers(Duration),
    /// Final text covers all audio that the service has read.
    CoversRead,
    /// A finalize is answered.
    Answered,
    /// The announced end.
    Done,
    /// The service rejects a setting, and continues.
    Refused(ApiError),
    /// The service ends the transcription with an error.
    Failed(ApiError),
}

/// One of the sockets: its messages and its state.
pub(crate) trait Dialect: Send + Unpin + 'static {
    type Event: Message;
    /// The settings that a caller may send besides audio.
    type Setting: Send;

    const CONNECT: &'static str;
    const CONNECTION: &'static str;
    const STREAM: &'static str;

    fn format(&self) -> SttFormat;

    /// Path and query.
    fn path(&self) -> String;

    fn decode(message: &[u8]) -> Result<Self::Event, SttDecodeError>;

    fn gap(gap: Gap) -> Self::Event;

    /// The event of a setting that the service refused.
    fn refused(error: ApiError) -> Self::Event;

    /// The message that ends the transcription.
    fn close_message() -> String;

    /// Applies a setting, and returns its message to the service.
    fn set(&mut self, setting: Self::Setting) -> String;

    /// Handles an event: adds the events for the caller, and returns its meaning.
    fn take(
        &mut self,
        event: Self::Event,
        timeline: &Timeline,
        out: &mut Vec<Self::Event>,
    ) -> Meaning;

    /// The connection is lost.
    fn lose(&mut self, out: &mut Vec<Self::Event>);

    /// Handles a close that we requested. Returns whether that is the announced end.
    fn end(&mut self, out: &mut Vec<Self::Event>) -> bool;

    /// Returns whether a turn is open: then a pause of the source is sent as silence.
    fn needs_silence(&self) -> bool;

    /// Returns whether there is interim text.
    fn has_pending_text(&self) -> bool;

    /// Returns whether the service has not sent its greeting yet.
    fn awaits_greeting(&self) -> bool;
}
