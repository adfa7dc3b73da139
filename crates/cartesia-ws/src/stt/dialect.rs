//! What the two speech-to-text sockets do differently.

use std::time::Duration;

use cartesia_types::ApiError;
use cartesia_types::stt::{Gap, SttDecodeError, SttFormat};

use super::timeline::Timeline;
use crate::protocol::Message;

/// What an event means for the transcription as a whole.
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
    /// The service refuses a setting, and goes on.
    Refused(ApiError),
    /// The service gives up.
    Failed(ApiError),
}

/// One of the sockets: its messages, and what it keeps in mind.
pub(crate) trait Dialect: Send + Unpin + 'static {
    type Event: Message;
    /// What a caller may say besides audio.
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

    /// Takes a setting, and gives the message that tells the service.
    fn set(&mut self, setting: Self::Setting) -> String;

    /// Takes an event: adds what the caller gets, and says what it means.
    fn take(
        &mut self,
        event: Self::Event,
        timeline: &Timeline,
        out: &mut Vec<Self::Event>,
    ) -> Meaning;

    /// The connection is lost.
    fn lose(&mut self, out: &mut Vec<Self::Event>);

    /// The service closed the connection after it was asked to. Whether that is the announced end.
    fn end(&mut self, out: &mut Vec<Self::Event>) -> bool;

    /// Whether the service waits for the speaker to go on: then a pause of the source is silence.
    fn needs_silence(&self) -> bool;

    /// Whether text was given that is not final yet.
    fn has_pending_text(&self) -> bool;

    /// Whether the service owes its greeting.
    fn awaits_greeting(&self) -> bool;
}
