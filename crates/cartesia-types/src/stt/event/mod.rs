//! The messages of the speech-to-text sockets.
//!
//! All events come from the service except two, which clients that reconnect create: [`Gap`] and [`TurnCut`].
//! They are never on the wire of the service.

mod decode;
mod encode;

use std::fmt;
use std::time::Duration;

use super::TranscribedWord;
use crate::UnknownMessage;
use crate::error::ApiError;
use crate::language::Language;

pub use decode::SttDecodeError;

/// One message of `/stt/websocket`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LiveEvent {
    /// Text: an interim guess, or final.
    Transcript(Segment),
    /// A `finalize` is complete. A final transcript may still follow.
    FlushDone(SttNotice),
    /// The transcription is complete; the last message.
    Done(SttNotice),
    /// The service reports an error.
    Error(SttErrorEvent),
    /// Words may be missing here: a client lost the connection, and not all audio could be sent again.
    Gap(Gap),
    /// A message that this crate does not know.
    Unknown(UnknownMessage),
}

/// One message of `/stt/turns/websocket`.
///
/// A turn is `Start`, any number of `Update`s, and `End`. An `EagerEnd` means that the turn may be over;
/// `Resume` or `End` follows it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TurnEvent {
    /// The service is ready; the first message. Audio may be sent before it.
    Connected(SttNotice),
    /// A speaker began to speak: the moment to interrupt speech that is playing (barge-in).
    Start(SttNotice),
    /// The text of the turn so far.
    Update(TurnText),
    /// The turn may be over: the moment to begin work on an answer.
    EagerEnd(TurnText),
    /// The turn was not over: drop the work on an answer.
    Resume(SttNotice),
    /// The turn is over. Its text may be empty.
    End(TurnText),
    /// A client lost the connection within a turn: its text is void.
    Cut(TurnCut),
    /// Words may be missing here: a client lost the connection, and not all audio could be sent again.
    Gap(Gap),
    /// The service reports an error.
    Error(SttErrorEvent),
    /// A message that this crate does not know.
    Unknown(UnknownMessage),
}

/// Text of `/stt/websocket`: the transcript since the last final segment.
///
/// The whole transcript is the text of all final segments, joined byte for byte. A segment that is not
/// final is replaced by the next one.
///
/// `Debug` shows the number of characters and words, never the text.
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Segment {
    /// The text, with the spaces that join it to what came before; may be empty.
    pub text: String,
    /// Whether the text is final. If not, the next segment replaces it.
    pub is_final: bool,
    /// The length of the audio that the text covers.
    pub duration: Option<Duration>,
    /// The language that was spoken.
    pub language: Option<Language>,
    /// The words and when they are said, counted from the start of the audio.
    pub words: Vec<TranscribedWord>,
    /// The identifier to quote to the vendor's support.
    pub request_id: Option<String>,
}

/// A message without content of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SttNotice {
    /// The identifier to quote to the vendor's support.
    pub request_id: Option<String>,
}

/// The text of a turn so far. The service only appends to it.
///
/// `Debug` shows the number of characters, never the text.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TurnText {
    /// The whole text of the turn so far. The texts of turns are joined as they are.
    pub transcript: String,
    /// The number of leading bytes that earlier events of the turn already had. The client fills this in; it
    /// is not part of the message.
    pub known: usize,
    /// The identifier to quote to the vendor's support.
    pub request_id: Option<String>,
}

/// An error that the service reports on an open socket.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SttErrorEvent {
    /// The service's error.
    pub error: ApiError,
}

/// A span of audio that no transcript covers: words may be missing. Times count from the start of the
/// audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// The start of the span.
    pub start: Duration,
    /// The end of the span.
    pub end: Duration,
}

/// A turn that will not end, because the connection was lost. If its audio could be sent again, it is
/// transcribed again, in a turn that begins with another [`TurnEvent::Start`].
///
/// `Debug` shows the number of characters, never the text.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TurnCut {
    /// The text of the turn so far, which is void.
    pub transcript: String,
}

impl Segment {
    /// Creates a segment, for tests and servers.
    pub fn new(text: impl Into<String>, is_final: bool) -> Self {
        Self {
            text: text.into(),
            is_final,
            ..Self::default()
        }
    }

    /// Sets the words and when they are said.
    #[must_use]
    pub fn with_words(mut self, words: Vec<TranscribedWord>) -> Self {
        self.words = words;
        self
    }

    /// Sets the duration of the audio of the text.
    #[must_use]
    pub fn with_duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }
}

impl TurnText {
    /// Creates the text of a turn, for tests and servers.
    pub fn new(transcript: impl Into<String>) -> Self {
        Self {
            transcript: transcript.into(),
            ..Self::default()
        }
    }

    /// Returns the part of the text that earlier events of the turn did not have.
    pub fn added(&self) -> &str {
        self.transcript.get(self.known..).unwrap_or_default()
    }
}

impl Gap {
    /// Creates a span of the audio.
    pub const fn new(start: Duration, end: Duration) -> Self {
        Self { start, end }
    }
}

impl TurnCut {
    /// Creates a turn that was cut, and its text so far.
    pub fn new(transcript: impl Into<String>) -> Self {
        let transcript = transcript.into();
        Self { transcript }
    }
}

impl SttErrorEvent {
    /// Creates an error, for tests and servers.
    pub const fn new(error: ApiError) -> Self {
        Self { error }
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters = self.text.chars().count();
        f.debug_struct("Segment")
            .field("text", &format_args!("<{characters} characters>"))
            .field("is_final", &self.is_final)
            .field("duration", &self.duration)
            .field("language", &self.language)
            .field("words", &format_args!("<{} words>", self.words.len()))
            .field("request_id", &self.request_id)
            .finish()
    }
}

impl fmt::Debug for TurnText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters = self.transcript.chars().count();
        f.debug_struct("TurnText")
            .field("transcript", &format_args!("<{characters} characters>"))
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TurnCut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters = self.transcript.chars().count();
        f.debug_struct("TurnCut")
            .field("transcript", &format_args!("<{characters} characters>"))
            .finish()
    }
}
