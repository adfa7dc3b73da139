//! Captions: layout, files, and the properties that hold for any words.

mod files;
mod joining;
mod layout;
mod properties;

use std::time::Duration;

use cartesia_types::captions::{CaptionSettings, Captions};
use cartesia_types::tts::WordTiming;

/// A word from one time to another, in milliseconds.
fn word(text: &str, start: u64, end: u64) -> WordTiming {
    let ms = Duration::from_millis;
    WordTiming::new(text, ms(start), ms(end))
}

/// The words of a text, each as long as its characters take at this speed.
fn spoken(text: &str, characters_per_second: u64) -> Vec<WordTiming> {
    let mut at = 0;
    let words = text.split_whitespace().map(|text| {
        let start = at;
        at += (text.chars().count() as u64 + 1) * 1_000 / characters_per_second;
        word(text, start, at)
    });
    words.collect()
}

/// The lines of all cues, lines separated by `/` and cues by `|`.
fn shape(captions: &Captions) -> String {
    let cues = captions.cues().iter().map(|cue| cue.lines().join("/"));
    cues.collect::<Vec<_>>().join("|")
}

fn captions(words: &[WordTiming]) -> Captions {
    Captions::new(words, &CaptionSettings::default())
}
