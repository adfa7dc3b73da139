//! The sound of a word: a tone whose harmonics depend on the phoneme.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::sync::{Arc, Mutex, PoisonError};

use super::plan::Sound;
use crate::hash;
use crate::watermark::Watermark;

/// Loudness of a word at volume 1; twice as much still does not clip.
const AMPLITUDE: f64 = 0.35;
/// Loudness of each of the carriers of a word's watermark, as a part of the tone's.
pub(crate) const WATERMARK: f64 = 0.03;
/// A word starts and ends within this many seconds, without a click.
const ATTACK: f64 = 0.010;
/// Phonemes fade into each other within this many seconds.
const GLIDE: f64 = 0.005;

/// The rates that are worth a table: those of the service.
const SAMPLE_RATES: [u32; 6] = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];

const LOWEST_PITCH: u64 = 110;
const HIGHEST_PITCH: u64 = 330;

/// Returns the pitch at which the mock server speaks, in hertz: from 110 to 330, always the same for the same
/// arguments.
///
/// `context` is the `context_id` of the request or, when it has none, its transcript; it is empty for the
/// voice changer, which has neither. So two requests that play at the same time can be distinguished, by ear
/// and by a test.
pub fn pitch(voice_id: &str, context: &str) -> f64 {
    // Steps of two hertz: pitches that differ at all differ audibly.
    let steps = (HIGHEST_PITCH - LOWEST_PITCH) / 2 + 1;
    let step = hash::stable(&[voice_id.as_bytes(), context.as_bytes()]) % steps;
    #[expect(clippy::cast_precision_loss, reason = "at most 330")]
    let hertz = (LOWEST_PITCH + 2 * step) as f64;
    hertz
}

/// How much of each harmonic sounds; together 1, more than half of it the fundamental.
type Timbre = [f64; 4];

fn timbre(symbol: &str) -> Timbre {
    let hash = hash::stable(&[symbol.as_bytes()]);
    let share = |n: u32| f64::from(hash::unit(hash.rotate_left(16 * n)));
    let weights = [1.0, 0.40 * share(0), 0.25 * share(1), 0.15 * share(2)];
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// A word, laid out in samples.
#[derive(Debug)]
pub(super) struct Burst {
    start: u64,
    end: u64,
    volume: f64,
    /// The sample where each phoneme starts, and how it sounds.
    timbres: Vec<(u64, Timbre)>,
    watermark: Option<Watermark>,
}

impl Burst {
    /// `starts` says at which sample each phoneme of the word starts.
    pub(super) fn new(
        sound: &Sound,
        start: u64,
        end: u64,
        starts: impl Iterator<Item = u64>,
    ) -> Self {
        let symbols = sound
            .parts
            .iter()
            .flat_map(|part| &part.phonemes)
            .map(|(phoneme, _)| phoneme);
        let timbres = starts
            .zip(symbols.map(|phoneme| timbre(&phoneme.symbol)))
            .collect();
        Self {
            start,
            end,
            volume: sound.volume,
            timbres,
            watermark: sound.watermark.clone(),
        }
    }
}

/// An oscillator. Its phase follows from the position alone, so it does not matter in which pieces
/// the samples are asked for, and silence does not reset it.
#[derive(Debug)]
pub(super) struct Tone {
    sample_rate: f64,
    pitch: f64,
    wave: Option<Wave>,
}

/// One turn of the circle, in as many steps as there are samples in a second: at a pitch of whole
/// hertz each sample falls on a step. Looking it up takes half the time of a sine.
#[derive(Debug)]
struct Wave {
    turn: Turn,
    /// Steps from one sample to the next.
    stride: u32,
}

impl Wave {
    fn new(sample_rate: u32, pitch: f64) -> Option<Self> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "pitches are a few hundred hertz"
        )]
        let stride = pitch as u32;
        if f64::from(stride).to_bits() != pitch.to_bits() || !SAMPLE_RATES.contains(&sample_rate) {
            return None;
        }
        Some(Self {
            turn: turn(sample_rate),
            stride,
        })
    }

    /// Sine and cosine of the pitch at a sample.
    fn at(&self, sample: u64) -> (f64, f64) {
        self.of(sample, self.stride)
    }

    /// Sine and cosine of a frequency in hertz at a sample.
    fn of(&self, sample: u64, hertz: u32) -> (f64, f64) {
        // Narrow numbers, which are divided in a fraction of the time: rates and frequencies have 16 bits.
        let steps = self.turn.len() as u64;
        let position = u32::try_from(sample % steps).unwrap_or_default();
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        let step = position.wrapping_mul(hertz) % steps;
        usize::try_from(step)
            .ok()
            .and_then(|step| self.turn.get(step))
            .copied()
            .unwrap_or_default()
    }
}

/// Sine and cosine at each step.
type Turn = Arc<[(f64, f64)]>;

/// The turn of a sample rate; made once for each.
fn turn(sample_rate: u32) -> Turn {
    static TURNS: Mutex<BTreeMap<u32, Turn>> = Mutex::new(BTreeMap::new());
    let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    let turn = turns.entry(sample_rate).or_insert_with(|| {
        let angle = |step| f64::from(step) / f64::from(sample_rate) * TAU;
        (0..sample_rate).map(|step| angle(step).sin_cos()).collect()
    });
    Arc::clone(turn)
}

impl Tone {
    pub(super) fn new(sample_rate: u32, pitch: f64) -> Self {
        Self {
            sample_rate: f64::from(sample_rate),
            pitch,
            wave: Wave::new(sample_rate, pitch),
        }
    }

    /// Appends the samples from `from` to `to` (not included), which lie within the burst.
    pub(super) fn render(&self, burst: &Burst, from: u64, to: u64, out: &mut Vec<f32>) {
        let attack = (self.sample_rate * ATTACK).min(length(burst.start, burst.end) / 2.0);
        let glide = self.sample_rate * GLIDE;
        let step = self.pitch / self.sample_rate;
        let mut current = burst
            .timbres
            .partition_point(|(start, _)| *start <= from)
            .saturating_sub(1);
        for sample in from..to {
            if burst
                .timbres
                .get(current + 1)
                .is_some_and(|(start, _)| *start <= sample)
            {
                current += 1;
            }
            let Some((start, timbre)) = burst.timbres.get(current) else {
                break;
            };
            let before = current
                .checked_sub(1)
                .map_or(timbre, |before| &burst.timbres[before].1);
            let faded = (length(*start, sample) / glide).min(1.0);

            // sin kφ from sin (k−1)φ and sin (k−2)φ: one sine per sample instead of four.
            let (sine, cosine) = match &self.wave {
                Some(wave) => wave.at(sample),
                None => ((length(0, sample) * step).fract() * TAU).sin_cos(),
            };
            let (mut older, mut harmonic, mut sum) = (0.0, sine, 0.0);
            for (weight, weight_before) in timbre.iter().zip(before) {
                sum += harmonic * (weight_before + (weight - weight_before) * faded);
                (older, harmonic) = (harmonic, 2.0 * cosine * harmonic - older);
            }
            if let Some(watermark) = &burst.watermark {
                let elapsed = length(burst.start, sample) / self.sample_rate;
                sum += WATERMARK * watermark.at(elapsed, |hertz| self.cosine(sample, hertz));
            }
            let edge = length(burst.start, sample).min(length(sample, burst.end));
            let value = sum * AMPLITUDE * burst.volume * smooth(edge / attack);
            #[expect(clippy::cast_possible_truncation, reason = "only precision is lost")]
            out.push(value as f32);
        }
    }
}

impl Tone {
    /// The cosine of a frequency in hertz at a sample.
    fn cosine(&self, sample: u64, hertz: u32) -> f64 {
        match &self.wave {
            Some(wave) => wave.of(sample, hertz).1,
            None => ((length(0, sample) * f64::from(hertz) / self.sample_rate).fract() * TAU).cos(),
        }
    }
}

/// The number of samples between two positions.
#[expect(
    clippy::cast_precision_loss,
    reason = "2⁵² samples are 2 970 years at 48 kHz"
)]
fn length(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64
}

/// Rises from 0 to 1 without a corner at either end.
fn smooth(x: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pitches_are_stable_and_in_range() {
        for other in [pitch("v", "b"), pitch("w", "a")] {
            assert!((pitch("v", "a") - other).abs() > 1.0);
        }
        for n in 0..1_000 {
            let pitch = pitch("v", &n.to_string());
            assert!((110.0..=330.0).contains(&pitch), "{pitch}");
        }
    }

    #[test]
    fn the_table_is_the_sine() {
        for (rate, hertz) in [(8_000, 110.0), (22_050, 202.0), (48_000, 330.0)] {
            let wave = Wave::new(rate, hertz).unwrap();
            for sample in [0, 1, 77, 12_345, 48_001, 9_999_999] {
                let phase = length(0, sample) * hertz / f64::from(rate) * TAU;
                let (sine, cosine) = wave.at(sample);
                assert!((sine - phase.sin()).abs() < 1e-6 && (cosine - phase.cos()).abs() < 1e-6);
            }
        }
        assert!(Wave::new(8_000, 110.5).is_none() && Wave::new(7_999, 110.0).is_none());
    }

    #[test]
    fn the_fundamental_prevails() {
        for symbol in ["æ", "b", "ʃ", "uː", "你"] {
            let timbre = timbre(symbol);
            assert!(timbre[0] > 0.5, "{symbol}: {timbre:?}");
            assert!((timbre.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}
