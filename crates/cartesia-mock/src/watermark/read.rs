//! Finding frames in sound.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions of samples within a stretch of sound are exact in a double"
)]

use std::collections::VecDeque;
use std::f64::consts::TAU;

use super::write::seconds;
use super::{CARRIERS, CHECKSUM, GLUED, LOWEST, MARGIN, SPACING, SYMBOL, SYNC, checksum};

/// Steps in which the start of a frame is looked for, in one symbol. What is off by half a step is still
/// read.
const STEPS: usize = 8;

/// How much of the carriers must agree on what they say, for a symbol to be one. Noise has about a half.
const CLEAR: f64 = 0.6;

/// Where the carriers are: amplitude and phase of each, as a complex number.
type Spectrum = [(f64, f64); CARRIERS];

/// A frame that was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// Where its word starts, in seconds; exact to a few milliseconds.
    pub(crate) at: f64,
    /// Empty for what is no word.
    pub(crate) text: String,
    /// Whether it follows the word before without a space.
    pub(crate) glued: bool,
}

/// Looks for frames at one sample rate.
#[derive(Debug)]
pub(crate) struct Finder {
    rate: f64,
    /// For each sample of a symbol what the carriers are multiplied with: a window that fades in and out,
    /// so that what is beside them is not heard. Empty when the sample rate is too low for the carriers.
    window: Vec<Spectrum>,
}

impl Finder {
    pub(crate) fn new(rate: u32) -> Self {
        let highest = hertz(CARRIERS - 1);
        let rate = f64::from(rate);
        let length = if rate > 2.1 * highest {
            (seconds(SYMBOL) * rate).round() as usize
        } else {
            0
        };
        let window = (0..length).map(|sample| {
            let at = (sample as f64 + 0.5) / length as f64;
            let weight = 0.5 - 0.5 * (TAU * at).cos();
            std::array::from_fn(|carrier| {
                let (sine, cosine) = (TAU * hertz(carrier) * sample as f64 / rate).sin_cos();
                (weight * cosine, -weight * sine)
            })
        });
        let window = window.collect();
        Self { rate, window }
    }

    /// All frames that are whole in these samples.
    pub(crate) fn find(&self, samples: &[f32]) -> Vec<Found> {
        let mut found = Vec::new();
        if self.window.is_empty() {
            return found;
        }
        let mut grid = Grid {
            finder: self,
            samples,
            known: VecDeque::new(),
            first: 0,
        };
        let mut step = 0;
        while let Some(sync) = grid.byte(step) {
            if sync == (SYNC, true)
                && let Some((payload, end)) = grid.payload(step)
                && let Some((text, glued)) = text(&payload)
            {
                let at = step as f64 / STEPS as f64 * seconds(SYMBOL) - seconds(MARGIN);
                found.push(Found { at, text, glued });
                step = end;
            } else {
                step += 1;
            }
            grid.forget(step);
        }
        found
    }
}

/// The spectra of a stretch of sound, at all steps that were asked for and may be again.
struct Grid<'a> {
    finder: &'a Finder,
    samples: &'a [f32],
    known: VecDeque<Option<Spectrum>>,
    /// The step of the first of them.
    first: usize,
}

impl Grid<'_> {
    /// The byte between the symbol that starts at a step and the next one, and whether it is clear;
    /// `None` behind the end of the sound.
    fn byte(&mut self, step: usize) -> Option<(u8, bool)> {
        let after = self.spectrum(step + STEPS)?;
        let before = self.spectrum(step)?;
        let (mut byte, mut agreed, mut whole) = (0, 0.0, 0.0);
        for (bit, (a, b)) in before.iter().zip(after).enumerate() {
            let turned = a.0 * b.0 + a.1 * b.1;
            byte |= u8::from(turned < 0.0) << bit;
            agreed += turned.abs();
            whole += a.0.hypot(a.1) * b.0.hypot(b.1);
        }
        Some((byte, agreed > CLEAR * whole))
    }

    fn clear_byte(&mut self, step: usize) -> Option<u8> {
        self.byte(step)
            .and_then(|(byte, clear)| clear.then_some(byte))
    }

    /// The text of the frame that starts at a step, and the step of its last symbol.
    fn payload(&mut self, start: usize) -> Option<(Vec<u8>, usize)> {
        let mut step = start + STEPS;
        let length = usize::from(self.clear_byte(step)?);
        let mut bytes = Vec::with_capacity(length + CHECKSUM);
        for _ in 0..length + CHECKSUM {
            step += STEPS;
            bytes.push(self.clear_byte(step)?);
        }
        let check = bytes.split_off(length);
        (check == checksum(&bytes)).then_some((bytes, step + STEPS))
    }

    fn spectrum(&mut self, step: usize) -> Option<Spectrum> {
        let index = step.checked_sub(self.first)?;
        if let Some(Some(known)) = self.known.get(index) {
            return Some(*known);
        }
        let Finder { rate, window } = self.finder;
        let start = (step as f64 / STEPS as f64 * seconds(SYMBOL) * rate).round() as usize;
        let samples = self.samples.get(start..start + window.len())?;
        let mut sum = [(0.0, 0.0); CARRIERS];
        for (sample, weights) in samples.iter().zip(window) {
            let sample = f64::from(*sample);
            for (sum, weight) in sum.iter_mut().zip(weights) {
                sum.0 += sample * weight.0;
                sum.1 += sample * weight.1;
            }
        }
        // Phases are those of one clock, wherever the window is.
        for (carrier, sum) in sum.iter_mut().enumerate() {
            let turns = (hertz(carrier) * start as f64 / rate).fract();
            let (sine, cosine) = (TAU * turns).sin_cos();
            *sum = (sum.0 * cosine + sum.1 * sine, sum.1 * cosine - sum.0 * sine);
        }
        if self.known.len() <= index {
            self.known.resize(index + 1, None);
        }
        self.known[index] = Some(sum);
        Some(sum)
    }

    /// Nothing before this step is asked for again: a long recording needs no more memory than a word.
    fn forget(&mut self, step: usize) {
        let gone = (step - self.first).min(self.known.len());
        self.known.drain(..gone);
        self.first = step;
    }
}

fn hertz(carrier: usize) -> f64 {
    f64::from(LOWEST) + carrier as f64 * f64::from(SPACING)
}

/// The text of a payload and whether it is glued.
fn text(payload: &[u8]) -> Option<(String, bool)> {
    let (glued, text) = match payload {
        [GLUED, text @ ..] => (true, text),
        text => (false, text),
    };
    Some((std::str::from_utf8(text).ok()?.to_owned(), glued))
}
