//! A map from every byte of a spoken text to its words and times.

mod matching;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod tests;
mod tokens;

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use self::matching::{find, from_the_end, joined, spread};
use self::tokens::{Token, Tokenizer, key};
use super::WordTiming;

/// Timestamps are rounded, and playing times too.
const ROUNDING: Duration = Duration::from_micros(2);

/// A text that is spoken, aligned with the words and times of the timestamps.
///
/// The service may speak words that are not in the text: "$1M" becomes "a million dollars". So words are
/// matched with the text in order, and words that do not match belong to the text between those that do.
/// The alignment never covers text that was not spoken; where it cannot tell, it covers less and says so.
///
/// Text, words and ends may come in any order, as they become known. The work is linear in their length.
///
/// ```
/// use std::time::Duration;
/// use cartesia_types::tts::{TextAlignment, WordTiming};
///
/// let mut alignment = TextAlignment::new();
/// alignment.push_text("It cost $1M, he said twice.");
/// let words = ["It", "cost", "a", "million", "dollars", "he", "said", "twice"];
/// let seconds = |n: usize| Duration::from_secs(n as u64);
/// for (n, word) in words.iter().enumerate() {
///     alignment.push_words(&[WordTiming::new(*word, seconds(n), seconds(n + 1))]);
/// }
/// let text = |heard| &alignment.text()[..alignment.heard(heard).text_end];
/// assert_eq!(text(seconds(4)), "It cost");
/// assert_eq!(text(seconds(5)), "It cost $1M,");
/// ```
///
/// `Debug` shows lengths, never the text.
#[doc(alias = "forced alignment")]
#[doc(alias = "karaoke")]
#[derive(Default)]
pub struct TextAlignment {
    text: String,
    /// Bytes of the text that were forgotten.
    base: usize,
    tokenizer: Tokenizer,
    words: Vec<AlignedWord>,
    /// Words that were forgotten.
    forgotten: usize,
    /// Words without a match yet, with their places in `words`.
    pending: Vec<String>,
    places: Vec<usize>,
    /// Bytes of the text that are covered.
    covered: usize,
    /// Ends of parts that are spoken as a whole: when, and up to where in the text.
    ends: Vec<(Duration, usize)>,
}

/// A word that is spoken, and what it covers of the text.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlignedWord {
    /// The word as the service wrote it.
    pub word: String,
    /// The start, counted from the start of the audio.
    pub start: Duration,
    /// The end. Never before the end of the word before it.
    pub end: Duration,
    /// The part of the text that it covers, in bytes, with the spaces and tags before it. Empty for a word
    /// that completes no part of the text: the first words of a number, or a word without a match.
    pub text: Range<usize>,
    /// Whether `text` is final. Otherwise the words after it decide.
    pub is_aligned: bool,
    /// Whether `text` is exact. Otherwise it may end earlier than what was spoken.
    pub is_exact: bool,
}

/// The part of a text that was heard; from [`TextAlignment::heard`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct HeardText {
    /// Bytes of the text whose words were heard to their end. Never more than was heard.
    pub text_end: usize,
    /// Whether `text_end` is exact. Otherwise more may have been heard: timestamps are missing, or do not
    /// tell which part of the text they belong to.
    pub is_exact: bool,
    /// Bytes of the text that were heard by the playing time alone; a guess. It is `text_end` if that is exact.
    pub likely_end: usize,
    /// Words that were heard to their end.
    pub words: usize,
    /// The fraction that was heard of the next word, from 0 to 1; `None` between words.
    pub cut: Option<f32>,
}

impl TextAlignment {
    /// Creates an alignment of an empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text.
    pub fn push_text(&mut self, text: &str) {
        // It is split when words arrive: many texts are spoken without timestamps.
        self.text.push_str(text);
    }

    /// Adds words, in the order in which they are spoken. Times count from the start of the audio.
    pub fn push_words(&mut self, words: &[WordTiming]) {
        self.tokenizer.read(&self.text, self.base, false);
        for timing in words {
            let last = self.words.last().map_or(Duration::ZERO, |word| word.end);
            let key = key(&timing.word);
            let silent = key.is_empty();
            self.words.push(AlignedWord {
                word: timing.word.clone(),
                start: timing.start,
                end: timing.end.max(last),
                text: self.covered..self.covered,
                is_aligned: silent && self.pending.is_empty(),
                is_exact: silent && self.pending.is_empty(),
            });
            if !silent {
                self.pending.push(key);
                self.places.push(self.words.len() - 1);
                self.align();
            }
        }
    }

    /// Marks the text up to `text_end` as completely spoken once `audio_end` of the audio was played. The
    /// words of that text have all been pushed, if there are any.
    pub fn complete(&mut self, text_end: usize, audio_end: Duration) {
        self.tokenizer.read(&self.text, self.base, true);
        self.tokenizer.close();
        let text_end = text_end.clamp(self.covered, self.base + self.text.len());
        let count = self.tokenizer.until(text_end);
        let tokens: Vec<&Token> = self.tokenizer.tokens.iter().take(count).collect();
        let (unknown, gap) = from_the_end(&tokens, &self.pending);
        let mut ends = spread(tokens.get(..gap).unwrap_or_default(), unknown);
        // The rest match one by one, with optional tokens between them.
        let mut at = gap;
        for word in self.pending.iter().skip(unknown) {
            while tokens.get(at).is_some_and(|token| token.key != *word) {
                at += 1;
            }
            at += 1;
            ends.push((at, true));
        }
        let ends: Vec<_> = ends
            .into_iter()
            .map(|(count, exact)| (tokens_end(&tokens, count), exact))
            .collect();
        self.assign(ends);
        self.tokenizer.cover(count);
        self.covered = text_end;
        let audio_end = self
            .ends
            .last()
            .map_or(audio_end, |(end, _)| audio_end.max(*end));
        self.ends.push((audio_end, text_end));
    }

    /// Returns the text, without the part that was [forgotten](Self::forget_spoken).
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the start of [`text`](Self::text), in bytes of the whole text: zero unless text was dropped.
    pub fn text_start(&self) -> usize {
        self.base
    }

    /// Returns a part of the text, in bytes of the whole text; `None` where it was forgotten, or a character
    /// is cut.
    pub fn slice(&self, range: Range<usize>) -> Option<&str> {
        let start = range.start.checked_sub(self.base)?;
        self.text.get(start..range.end.checked_sub(self.base)?)
    }

    /// Returns the words, in order, without those that were forgotten.
    pub fn words(&self) -> &[AlignedWord] {
        &self.words
    }

    /// Returns the part of the text that was heard when the first `audio` of the audio was played.
    pub fn heard(&self, audio: Duration) -> HeardText {
        let whole = |end: Duration| end <= audio.saturating_add(ROUNDING);
        let words = self.words.partition_point(|word| whole(word.end));
        let ends = self.ends.partition_point(|(end, _)| whole(*end));
        let last = words.checked_sub(1).and_then(|at| self.words.get(at));
        let by_word = last.map_or(self.base, |word| word.text.end);
        let by_end = ends.checked_sub(1).and_then(|at| self.ends.get(at));
        let text_end = by_end.map_or(by_word, |(_, end)| by_word.max(*end));

        // A word is being heard, or the next one is known not to be: nothing else is.
        let next = self.words.get(words);
        let cut = next.and_then(|word| progress(word, audio));
        let known_ahead = next.is_some() || audio.is_zero();
        let at_an_end = by_end.is_some_and(|(_, end)| *end >= by_word);
        let last_is_exact = last.is_none_or(|word| word.is_exact) || at_an_end;
        let after_all = self.rest_is_silent(text_end)
            || by_end.is_some_and(|(end, text)| *text == text_end && whole(*end) && *end >= audio);
        let by_last = last.is_some_and(|word| word.end >= audio);
        let is_exact = last_is_exact && (known_ahead || by_last || after_all);
        let likely_end = if is_exact {
            text_end
        } else {
            self.likely(audio, text_end, words)
        };
        HeardText {
            text_end,
            is_exact,
            likely_end,
            words: self.forgotten + words,
            cut,
        }
    }

    /// Forgets text that is spoken to the end of a part, and its words, to bound the memory of a text that
    /// never ends. Places in the text keep their numbers.
    pub fn forget_spoken(&mut self) {
        let Some((end, text)) = self.ends.last().copied() else {
            return;
        };
        let words = self
            .words
            .partition_point(|word| word.end <= end && word.is_aligned);
        self.words.drain(..words);
        self.forgotten += words;
        for place in &mut self.places {
            *place = place.saturating_sub(words);
        }
        self.text
            .drain(..text.saturating_sub(self.base).min(self.text.len()));
        self.base = self.base.max(text);
        // One is kept: it says from where and when the rest counts.
        self.ends.drain(..self.ends.len() - 1);
    }

    fn align(&mut self) {
        let tokens = &self.tokenizer.tokens;
        let Some(found) = find(tokens, &self.pending) else {
            return;
        };
        let gap: Vec<&Token> = tokens.iter().take(found.skipped).collect();
        let mut ends = spread(&gap, found.unknown);
        let run = self.pending.get(found.unknown..).unwrap_or_default();
        let matched = joined(tokens, found.skipped, run).map(|joined| joined.ends);
        ends.extend(matched.into_iter().flatten().map(|count| (count, true)));
        let count = ends.last().map_or(0, |(count, _)| *count);
        let end = |count: usize| Some(tokens.get(count.checked_sub(1)?)?.end);
        let ends = ends
            .into_iter()
            .map(|(count, exact)| (end(count), exact))
            .collect();
        self.assign(ends);
        self.tokenizer.cover(count);
    }

    /// Gives every pending word its part of the text, by where that ends; `None` if no token is complete.
    fn assign(&mut self, ends: Vec<(Option<usize>, bool)>) {
        let first = self.places.first().copied();
        for (place, (end, exact)) in self.places.drain(..).zip(ends) {
            if let Some(word) = self.words.get_mut(place) {
                let end = end.unwrap_or(self.covered).max(self.covered);
                word.text = self.covered..end;
                word.is_aligned = true;
                word.is_exact = exact;
                self.covered = end;
            }
        }
        self.pending.clear();
        // Words without letters between them.
        let Some(first) = first else {
            return;
        };
        let mut covered = self
            .words
            .get(first)
            .map_or(self.covered, |word| word.text.start);
        let mut exact = true;
        for word in self.words.iter_mut().skip(first) {
            if word.is_aligned {
                (covered, exact) = (word.text.end, word.is_exact);
            } else {
                word.text = covered..covered;
                word.is_aligned = true;
                word.is_exact = exact;
            }
        }
    }

    /// Whether nothing after this place of the text is spoken.
    fn rest_is_silent(&self, at: usize) -> bool {
        let rest = self.text.get(at.saturating_sub(self.base)..);
        rest.is_none_or(|rest| !super::speakable(rest))
    }

    /// A guess by the playing time: between two places whose times are known, or at the pace so far.
    fn likely(&self, audio: Duration, certain: usize, words: usize) -> usize {
        let exact = |word: &&AlignedWord| word.is_exact;
        let before = self.words.iter().take(words).rev().find(exact);
        let before = before.map(|word| (word.end, word.text.end));
        let end = self.ends.iter().rev().find(|(end, _)| *end <= audio);
        let from = before
            .max(end.copied())
            .unwrap_or((Duration::ZERO, self.base));
        let after = self.words.iter().skip(words).find(exact);
        let after = after.map(|word| (word.start, word.text.start));
        let end = self.ends.iter().find(|(end, _)| *end > audio).copied();
        let share = match (after, end) {
            (Some(to), Some(end)) => Some(to.min(end)),
            (to, end) => to.or(end),
        };
        let bytes = |seconds: f64, bytes: usize| seconds * to_float(bytes);
        let passed = audio.saturating_sub(from.0).as_secs_f64();
        let ahead = match share {
            Some(to) => {
                let whole = to.0.saturating_sub(from.0).as_secs_f64();
                let share = if whole > 0.0 { passed / whole } else { 1.0 };
                bytes(share.min(1.0), to.1.saturating_sub(from.1))
            }
            // As it went before.
            None if from.0 >= Duration::from_secs(1) => {
                bytes(passed, from.1) / from.0.as_secs_f64()
            }
            None => return certain,
        };
        certain.max(self.floor_to_word(from.1.saturating_add(to_count(ahead))))
    }

    /// The end of the last word before a place of the text.
    fn floor_to_word(&self, at: usize) -> usize {
        let mut at = at.saturating_sub(self.base).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let inside = self.text.get(at..).and_then(|rest| rest.chars().next());
        if inside.is_some_and(char::is_alphanumeric) {
            let before = self.text.get(..at).unwrap_or_default();
            at = before.rfind(char::is_whitespace).unwrap_or_default();
        }
        self.base + at
    }
}

/// Where the first `count` tokens end.
fn tokens_end(tokens: &[&Token], count: usize) -> Option<usize> {
    let last = tokens.get(count.checked_sub(1)?)?;
    Some(last.end)
}

/// How much of a word was heard.
fn progress(word: &AlignedWord, audio: Duration) -> Option<f32> {
    let heard = audio
        .checked_sub(word.start)
        .filter(|heard| !heard.is_zero())?;
    let whole = word.end.saturating_sub(word.start);
    Some((heard.as_secs_f32() / whole.as_secs_f32().max(f32::EPSILON)).min(1.0))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a guess, and lengths are far below 2⁵² bytes"
)]
fn to_float(bytes: usize) -> f64 {
    bytes as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never negative; a guess"
)]
fn to_count(bytes: f64) -> usize {
    bytes as usize
}

impl fmt::Debug for TextAlignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextAlignment")
            .field("text_bytes", &(self.base + self.text.len()))
            .field("covered", &self.covered)
            .field("words", &(self.forgotten + self.words.len()))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AlignedWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlignedWord")
            .field("start", &self.start)
            .field("end", &self.end)
            .field("text", &self.text)
            .field("is_aligned", &self.is_aligned)
            .field("is_exact", &self.is_exact)
            .finish_non_exhaustive()
    }
}
