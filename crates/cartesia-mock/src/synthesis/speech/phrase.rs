//! Phrases for a real voice: which words are said in one go, and when each of them sounds in it.

use std::collections::VecDeque;

use super::super::espeak::Espeak;
use super::super::plan::{Plan, Segment, Sound};
use super::{Micros, SECOND, Speech};

/// A phrase ends with its sentence, and has no more words and bytes than this.
const MOST_WORDS: usize = 60;
const LONGEST: usize = 2_000;

/// Words that are said in one go, with the silences between them as tones would have them.
#[derive(Debug, Default)]
struct Phrase {
    segments: Vec<Segment>,
    text: String,
    words: usize,
    volume: f64,
    /// That of the first word.
    speed: f64,
}

/// What a real voice needs besides.
#[derive(Debug)]
pub(super) struct Narration {
    espeak: Espeak,
    /// Taken of the plan, and still to be said.
    held: VecDeque<Segment>,
    /// What the program did not say.
    tones: VecDeque<Segment>,
    /// What is being heard, and the sample of the audio at which it starts.
    clip: Option<(u64, Vec<f32>)>,
}

impl Narration {
    pub(super) fn new(espeak: Espeak) -> Self {
        Self {
            espeak,
            held: VecDeque::new(),
            tones: VecDeque::new(),
            clip: None,
        }
    }

    /// Appends the samples from `from` to `to` of what is being heard; `false` when nothing is.
    pub(super) fn render(&self, from: u64, to: u64, out: &mut Vec<f32>) -> bool {
        let Some((start, samples)) = &self.clip else {
            return false;
        };
        let sample = |at: u64| {
            let index = usize::try_from(at.saturating_sub(*start)).unwrap_or(usize::MAX);
            samples.get(index).copied().unwrap_or_default()
        };
        out.extend((from..to).map(sample));
        true
    }

    /// The next words that are said in one go; none when something else is next.
    fn phrase(&mut self, plan: &mut Plan) -> Phrase {
        let mut phrase = Phrase::default();
        let mut silence = None;
        while !phrase.is_full() {
            let Some(segment) = self.held.pop_front().or_else(|| plan.next()) else {
                break;
            };
            match segment {
                Segment::Sound(sound) if phrase.takes(&sound) => {
                    // The silence before it is one between words.
                    phrase.segments.extend(silence.take().map(Segment::Silence));
                    let ends = sound.ends_a_sentence();
                    phrase.push(sound, plan.speed());
                    if ends {
                        break;
                    }
                }
                Segment::Silence(duration) if phrase.words > 0 && silence.is_none() => {
                    silence = Some(duration);
                }
                // A break, a laughter, or another volume.
                other => {
                    self.held.push_front(other);
                    break;
                }
            }
        }
        if let Some(duration) = silence {
            self.held.push_front(Segment::Silence(duration));
        }
        phrase
    }
}

impl Phrase {
    fn takes(&self, sound: &Sound) -> bool {
        let same_volume = (self.volume - sound.volume).abs() < f64::EPSILON;
        sound.written.is_some() && (self.words == 0 || same_volume)
    }

    fn is_full(&self) -> bool {
        self.words == MOST_WORDS || self.text.len() > LONGEST
    }

    fn push(&mut self, sound: Sound, speed: f64) {
        if self.words == 0 {
            self.speed = speed;
        } else {
            self.text.push(' ');
        }
        let letters = sound.parts.iter().map(|part| part.spoken.as_str());
        let spelled =
            sound.parts.len() > 1 && letters.clone().all(|part| part.chars().count() == 1);
        let written = sound.written.as_deref().unwrap_or_default();
        if spelled {
            self.text.push_str(&letters.collect::<Vec<_>>().join(", "));
        } else {
            self.text.push_str(written);
        }
        self.words += 1;
        self.volume = sound.volume;
        self.segments.push(Segment::Sound(sound));
    }

    /// How long tones would take from the first word to the end of the last.
    fn planned(&self) -> Micros {
        self.segments.iter().map(length).sum()
    }
}

fn length(segment: &Segment) -> Micros {
    match segment {
        Segment::Silence(duration) => *duration,
        Segment::Sound(sound) => sound
            .parts
            .iter()
            .flat_map(|part| &part.phonemes)
            .map(|(_, duration)| duration)
            .sum(),
    }
}

impl Speech {
    /// Goes on to the next phrase, word or silence; `false` at the end.
    pub(super) fn advance_narration(&mut self) -> bool {
        let Some(narration) = &mut self.narration else {
            return false;
        };
        narration.clip = None;
        if let Some(segment) = narration.tones.pop_front() {
            self.play(&segment);
            return true;
        }
        let phrase = narration.phrase(&mut self.plan);
        if phrase.words == 0 {
            let Some(segment) = narration.held.pop_front() else {
                return false;
            };
            self.play(&segment);
            return true;
        }
        let rate = u32::try_from(self.sample_rate).unwrap_or(u32::MAX);
        let said = narration
            .espeak
            .say(&phrase.text, phrase.speed, phrase.volume, rate);
        if let Some(samples) = said {
            self.speak(&phrase, samples);
            return true;
        }
        // A client that waits for audio is not helped by none.
        narration.tones.extend(phrase.segments);
        self.advance_narration()
    }

    /// Starts a phrase. Each word gets the part of it that it would have of the tones.
    fn speak(&mut self, phrase: &Phrase, samples: Vec<f32>) {
        let start = self.planned;
        let lasts = samples.len() as u64 * SECOND / self.sample_rate.max(1);
        let planned = u128::from(phrase.planned().max(1));
        let at = |offset: Micros| {
            let share = u128::from(offset) * u128::from(lasts) / planned;
            start.saturating_add(Micros::try_from(share).unwrap_or(lasts))
        };
        let mut offset = 0;
        for segment in &phrase.segments {
            if let Segment::Sound(sound) = segment {
                self.note(sound, offset, at);
            }
            offset += length(segment);
        }
        let first = self.sample_at(start);
        self.burst = None;
        self.planned = start.saturating_add(lasts);
        if let Some(narration) = &mut self.narration {
            narration.clip = Some((first, samples));
        }
    }
}
