//! The answer of `POST /stt`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::captions::{CaptionSettings, Captions};
use crate::language::Language;
use crate::seconds;
use crate::tts::WordTiming;

/// The transcript of a file.
///
/// `Debug` shows the number of characters and words, never the text.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
#[doc(alias = "transcript")]
pub struct Transcription {
    /// The type that the answer names: `transcript`. Older answers do not say.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The text; empty when nothing was said.
    #[serde(deserialize_with = "crate::null::null_as_default")]
    pub text: String,
    /// The language that was spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The duration of the audio; seconds on the wire.
    #[serde(
        default,
        with = "seconds::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub duration: Option<Duration>,
    /// The words and when they are said; only when asked for.
    #[serde(
        default,
        deserialize_with = "crate::null::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub words: Vec<TranscribedWord>,
    /// The identifier to quote to the vendor's support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Meaningless for a whole file; deprecated by the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_final: Option<bool>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Transcription {
    /// Creates a transcription, for tests and servers.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            kind: Some("transcript".to_owned()),
            text: text.into(),
            ..Self::default()
        }
    }

    /// Captions of the words, with the spaces and the punctuation of the text. Empty if no words were
    /// asked for.
    pub fn captions(&self, settings: &CaptionSettings) -> Captions {
        Captions::of_text(&self.text, &self.words, settings)
    }
}

impl fmt::Debug for Transcription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters = self.text.chars().count();
        f.debug_struct("Transcription")
            .field("text", &format_args!("<{characters} characters>"))
            .field("language", &self.language)
            .field("duration", &self.duration)
            .field("words", &format_args!("<{} words>", self.words.len()))
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// A word and when it is said, counted from the start of the audio.
///
/// `Debug` shows the times, never the word.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TranscribedWord {
    /// The word as the service wrote it: it may start with a space. [`text`](Self::text) is without.
    pub word: String,
    /// The start; seconds on the wire.
    #[serde(with = "seconds")]
    pub start: Duration,
    /// The end; seconds on the wire.
    #[serde(with = "seconds")]
    pub end: Duration,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl TranscribedWord {
    /// Creates a word from `start` to `end`, for tests and servers.
    pub fn new(word: impl Into<String>, start: Duration, end: Duration) -> Self {
        Self {
            word: word.into(),
            start,
            end,
            extra: Map::new(),
        }
    }

    /// Returns the word without spaces around it.
    pub fn text(&self) -> &str {
        self.word.trim()
    }
}

impl From<TranscribedWord> for WordTiming {
    /// The word as synthesis writes it: without spaces around it.
    fn from(word: TranscribedWord) -> Self {
        Self::new(word.text(), word.start, word.end)
    }
}

impl fmt::Debug for TranscribedWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TranscribedWord")
            .field("start", &self.start)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
