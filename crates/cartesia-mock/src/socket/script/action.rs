//! The actions of scripts.

use serde::{Deserialize, Serialize};
use serde_json::Value;

const fn partial() -> u16 {
    206
}

const fn second() -> u64 {
    1_000
}

const fn yes() -> bool {
    true
}

/// The action of a rule of a [`Script`](crate::Script).
///
/// An action that needs a context does nothing where there is none, one for handshakes does nothing
/// later, one for messages does nothing at other moments, and one that an endpoint does not know does nothing
/// there. In place of a message ([`Moment::Messages`](crate::Moment::Messages), [`Fault::Message`](crate::Fault::Message))
/// work those that say so, and `UnknownType` (before it), `Say`, `Binary`, `Error`, `Done`, `DuplicateDone`,
/// `ChunkDone`, `EmptyData`, `OddData`, `Stall`, `StallSocket`, `Close`, `HangUp` and `Reset`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Action {
    /// Rejects the handshake with this status instead of 101.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// The body; without, an error in the shape of the request's version.
        #[serde(default)]
        body: Option<String>,
    },
    /// Delays the handshake, or the context, by this many milliseconds.
    Delay {
        /// Milliseconds.
        milliseconds: u64,
    },

    /// Breaks the TCP connection with a reset, after the messages before it were sent.
    Reset,
    /// Closes the TCP connection regularly, but without a close frame.
    HangUp,
    /// Stops reading and writing but keeps the connection open (half open).
    StallSocket,
    /// Closes with a close frame. Open contexts get nothing more.
    Close {
        /// The close code, sent even if it is invalid.
        code: u16,
        /// The reason; more than 123 bytes break the protocol.
        #[serde(default)]
        reason: String,
    },
    /// Answers no ping from here on.
    NoPong,
    /// Sends every message from here on as this many frames.
    Fragment {
        /// Frames for each message.
        frames: usize,
        /// Whether a ping comes after each frame but the last.
        #[serde(default)]
        pings: bool,
    },
    /// Adds fields that no client knows to every message from here on.
    UnknownFields,
    /// Writes optional fields as `null` in every message from here on.
    NullOptionals,

    /// Sends a message of a type that no client knows.
    UnknownType,
    /// Sends text that is not JSON. In place of a message: its first half.
    MalformedJson,
    /// Replaces a message: sends it with audio that is not base64.
    MalformedBase64,
    /// Replaces a message: sends it with bytes that are not UTF-8.
    MalformedUtf8,
    /// Drops a message.
    Drop,
    /// Replaces a message: sends it with another value in a field, for example of a wrong type.
    Set {
        /// The name of the field; `a.b` is `b` within `a`.
        field: String,
        /// Its value.
        value: Value,
    },
    /// Replaces a message: sends it without a field.
    Remove {
        /// The name of the field; `a.b` is `b` within `a`.
        field: String,
    },
    /// Replaces all messages from here on with pings, or with comments in an event stream.
    KeepAlive {
        /// The time between two of them.
        #[serde(default = "second")]
        milliseconds: u64,
    },
    /// Sends this text.
    Say {
        /// The text of the message.
        text: String,
    },
    /// Sends a binary message.
    Binary {
        /// How many bytes it has.
        bytes: usize,
    },
    /// Sends a chunk in one frame of at least this size; all of its audio is silence.
    BigFrame {
        /// Bytes of the frame.
        bytes: usize,
    },
    /// Sends a chunk for a context that the client did not open; its audio is silence.
    ForeignChunk {
        /// The context that it names.
        context_id: String,
    },
    /// Sends an error. With a context, it ends it, unless it is not `done`.
    Error {
        /// Its `status_code`.
        status: u16,
        /// Its `error_code`.
        #[serde(default)]
        code: Option<String>,
        /// Whether it names the context.
        #[serde(default = "yes")]
        context: bool,
        /// Its shape; without, that of the connection's version.
        #[serde(default)]
        shape: Option<ErrorShape>,
        /// Its `done`. When false, the context goes on.
        #[serde(default = "yes")]
        done: bool,
    },

    /// Stalls the context: it sends nothing more.
    Stall,
    /// Holds the context back until this many contexts of the connection were created; then they take turns.
    Interleave {
        /// Contexts that there must have been, with this one.
        contexts: u64,
    },
    /// Sends a chunk whose `data` is empty.
    EmptyData,
    /// Sends a chunk of three bytes of silence, which is not a whole number of samples in most encodings.
    OddData,
    /// Sends chunks of this many bytes of audio from here on; odd numbers split samples.
    ChunkSize {
        /// Bytes of audio; 0 counts as 1.
        bytes: usize,
    },
    /// Ends the context with an empty chunk that says `done`, and no `done`.
    ChunkDone,
    /// Sends an unrequested `flush_done`; also in speech to text.
    FlushDone,
    /// Ends the context now with `done`, even if text is left. In speech to text, sends `done`.
    Done {
        /// Its `status_code`.
        #[serde(default = "partial")]
        status: u16,
    },
    /// Ends the context with two `done`.
    DuplicateDone,
    /// Ends the context after this many more chunks of silence, with or without `done`. Meant for
    /// [`Moment::Cancel`](crate::Moment::Cancel).
    LateChunks {
        /// Chunks of 320 bytes.
        count: usize,
        /// Whether `done` follows.
        done: bool,
    },

    /// Speech to text: never sends `connected`, if it was not sent yet.
    NoConnected,
    /// Speech to text: leaves `words` out of transcripts from here on.
    NoWords,
    /// Speech to text: sends `flush_done` before the last transcript instead of after it, from here on.
    FlushFirst,
    /// Speech to text: does not answer when the client wishes to close, from here on.
    IgnoreClose,
    /// Speech to text: sends a transcript with this text, without words.
    Transcript {
        /// The text; may be empty.
        text: String,
        /// Whether it is final.
        is_final: bool,
    },
    /// Speech to text: sends an event of a turn, whatever the state of the turn.
    Turn {
        /// Which one.
        event: TurnEvent,
        /// The transcript in it.
        #[serde(default)]
        transcript: Option<String>,
    },
}

impl Action {
    /// Creates an error message with this status, which ends its context.
    pub fn error(status: u16) -> Self {
        Self::Error {
            status,
            code: None,
            context: true,
            shape: None,
            done: true,
        }
    }
}

/// The events of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnEvent {
    /// `turn.start`.
    Start,
    /// `turn.update`.
    Update,
    /// `turn.eager_end`.
    EagerEnd,
    /// `turn.resume`.
    Resume,
    /// `turn.end`.
    End,
}

/// The two shapes of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    /// `title`, `message`, `error_code` and `request_id`, as from 2026-03-01 on.
    Structured,
    /// One text in `error`, as before.
    Text,
}
