//! Speech to text: models, encodings, requests and transcripts of files; settings, commands and events of the
//! two sockets, and the transcript built from the events.

mod command;
mod encoding;
mod event;
mod format;
mod request;
mod spec;
mod transcript;
mod transcription;

pub use command::{LiveCommand, TurnsCommand};
pub use encoding::{SttEncoding, UnknownSttEncoding};
pub use event::{
    Gap, LiveEvent, Segment, SttDecodeError, SttErrorEvent, SttNotice, TurnCut, TurnEvent, TurnText,
};
pub use format::SttFormat;
pub use request::{TranscribeCompatibleRequest, TranscribeRequest};
pub use spec::{
    InvalidSttSpec, LiveSpec, MAX_KEYTERM_CHARACTERS, MAX_KEYTERMS, TurnSettings, TurnsSpec,
};
pub use transcript::Transcript;
pub use transcription::{TranscribedWord, Transcription};

crate::open::open_string! {
    /// A speech-to-text model.
    ///
    /// No endpoint lists the models; any string is sent as it is.
    SttModelId {
        /// Transcribes whole files, and audio on the socket with manual finalization (alias of its newest
        /// snapshot).
        INK_WHISPER = "ink-whisper",
        /// Snapshot of `ink-whisper`.
        INK_WHISPER_2025_06_04 = "ink-whisper-2025-06-04",
        /// Transcribes English only, on sockets only.
        INK_2 = "ink-2",
    }
}

impl Default for SttModelId {
    /// The model for whole files.
    fn default() -> Self {
        Self::INK_WHISPER
    }
}

crate::open::open_string! {
    /// The units that get timestamps in a transcript.
    TimestampGranularity {
        /// Every word.
        WORD = "word",
    }
}

crate::open::open_string! {
    /// The form of an answer of `POST /audio/transcriptions`, as the API that it imitates names it.
    TranscriptFormat {
        /// An object with the text.
        JSON = "json",
        /// An object with text, language, duration and, if asked for, words.
        VERBOSE_JSON = "verbose_json",
    }
}
