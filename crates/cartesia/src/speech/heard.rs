//! The part of speech that was heard.

use std::fmt;
use std::time::Duration;

use cartesia_types::tts::WordTiming;

/// The part of a text that was heard; from [`Speech::interrupt`](super::Speech::interrupt) and
/// [`Speech::heard`](super::Speech::heard) for a turn, and from [`Spoken::heard`](super::Spoken::heard) for one
/// utterance.
///
/// `text` followed by `rest` is the whole text. `text` ends with the last word that was heard to its end: put
/// it unchanged into the history of a conversation. `Debug` shows lengths, never the text.
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Heard {
    /// The text that was heard: a prefix of the whole text. Utterances are joined with a space where neither
    /// side has one.
    pub text: String,
    /// The text after it.
    pub rest: String,
    /// Whether `text` is exact. If not, it may be too short, but it is never too long. That happens if the
    /// service sent no timestamps, or if they could not be matched with the text.
    pub is_exact: bool,
    /// An estimate of the text that was heard, from the playing time; the same as `text` if that is exact.
    pub likely_text: String,
    /// The number of words that were heard to their end. The service splits words: "$1M" may be three of them.
    pub words: usize,
    /// The word that was cut off, if it is known.
    pub cut: Option<CutWord>,
    /// Playing time of the audio that was heard.
    pub audio: Duration,
    /// Whether everything was heard.
    pub is_complete: bool,
    /// The words that were heard to their end, with their text as it was written and when they were heard,
    /// counted from the start of `audio`: for captions of what was heard.
    pub timings: Vec<WordTiming>,
}

/// A word that was heard in part.
///
/// `Debug` shows the fraction, never the word.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct CutWord {
    /// The word as the service wrote it.
    pub word: String,
    /// The fraction that was heard, from 0 to 1.
    pub heard: f32,
}

impl Heard {
    /// Puts what was heard of the next utterance after this one.
    pub(super) fn append(&mut self, next: Self) {
        let before = if self.rest.is_empty() {
            &self.text
        } else {
            &self.rest
        };
        let first = if next.text.is_empty() {
            &next.rest
        } else {
            &next.text
        };
        let spaced = before.is_empty()
            || first.is_empty()
            || before.ends_with(char::is_whitespace)
            || first.starts_with(char::is_whitespace);
        let gap = if spaced { "" } else { " " };
        if !next.text.is_empty() {
            self.text.push_str(gap);
            self.likely_text.push_str(gap);
        }
        if next.text.is_empty() {
            self.rest.push_str(gap);
        }
        self.text.push_str(&next.text);
        self.likely_text.push_str(&next.likely_text);
        self.rest.push_str(&next.rest);
        self.is_exact &= next.is_exact;
        self.words += next.words;
        self.cut = next.cut.or(self.cut.take());
        let offset = self.audio;
        self.timings.extend(next.timings.into_iter().map(|timing| {
            WordTiming::new(timing.word, timing.start + offset, timing.end + offset)
        }));
        self.audio += next.audio;
        self.is_complete &= next.is_complete;
    }

    /// Nothing, heard whole.
    pub(super) fn nothing() -> Self {
        Self {
            is_exact: true,
            is_complete: true,
            ..Self::default()
        }
    }
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heard")
            .field("text_bytes", &self.text.len())
            .field("rest_bytes", &self.rest.len())
            .field("is_exact", &self.is_exact)
            .field("words", &self.words)
            .field("cut", &self.cut)
            .field("audio", &self.audio)
            .field("is_complete", &self.is_complete)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CutWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CutWord")
            .field("heard", &self.heard)
            .finish_non_exhaustive()
    }
}
