//! Which words a stretch of sound is.

use super::{SHORTEST, samples};
use crate::watermark::Finder;

/// A word that was heard.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// Whether it follows the word before without a space.
    pub(crate) glued: bool,
    /// Seconds from the start of the audio.
    pub(crate) start: f64,
    pub(crate) end: f64,
}

impl Word {
    /// The word with the space before it; the `first` of a text has none.
    pub(crate) fn spaced(&self, first: bool) -> String {
        let space = if first || self.glued { "" } else { " " };
        format!("{space}{}", self.text)
    }
}

/// Words as a text.
pub(crate) fn text(words: &[Word]) -> String {
    let words = words.iter().enumerate();
    words.map(|(at, word)| word.spaced(at == 0)).collect()
}

/// A stretch of sound, in seconds from the start of the audio.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch<'a> {
    /// The sound and some of the silence around it.
    pub(crate) samples: &'a [f32],
    /// Where the samples begin.
    pub(crate) from: f64,
    /// Where the sound begins and ends.
    pub(crate) start: f64,
    pub(crate) end: f64,
}

/// Recognizes the words of one recording, one stretch after the other.
#[derive(Debug)]
pub(crate) struct Recognizer {
    finder: Finder,
    heard: u64,
}

impl Recognizer {
    pub(crate) fn new(rate: u32) -> Self {
        let finder = Finder::new(rate);
        Self { finder, heard: 0 }
    }

    /// The words in a stretch: those that say what they are, or else the stretch itself as one that is known
    /// by its number. Sound that is shorter than any word is ignored.
    pub(crate) fn words(&mut self, stretch: Stretch<'_>) -> Vec<Word> {
        let Stretch {
            from, start, end, ..
        } = stretch;
        if end - start < SHORTEST {
            return Vec::new();
        }
        let found = self.finder.find(stretch.samples);
        if found.is_empty() {
            self.heard += 1;
            let text = format!("word{}", self.heard);
            return vec![Word {
                text,
                glued: false,
                start,
                end,
            }];
        }
        let mut starts: Vec<f64> = found.iter().map(|found| from + found.at).collect();
        starts[0] = start;
        let ends = starts[1..].iter().copied().chain([end]);
        let words: Vec<Word> = found
            .into_iter()
            .zip(starts.iter().zip(ends))
            .filter(|(found, _)| !found.text.is_empty())
            .map(|(found, (start, end))| Word {
                text: found.text,
                glued: found.glued,
                start: *start,
                end,
            })
            .collect();
        self.heard += words.len() as u64;
        words
    }
}

impl Stretch<'_> {
    /// From sample to sample of a recording, `margin` seconds more on both sides.
    pub(crate) fn of(
        recording: &[f32],
        rate: u32,
        (start, end): (usize, usize),
        margin: f64,
    ) -> Stretch<'_> {
        let margin = usize::try_from(samples(margin, rate)).unwrap_or(usize::MAX);
        let from = start.saturating_sub(margin);
        let to = end.saturating_add(margin).min(recording.len());
        let seconds = |at: usize| super::seconds(at as u64, rate);
        Stretch {
            samples: &recording[from..to],
            from: seconds(from),
            start: seconds(start),
            end: seconds(end),
        }
    }
}
