//! The plan: the transcript as a sequence of words and silences with durations.

use std::collections::VecDeque;

use super::markup::{Item, Markup, is_ideograph};
use super::phonemes::{self, Phoneme};
use super::{Micros, SECOND};
use crate::watermark::Watermark;

/// Silence before the first word.
const LEAD_IN: Micros = 40_000;
/// Silence after every word.
const GAP: Micros = 60_000;
const COMMA: Micros = 140_000;
const SENTENCE: Micros = 280_000;
const PER_LETTER: Micros = 60_000;
const PER_IDEOGRAPH: Micros = 180_000;
const PER_SPELLED_LETTER: Micros = 220_000;
/// No word is shorter, or it would be all attack and release.
const SHORTEST_WORD: Micros = 120_000;

/// The delivery of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Delivery {
    /// A factor; 1 is normal.
    pub(crate) speed: f64,
    /// A factor; 1 is normal.
    pub(crate) volume: f64,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            speed: 1.0,
            volume: 1.0,
        }
    }
}

/// A stretch of the audio.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Segment {
    Silence(Micros),
    Sound(Sound),
}

/// A word, or a noise.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sound {
    /// As it was written, with its punctuation; `None` for what is no word.
    pub(super) written: Option<String>,
    /// The spoken parts: one for most words, several for numbers and spelled words.
    pub(super) parts: Vec<Part>,
    pub(super) volume: f64,
    /// The watermark by which it is recognized.
    pub(super) watermark: Option<Watermark>,
}

impl Sound {
    pub(super) fn ends_a_sentence(&self) -> bool {
        let written = self.written.as_deref().unwrap_or_default();
        pause_after(written) == SENTENCE
    }
}

/// A spoken word.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) spoken: String,
    pub(super) phonemes: Vec<(Phoneme, Micros)>,
}

/// Yields the segments of a transcript.
#[derive(Debug)]
pub(super) struct Plan {
    markup: Markup,
    delivery: Delivery,
    spelling: bool,
    next: VecDeque<Segment>,
}

impl Plan {
    pub(super) fn new(transcript: String, delivery: Delivery) -> Self {
        let next = VecDeque::from([Segment::Silence(LEAD_IN)]);
        Self {
            markup: Markup::new(transcript),
            delivery,
            spelling: false,
            next,
        }
    }

    /// Adds text at the end of the transcript.
    pub(super) fn extend(&mut self, text: &str) {
        self.markup.extend(text);
    }

    /// Speaks the text that follows in another way.
    pub(super) fn set_delivery(&mut self, delivery: Delivery) {
        self.delivery = delivery;
    }

    /// Returns the speed of the next words.
    pub(super) fn speed(&self) -> f64 {
        self.delivery.speed
    }

    fn add_word(&mut self, written: String, glued: bool) {
        let mut parts = if self.spelling {
            spelled(&written)
        } else {
            spoken(&written)
        };
        let pause = GAP + pause_after(&written);
        if !parts.is_empty() {
            for (_, duration) in parts.iter_mut().flat_map(|part| &mut part.phonemes) {
                *duration = self.scaled(*duration);
            }
            let watermark = Watermark::new(&written, glued);
            make_room(&mut parts, watermark.as_ref());
            let volume = self.delivery.volume;
            self.next.push_back(Segment::Sound(Sound {
                written: Some(written),
                parts,
                volume,
                watermark,
            }));
        }
        self.next.push_back(Segment::Silence(self.scaled(pause)));
    }

    fn add_laughter(&mut self) {
        let phonemes = phonemes::of("haha")
            .into_iter()
            .map(|phoneme| (phoneme, 100_000))
            .collect();
        let parts = vec![Part {
            spoken: String::new(),
            phonemes,
        }];
        let volume = self.delivery.volume;
        self.next.push_back(Segment::Sound(Sound {
            written: None,
            parts,
            volume,
            watermark: Watermark::new("", false),
        }));
        self.next.push_back(Segment::Silence(GAP));
    }

    fn scaled(&self, duration: Micros) -> Micros {
        #[expect(
            clippy::cast_precision_loss,
            reason = "durations of words are far below 2⁵² µs"
        )]
        let seconds = duration as f64 / SECOND as f64;
        super::markup::micros(seconds / self.delivery.speed)
    }
}

impl Iterator for Plan {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        while self.next.is_empty() {
            match self.markup.next()? {
                Item::Word { written, glued } => self.add_word(written, glued),
                Item::Break(duration) => self.next.push_back(Segment::Silence(duration)),
                Item::Speed(speed) => self.delivery.speed = speed,
                Item::Volume(volume) => self.delivery.volume = volume,
                Item::Spell(spelling) => self.spelling = spelling,
                Item::Laughter => self.add_laughter(),
                Item::Nothing => {}
            }
        }
        self.next.pop_front()
    }
}

/// Lets the last sound last until the watermark has fitted in: a short word with much around it, or a fast
/// one.
fn make_room(parts: &mut [Part], watermark: Option<&Watermark>) {
    let needed = watermark.map_or(0, Watermark::duration);
    let durations = parts.iter().flat_map(|part| &part.phonemes);
    let total: Micros = durations.map(|(_, duration)| duration).sum();
    let last = parts.last_mut().and_then(|part| part.phonemes.last_mut());
    if let Some((_, duration)) = last {
        *duration += needed.saturating_sub(total);
    }
}

/// Silence for the punctuation at the end of a word.
fn pause_after(written: &str) -> Micros {
    let last = written
        .chars()
        .rev()
        .find(|c| !matches!(c, '"' | '\'' | ')' | ']' | '”' | '’' | '»'));
    match last {
        Some('.' | '!' | '?' | '…' | '。' | '！' | '？' | '।' | '؟') => SENTENCE,
        Some(',' | ';' | ':' | '，' | '、' | '；' | '：' | '،' | '-' | '–' | '—') => COMMA,
        _ => 0,
    }
}

/// A word as it is read: runs of letters, and digits one by one.
fn spoken(written: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for run in written.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’')) {
        let mut letters = String::new();
        for c in run.chars() {
            match phonemes::digit_name(c) {
                Some(name) => {
                    parts.extend(part(&std::mem::take(&mut letters)));
                    parts.extend(part(name));
                }
                None => letters.push(c),
            }
        }
        parts.extend(part(&letters));
    }
    if parts.is_empty() {
        let symbols: String = written.chars().filter(|c| is_symbol(*c)).collect();
        parts.extend(part(&symbols));
    }
    parts
}

/// Signs that are spoken where they stand alone, unlike punctuation: currencies, arrows, emoji.
fn is_symbol(c: char) -> bool {
    matches!(
        c,
        '#' | '$' | '%' | '&' | '+' | '=' | '@' | '§' | '©' | '®' | '°' | '±' | '×' | '÷'
    ) || matches!(u32::from(c), 0x20a0..0x20d0 | 0x2100..0x2c00 | 0x1_f000..0x1_fb00)
}

/// A run of letters; `None` when there is nothing to say.
fn part(spoken: &str) -> Option<Part> {
    let sounding: String = spoken
        .chars()
        .filter(|c| c.is_alphanumeric() || is_symbol(*c))
        .collect();
    let mut phonemes: Vec<_> = phonemes::of(&sounding)
        .into_iter()
        .map(|phoneme| {
            let per_letter = if phoneme.symbol.chars().any(is_ideograph) {
                PER_IDEOGRAPH
            } else {
                PER_LETTER
            };
            let duration = per_letter * Micros::from(phoneme.letters);
            (phoneme, duration)
        })
        .collect();
    let total: Micros = phonemes.iter().map(|(_, duration)| duration).sum();
    let (_, last) = phonemes.last_mut()?;
    *last += SHORTEST_WORD.saturating_sub(total);
    Some(Part {
        spoken: spoken.to_owned(),
        phonemes,
    })
}

/// A word letter by letter.
fn spelled(written: &str) -> Vec<Part> {
    let letters = written.chars().filter(|c| c.is_alphanumeric());
    letters
        .map(|c| {
            let name = phonemes::digit_name(c).map_or_else(|| c.to_string(), str::to_owned);
            let sounds = phonemes::of(&name);
            let share = PER_SPELLED_LETTER / Micros::try_from(sounds.len().max(1)).unwrap_or(1);
            let phonemes = sounds.into_iter().map(|sound| (sound, share)).collect();
            Part {
                spoken: name,
                phonemes,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(transcript: &str, speed: f64) -> Vec<Segment> {
        Plan::new(transcript.to_owned(), Delivery { speed, volume: 1.0 }).collect()
    }

    fn length(segments: &[Segment]) -> Micros {
        let of = |segment: &Segment| match segment {
            Segment::Silence(duration) => *duration,
            Segment::Sound(sound) => sound
                .parts
                .iter()
                .flat_map(|part| &part.phonemes)
                .map(|(_, duration)| duration)
                .sum(),
        };
        segments.iter().map(of).sum()
    }

    fn spoken_words(transcript: &str) -> Vec<String> {
        let words = plan(transcript, 1.0)
            .into_iter()
            .filter_map(|segment| match segment {
                Segment::Sound(sound) => Some(sound.parts.into_iter().map(|part| part.spoken)),
                Segment::Silence(_) => None,
            });
        words.flatten().collect()
    }

    #[test]
    fn the_duration_follows_the_text() {
        assert_eq!(length(&plan("Hello", 1.0)), LEAD_IN + 5 * PER_LETTER + GAP);
        assert_eq!(length(&plan("I", 1.0)), LEAD_IN + SHORTEST_WORD + GAP);
        assert_eq!(
            length(&plan("Hello.", 1.0)) - length(&plan("Hello", 1.0)),
            SENTENCE
        );
        assert_eq!(
            length(&plan("Hello,", 1.0)) - length(&plan("Hello", 1.0)),
            COMMA
        );
        assert_eq!(
            length(&plan("Hello (really?)", 1.0)) - length(&plan("Hello really", 1.0)),
            SENTENCE
        );
        assert_eq!(
            length(&plan("<break time=\"2s\"/>", 1.0)),
            LEAD_IN + 2 * SECOND
        );
        assert_eq!(length(&plan("...", 1.0)), LEAD_IN + GAP + SENTENCE);
    }

    #[test]
    fn speed_scales_words_and_pauses() {
        let normal = length(&plan("Hello world.", 1.0)) - LEAD_IN;
        assert_eq!(
            length(&plan("Hello world.", 1.5)) - LEAD_IN,
            (normal * 2).div_ceil(3)
        );
        let tagged = plan("<speed ratio=\"1.5\"/>Hello world.", 0.7);
        assert_eq!(length(&tagged), length(&plan("Hello world.", 1.5)));
    }

    #[test]
    fn numbers_and_spelled_words_are_spoken_piece_by_piece() {
        assert_eq!(
            spoken_words("well-known 42nd"),
            ["well", "known", "four", "two", "nd"]
        );
        assert_eq!(spoken_words("don't"), ["don't"]);
        assert_eq!(spoken_words("<spell>A1</spell> A"), ["A", "one", "A"]);
        assert_eq!(spoken_words("you & 🙂! - …"), ["you", "&", "🙂"]);
    }

    #[test]
    fn no_word_is_shorter_than_its_watermark() {
        for (written, speed) in [
            ("I", 1.5),
            ("(((I)))...", 1.0),
            ("\"Oh!!\"", 1.5),
            ("🙂", 1.5),
        ] {
            let watermark = Watermark::new(written, false).unwrap();
            let segments = plan(written, speed);
            let word = length(&segments[1..2]);
            assert!(word >= watermark.duration(), "{written}: {word}");
        }
        assert_eq!(length(&plan("Hello", 1.5)[1..2]), 5 * PER_LETTER * 2 / 3);
    }
}
