//! The transcript of a live transcription, put together from its events.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use super::{Gap, LiveEvent, Segment, TranscribedWord, TurnEvent};
use crate::captions::{CaptionSettings, Captions};

/// A transcript that grows with events: final text, words with times, and the interim text that is shown
/// meanwhile.
///
/// It accepts the events of one transcription, of either socket, across reconnects: final text stays,
/// repeated words are dropped, and spans without a transcript are in [`gaps`](Self::gaps).
///
/// `Debug` shows the number of characters and words, never the text.
///
/// ```
/// use cartesia_types::stt::{LiveEvent, Segment, Transcript};
///
/// let mut transcript = Transcript::new();
/// transcript.push(&LiveEvent::Transcript(Segment::new("Two tickets to", false)));
/// assert_eq!((transcript.text(), transcript.interim()), ("", "Two tickets to"));
/// transcript.push(&LiveEvent::Transcript(Segment::new("Two tickets to New York", true)));
/// transcript.push(&LiveEvent::Transcript(Segment::new(" for tomorrow.", true)));
/// assert_eq!(transcript.text(), "Two tickets to New York for tomorrow.");
/// ```
#[derive(Clone, PartialEq, Default)]
pub struct Transcript {
    text: String,
    interim: String,
    words: Vec<TranscribedWord>,
    parts: Vec<Part>,
    gaps: Vec<Gap>,
    /// The connection of the last final segment, as far as the service names it.
    request_id: Option<String>,
}

/// One final segment or turn.
#[derive(Clone, PartialEq)]
struct Part {
    text: Range<usize>,
    words: Range<usize>,
    duration: Option<Duration>,
}

impl Transcript {
    /// Creates a transcript without words.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an event of the socket on which the client ends utterances.
    pub fn push(&mut self, event: &LiveEvent) {
        match event {
            LiveEvent::Transcript(segment) => self.push_segment(segment),
            LiveEvent::Gap(gap) => self.push_gap(*gap),
            _ => {}
        }
    }

    /// Takes an event of the socket on which the service ends turns. Its words have no times.
    pub fn push_turn(&mut self, event: &TurnEvent) {
        match event {
            TurnEvent::Start(_) | TurnEvent::Cut(_) => self.interim.clear(),
            TurnEvent::Update(turn) | TurnEvent::EagerEnd(turn) => {
                self.interim.clone_from(&turn.transcript);
            }
            TurnEvent::End(turn) => {
                self.interim.clear();
                self.append(&turn.transcript, &[], None);
            }
            TurnEvent::Gap(gap) => self.push_gap(*gap),
            _ => {}
        }
    }

    fn push_segment(&mut self, segment: &Segment) {
        let (text, words) = self.without_repeats(segment);
        if segment.is_final {
            self.append(text, words, segment.duration);
            self.interim.clear();
            self.request_id.clone_from(&segment.request_id);
        } else {
            text.clone_into(&mut self.interim);
        }
    }

    fn push_gap(&mut self, gap: Gap) {
        // The connection that guessed it is gone, and so is its audio.
        self.interim.clear();
        self.gaps.push(gap);
    }

    fn append(&mut self, text: &str, words: &[TranscribedWord], duration: Option<Duration>) {
        if text.is_empty() && words.is_empty() {
            return;
        }
        let (text_start, words_start) = (self.text.len(), self.words.len());
        self.text.push_str(text);
        self.words.extend_from_slice(words);
        self.parts.push(Part {
            text: text_start..self.text.len(),
            words: words_start..self.words.len(),
            duration,
        });
    }

    /// A segment without the words at its start that are known: audio that a client sends again over a
    /// new connection is transcribed again. The same word must be heard at the same time.
    fn without_repeats<'s>(&self, segment: &'s Segment) -> (&'s str, &'s [TranscribedWord]) {
        let (text, words) = (segment.text.as_str(), segment.words.as_slice());
        let same_connection = segment.request_id.is_some() && segment.request_id == self.request_id;
        if same_connection {
            return (text, words);
        }
        let repeated = words.iter().take_while(|word| self.knows(word)).count();
        let (known, new) = words.split_at(repeated);
        match after_words(text, known) {
            Some(rest) => (rest, new),
            None => (text, words),
        }
    }

    fn knows(&self, word: &TranscribedWord) -> bool {
        let overlaps = |known: &&TranscribedWord| known.start < word.end && word.start < known.end;
        // Words are in order of time, so those of the same time are at the end.
        let latest = self
            .words
            .iter()
            .rev()
            .take_while(|known| known.end > word.start);
        latest.filter(overlaps).any(|known| is_same(known, word))
    }

    /// Returns all final text, byte for byte as the service joins it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text that is not final yet: it follows [`text`](Self::text), and the next event may change
    /// it.
    pub fn interim(&self) -> &str {
        &self.interim
    }

    /// Returns all final words with times, from the start of the audio. Turns have none.
    pub fn words(&self) -> &[TranscribedWord] {
        &self.words
    }

    /// Spans of the audio that no transcript covers, in order.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Returns whether there is no text, not even interim text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.interim.is_empty()
    }

    /// Captions of the final words, with the spaces and the punctuation of the text.
    ///
    /// Final text that came without times is timed by its length, after what came before. Turns have no
    /// times at all: their captions are a rough guess.
    pub fn captions(&self, settings: &CaptionSettings) -> Captions {
        let mut at = Duration::ZERO;
        let parts = self.parts.iter().map(|part| {
            let text = &self.text[part.text.clone()];
            let words = &self.words[part.words.clone()];
            let words: Cow<'_, [TranscribedWord]> = if words.is_empty() {
                let length = part.duration.unwrap_or_else(|| estimate(text));
                vec![TranscribedWord::new(text, at, at + length)].into()
            } else {
                words.into()
            };
            at = words.last().map_or(at, |word| word.end.max(at));
            (text, words)
        });
        Captions::of_parts(parts, settings)
    }
}

/// How long it takes to say a text, roughly: 15 characters a second.
fn estimate(text: &str) -> Duration {
    let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    Duration::from_secs(1) * characters / 15
}

/// Whether two words are the same, punctuation and capitals aside.
fn is_same(a: &TranscribedWord, b: &TranscribedWord) -> bool {
    let letters = |word: &str| -> String {
        let letters = word.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    letters(&a.word) == letters(&b.word)
}

/// What follows these words in a text that begins with them; `None` if it does not.
fn after_words<'t>(text: &'t str, words: &[TranscribedWord]) -> Option<&'t str> {
    let mut rest = text;
    for word in words {
        let word = word.text();
        let at = rest.find(word)?;
        let (skipped, found) = rest.split_at(at);
        if skipped.contains(char::is_alphanumeric) {
            return None;
        }
        rest = &found[word.len()..];
    }
    // Marks that are attached to the last word belong to it.
    let marks = |c: char| !c.is_alphanumeric() && !c.is_whitespace();
    let attached = if words.is_empty() {
        rest
    } else {
        rest.trim_start_matches(marks)
    };
    Some(attached)
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters = self.text.chars().count();
        f.debug_struct("Transcript")
            .field("text", &format_args!("<{characters} characters>"))
            .field("words", &format_args!("<{} words>", self.words.len()))
            .field("gaps", &self.gaps)
            .finish_non_exhaustive()
    }
}
