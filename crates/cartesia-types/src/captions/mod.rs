//! Captions and subtitles from words with times: SRT, WebVTT, JSON and plain text.
//!
//! The words come from speech to text (`Transcription::words`, live transcripts) or from the timestamps of
//! synthesis, whose words are timed as well: see [`TimedWord`]. [`CaptionSettings`] has the limits of
//! broadcasting guides.
//!
//! - No word is lost or repeated, and cues never overlap.
//! - Words are joined as their script asks: without spaces in Chinese and Japanese, and in Thai and its
//!   neighbours. With the text that the words come from ([`Captions::of_text`]), spaces and punctuation are
//!   exactly those of the text.
//! - The control tags of a text (`<break/>`, `<emotion/>`, `<spell>` and so on) and sounds (`[laughter]`)
//!   are left out.
//!
//! ```
//! use std::time::Duration;
//! use cartesia_types::captions::{CaptionSettings, Captions};
//! use cartesia_types::tts::WordTiming;
//!
//! let ms = Duration::from_millis;
//! let words = [
//!     WordTiming::new("Hello,", ms(0), ms(400)),
//!     WordTiming::new("world.", ms(400), ms(900)),
//! ];
//! let captions = Captions::new(&words, &CaptionSettings::default());
//! assert_eq!(
//!     captions.to_srt(),
//!     "1\n00:00:00,000 --> 00:00:00,900\nHello, world.\n"
//! );
//! ```

mod files;
mod layout;
mod place;
mod settings;
mod timing;
mod words;

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

pub use self::files::{CaptionFormat, UnknownCaptionFormat};
pub use self::settings::CaptionSettings;

use self::words::{Piece, Pieces};
use crate::seconds;
use crate::stt::TranscribedWord;
use crate::tts::WordTiming;

/// A word with the time at which it is spoken.
///
/// Implemented for the words of synthesis and of transcripts. Implement it for words of another kind to
/// make captions of them.
pub trait TimedWord {
    /// The word as the service wrote it. If any word of a list begins or ends with a space, the words are
    /// joined as they are.
    fn word(&self) -> &str;
    /// When it starts, from the start of the audio.
    fn start(&self) -> Duration;
    /// The end.
    fn end(&self) -> Duration;
}

macro_rules! timed_word {
    ($($word:ty),*) => {$(
        impl TimedWord for $word {
            fn word(&self) -> &str {
                &self.word
            }

            fn start(&self) -> Duration {
                self.start
            }

            fn end(&self) -> Duration {
                self.end
            }
        }
    )*};
}

timed_word!(WordTiming, TranscribedWord);

impl<W: TimedWord + ?Sized> TimedWord for &W {
    fn word(&self) -> &str {
        (**self).word()
    }

    fn start(&self) -> Duration {
        (**self).start()
    }

    fn end(&self) -> Duration {
        (**self).end()
    }
}

/// Joins words as their script asks, without control tags.
///
/// ```
/// use std::time::Duration;
/// use cartesia_types::captions::join_words;
/// use cartesia_types::tts::WordTiming;
///
/// let word = |word: &str| WordTiming::new(word, Duration::ZERO, Duration::ZERO);
/// assert_eq!(join_words(&[word("Hello,"), word("world")]), "Hello, world");
/// assert_eq!(join_words(&[word("你"), word("好")]), "你好");
/// ```
pub fn join_words<W: TimedWord>(words: &[W]) -> String {
    let mut pieces = Pieces::new(false, usize::MAX);
    pieces.add(words, None);
    let mut text = String::new();
    for piece in pieces.finish() {
        if piece.spaced {
            text.push(' ');
        }
        text.push_str(&piece.text);
    }
    text
}

/// Captions: cues in order of time, which never overlap.
///
/// `Debug` shows the number of cues, never their words.
#[doc(alias = "SRT")]
#[doc(alias = "WebVTT")]
#[doc(alias = "VTT")]
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
#[doc(alias = "subtitles")]
pub struct Captions {
    cues: Vec<Cue>,
}

/// Words that are shown together.
///
/// `Debug` shows the times, never the words.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cue {
    /// The time at which it appears, in whole milliseconds.
    pub start: Duration,
    /// The time at which it disappears: after the start, and never after the start of the next cue.
    pub end: Duration,
    /// The words, at least one.
    pub words: Vec<CueWord>,
}

/// A word of a cue. A word wider than a line is several.
///
/// `Debug` shows the times, never the word.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CueWord {
    /// The word without spaces around it.
    pub text: String,
    /// The start, in whole milliseconds.
    pub start: Duration,
    /// The end.
    pub end: Duration,
    /// Whether a space separates it from the word before, which may be in the cue before.
    pub spaced: bool,
    /// The line of the cue that it is on, from 0.
    pub line: usize,
}

impl Captions {
    /// Captions from words alone.
    pub fn new<W: TimedWord>(words: &[W], settings: &CaptionSettings) -> Self {
        let mut pieces = Pieces::new(settings.sounds, settings.limits().line_width);
        pieces.add(words, None);
        Self::build(pieces.finish(), settings)
    }

    /// Creates captions from words and their text: the transcript that was spoken or recognized. Spaces and
    /// punctuation are those of the text, up to the last of the words.
    ///
    /// Where the words are not those of the text (numbers that are spelled out, for example), this is
    /// [`new`](Self::new).
    ///
    /// ```
    /// use std::time::Duration;
    /// use cartesia_types::captions::{CaptionSettings, Captions};
    /// use cartesia_types::tts::WordTiming;
    ///
    /// let ms = Duration::from_millis;
    /// let words = [WordTiming::new("yes", ms(0), ms(400)), WordTiming::new("no", ms(400), ms(900))];
    /// let captions = Captions::of_text("“Yes – no?”", &words, &CaptionSettings::default());
    /// assert_eq!(captions.to_text(), "“Yes – no?”");
    /// ```
    pub fn of_text<W: TimedWord>(text: &str, words: &[W], settings: &CaptionSettings) -> Self {
        Self::of_parts([(text, words)], settings)
    }

    /// Captions from several texts, each with its words.
    pub(crate) fn of_parts<'t, W: TimedWord>(
        parts: impl IntoIterator<Item = (&'t str, impl AsRef<[W]>)>,
        settings: &CaptionSettings,
    ) -> Self {
        let mut pieces = Pieces::new(settings.sounds, settings.limits().line_width);
        for (text, words) in parts {
            pieces.add(words.as_ref(), Some(text));
        }
        Self::build(pieces.finish(), settings)
    }

    fn build(pieces: Vec<Piece>, settings: &CaptionSettings) -> Self {
        let limits = settings.limits();
        let cues = layout::cues(&pieces, &limits);
        let spoken: Vec<_> = cues.iter().map(|lines| spoken(&pieces, lines)).collect();
        let times = timing::times(&spoken, &limits);
        let mut next = pieces.into_iter();
        let cues = cues.iter().zip(times).map(|(lines, (start, end))| Cue {
            start: Duration::from_millis(start),
            end: Duration::from_millis(end),
            words: lines
                .iter()
                .enumerate()
                .flat_map(|(line, pieces)| pieces.clone().map(move |_| line))
                .zip(next.by_ref())
                .map(|(line, piece)| CueWord {
                    text: piece.text,
                    start: Duration::from_millis(piece.start),
                    end: Duration::from_millis(piece.end),
                    spaced: piece.spaced,
                    line,
                })
                .collect(),
        });
        Self {
            cues: cues.collect(),
        }
    }

    /// Returns the cues, in order of time.
    pub fn cues(&self) -> &[Cue] {
        &self.cues
    }

    /// Returns whether there are no cues.
    pub fn is_empty(&self) -> bool {
        self.cues.is_empty()
    }
}

/// The time of the words in these lines.
fn spoken(pieces: &[Piece], lines: &layout::Lines) -> timing::Spoken {
    let pieces = || lines.iter().flat_map(|line| &pieces[line.clone()]);
    let spaces = pieces().skip(1).filter(|piece| piece.spaced).count();
    timing::Spoken {
        start: pieces().next().map_or(0, |piece| piece.start),
        end: pieces().map(|piece| piece.end).max().unwrap_or_default(),
        characters: spaces + pieces().map(Piece::characters).sum::<usize>(),
    }
}

impl Cue {
    /// Returns the lines of the cue.
    pub fn lines(&self) -> Vec<String> {
        let lines = self.words.chunk_by(|a, b| a.line == b.line);
        lines.map(joined).collect()
    }

    /// Returns the text of the cue in one line.
    pub fn text(&self) -> String {
        joined(&self.words)
    }
}

/// Words with the spaces between them.
fn joined<'w>(words: impl IntoIterator<Item = &'w CueWord>) -> String {
    let mut text = String::new();
    for (index, word) in words.into_iter().enumerate() {
        if word.spaced && index > 0 {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

impl Serialize for Cue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<'c> {
            #[serde(with = "seconds")]
            start: Duration,
            #[serde(with = "seconds")]
            end: Duration,
            lines: Vec<String>,
            words: &'c [CueWord],
        }
        let wire = Wire {
            start: self.start,
            end: self.end,
            lines: self.lines(),
            words: &self.words,
        };
        wire.serialize(serializer)
    }
}

impl Serialize for CueWord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<'w> {
            word: &'w str,
            #[serde(with = "seconds")]
            start: Duration,
            #[serde(with = "seconds")]
            end: Duration,
        }
        let wire = Wire {
            word: &self.text,
            start: self.start,
            end: self.end,
        };
        wire.serialize(serializer)
    }
}

impl fmt::Debug for Captions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Captions")
            .field("cues", &self.cues.len())
            .finish()
    }
}

impl fmt::Debug for Cue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cue")
            .field("start", &self.start)
            .field("end", &self.end)
            .field("words", &self.words.len())
            .finish()
    }
}

impl fmt::Debug for CueWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CueWord")
            .field("start", &self.start)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
