//! Converts the words of a service to pieces for the layout.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::TimedWord;
use super::place;
use super::settings::millis;
use crate::script::is_spaced;
use crate::tts::control_tag::{sound_length, tag_length};

/// A word, or a part of a very long one. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Neither empty nor with white space, except spaces that forbid a break.
    pub(super) text: String,
    /// Whether a space separates it from the piece before.
    pub(super) spaced: bool,
    /// Never before the start of the piece before.
    pub(super) start: u64,
    /// Never before the start.
    pub(super) end: u64,
}

impl Piece {
    /// Columns on a screen.
    pub(super) fn width(&self) -> usize {
        self.text.width()
    }

    /// Characters that are read; combining marks do not count.
    pub(super) fn characters(&self) -> usize {
        self.text
            .chars()
            .filter(|c| c.width().unwrap_or_default() > 0)
            .count()
    }
}

/// Gathers what words show: without control tags, without spaces around them, in order of time, and no
/// piece wider than a line.
pub(super) struct Pieces {
    list: Vec<Piece>,
    sounds: bool,
    line_width: usize,
    latest: u64,
    /// Whether a space comes before the next piece.
    spaced: bool,
}

impl Pieces {
    pub(super) fn new(sounds: bool, line_width: usize) -> Self {
        Self {
            list: Vec::new(),
            sounds,
            line_width,
            latest: 0,
            spaced: false,
        }
    }

    /// Adds words. With the text that they come from, spaces and punctuation are those of the text.
    pub(super) fn add<W: TimedWord>(&mut self, words: &[W], text: Option<&str>) {
        let before = self.list.last().map_or("", |piece| piece.text.as_str());
        let shown = shown(words, text, self.sounds, before);
        for (word, shown) in words.iter().zip(shown) {
            self.spaced |= shown.starts_with(char::is_whitespace);
            if !shown.trim().is_empty() {
                let start = millis(word.start()).max(self.latest);
                let end = millis(word.end()).max(start);
                self.latest = start;
                let spaced = std::mem::take(&mut self.spaced);
                split(
                    &shown,
                    spaced,
                    (start, end),
                    self.line_width,
                    &mut self.list,
                );
            }
            self.spaced |= shown.ends_with(char::is_whitespace);
        }
        self.spaced |= text.is_some_and(|text| text.ends_with(char::is_whitespace));
    }

    pub(super) fn finish(mut self) -> Vec<Piece> {
        if let Some(first) = self.list.first_mut() {
            first.spaced = false;
        }
        self.list
    }
}

/// Every word without tags, with a space in front if one belongs there.
fn shown<W: TimedWord>(words: &[W], text: Option<&str>, sounds: bool, before: &str) -> Vec<String> {
    let clean = without_tags(words, sounds);
    if let Some(placed) =
        text.and_then(|text| place::in_text(&without_markup(text, sounds), &clean))
    {
        return placed;
    }
    if are_spaced_already(words) {
        return clean;
    }
    let mut before = before.to_owned();
    let mut spaced = Vec::with_capacity(clean.len());
    for word in clean {
        if word.is_empty() {
            spaced.push(word);
            continue;
        }
        let space = if is_spaced(&before, &word) { " " } else { "" };
        spaced.push(format!("{space}{word}"));
        before = word;
    }
    spaced
}

/// Whether the service wrote spaces into the words, as models that work with parts of words do: then they
/// are joined as they are.
fn are_spaced_already<W: TimedWord>(words: &[W]) -> bool {
    words
        .iter()
        .any(|word| word.word().trim_matches(is_break).len() != word.word().len())
}

/// The words without control tags, which may stretch over several words.
fn without_tags<W: TimedWord>(words: &[W], sounds: bool) -> Vec<String> {
    let separator = if are_spaced_already(words) { "" } else { " " };
    let mut joined = String::new();
    let mut places = Vec::with_capacity(words.len());
    for word in words {
        if !joined.is_empty() {
            joined.push_str(separator);
        }
        let start = joined.len();
        joined.push_str(word.word());
        places.push(start..joined.len());
    }
    let markup = markup(&joined, sounds);
    let mut next = 0;
    places
        .into_iter()
        .map(|place| {
            while markup.get(next).is_some_and(|tag| tag.end <= place.start) {
                next += 1;
            }
            outside(&joined, place, &markup[next..])
        })
        .collect()
}

/// The text of a place that is outside of these ranges, which are in order.
fn outside(text: &str, place: Range<usize>, ranges: &[Range<usize>]) -> String {
    let mut kept = String::new();
    let mut at = place.start;
    for range in ranges.iter().take_while(|range| range.start < place.end) {
        kept.push_str(text.get(at..range.start.max(at)).unwrap_or_default());
        at = range.end.max(at);
    }
    kept.push_str(text.get(at..place.end.max(at)).unwrap_or_default());
    // Control characters do not belong in captions.
    kept.retain(|c| !c.is_control() || c.is_whitespace());
    kept
}

/// A text without what is not spoken.
fn without_markup(text: &str, sounds: bool) -> String {
    outside(text, 0..text.len(), &markup(text, sounds))
}

/// Returns the ranges of control tags, and of sounds unless they are shown.
fn markup(text: &str, sounds: bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text
        .get(from..)
        .and_then(|rest| rest.find(['<', '[']))
        .map(|at| from + at)
    {
        let rest = text.get(at..).unwrap_or_default();
        let sound = || sound_length(rest).filter(|_| !sounds);
        let length = tag_length(rest).or_else(sound);
        if let Some(length) = length {
            found.push(at..at + length);
        }
        from = at + length.unwrap_or(1);
    }
    found
}

/// White space at which a text may be broken.
pub(super) fn is_break(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}')
}

/// Adds a word as one piece, or as several if it has spaces inside or is wider than a line. They share
/// its time by their lengths.
fn split(
    word: &str,
    mut spaced: bool,
    (start, end): (u64, u64),
    line_width: usize,
    pieces: &mut Vec<Piece>,
) {
    let mut parts: Vec<(&str, bool)> = Vec::new();
    for part in word.split(is_break).filter(|part| !part.trim().is_empty()) {
        let mut rest = part;
        while !rest.is_empty() {
            spaced |= rest.starts_with(char::is_whitespace);
            rest = rest.trim_start();
            let (head, tail) = rest.split_at(fitting(rest, line_width));
            parts.push((head.trim_end(), std::mem::take(&mut spaced)));
            spaced = head.ends_with(char::is_whitespace);
            rest = tail;
        }
        spaced = true;
    }
    parts.retain(|(part, _)| !part.is_empty());
    let whole: usize = parts.iter().map(|(part, _)| part.len()).sum();
    let time = |done: usize| start + (end - start).saturating_mul(done as u64) / whole as u64;
    let mut done = 0;
    for (part, spaced) in parts {
        let from = time(done);
        done += part.len();
        pieces.push(Piece {
            text: part.to_owned(),
            spaced,
            start: from,
            end: time(done),
        });
    }
}

/// Bytes of the longest start of a text that is not wider than a line, and not empty.
fn fitting(text: &str, line_width: usize) -> usize {
    let mut width = 0;
    let mut joined = false;
    for (at, c) in text.char_indices() {
        let columns = c.width().unwrap_or_default();
        width += columns;
        // Not before a combining mark, nor within an emoji of several.
        if at > 0 && width > line_width && columns > 0 && !joined {
            return at;
        }
        joined = c == '\u{200d}';
    }
    text.len()
}
