//! Audio that was uploaded: its samples, where something sounds in it, and how loud it is.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions of samples in a body of at most 32 MiB are exact in a double"
)]

use std::f64::consts::{SQRT_2, TAU};
use std::time::Duration;

use cartesia_types::wav::WavLayout;
use cartesia_types::{RawEncoding, RawFormat, pcm};

use crate::rejection::Rejection;

/// What is quieter than this, next to the loudest, is silence.
const SILENCE: f32 = 0.02;
/// What is quieter than this is silence anyhow.
const NOTHING: f32 = 1e-3;
/// Seconds of silence that separate two words; the shortest pause of this server's own speech is
/// twice as long.
const GAP: f64 = 0.030;
/// Seconds of sound that are a word; less is a click.
const SHORTEST: f64 = 0.020;

/// Seconds between two points of the envelope, and seconds that each of them looks at: more than two
/// periods of the lowest pitch.
const HOP: f64 = 0.005;
const WINDOW: f64 = 0.020;

/// Sample rates that are believed, in hertz.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;

/// Mono samples.
#[derive(Debug)]
pub(crate) struct Clip {
    samples: Vec<f32>,
    rate: u32,
}

fn unsupported(why: impl std::fmt::Display) -> Rejection {
    Rejection::unsupported_audio(format!("the audio cannot be decoded: {why}"))
}

impl Clip {
    /// A WAV file; nothing else is understood here.
    pub(crate) fn of_file(bytes: &[u8]) -> Result<Self, Rejection> {
        let layout = WavLayout::parse(bytes)
            .map_err(|error| unsupported(error.to_string()))?
            .ok_or_else(|| unsupported("the file ends within its header".to_owned()))?;
        let start = usize::try_from(layout.data_offset()).unwrap_or(usize::MAX);
        let data = bytes.get(start..).unwrap_or_default();
        let length = layout
            .data_bytes()
            .map_or(data.len(), |length| length.min(data.len() as u64) as usize);
        let RawFormat {
            encoding,
            sample_rate,
            ..
        } = layout.format();
        let mut samples = Vec::new();
        pcm::decode_f32(encoding, &data[..length], &mut samples);
        Self::new(samples, sample_rate)
    }

    /// Whether `bytes` start as a WAV file does.
    pub(crate) fn is_file(bytes: &[u8]) -> bool {
        bytes.starts_with(b"RIFF")
    }

    /// Bare samples in an encoding by its name on the wire.
    pub(crate) fn of_samples(bytes: &[u8], encoding: &str, rate: u32) -> Result<Self, Rejection> {
        let mut samples = Vec::new();
        match encoding {
            "pcm_s32le" => {
                let (whole, _) = bytes.as_chunks::<4>();
                samples.extend(whole.iter().map(|sample| {
                    (f64::from(i32::from_le_bytes(*sample)) / 2_147_483_648.0) as f32
                }));
            }
            "pcm_f16le" => {
                let (whole, _) = bytes.as_chunks::<2>();
                samples.extend(whole.iter().map(|sample| half(u16::from_le_bytes(*sample))));
            }
            name => {
                let encoding = RawEncoding::ALL
                    .into_iter()
                    .find(|encoding| encoding.as_str() == name)
                    .ok_or_else(|| Rejection::bad_request("`encoding` is not known"))?;
                pcm::decode_f32(encoding, bytes, &mut samples);
            }
        }
        Self::new(samples, rate)
    }

    fn new(mut samples: Vec<f32>, rate: u32) -> Result<Self, Rejection> {
        if !RATES.contains(&rate) {
            let why = format!("it has {rate} samples per second");
            return Err(unsupported(why));
        }
        for sample in &mut samples {
            *sample = if sample.is_finite() {
                sample.clamp(-1.0, 1.0)
            } else {
                0.0
            };
        }
        Ok(Self { samples, rate })
    }

    pub(crate) fn duration(&self) -> Duration {
        RawFormat::new(RawEncoding::PcmF32Le, self.rate)
            .duration_of_samples(self.samples.len() as u64)
    }

    /// When something sounds: starts and ends in seconds.
    pub(crate) fn bursts(&self) -> Vec<(f64, f64)> {
        let loudest = self
            .samples
            .iter()
            .fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
        let threshold = (loudest * SILENCE).max(NOTHING);
        let gap = (f64::from(self.rate) * GAP) as usize;
        let mut bursts: Vec<(usize, usize)> = Vec::new();
        for (at, sample) in self.samples.iter().enumerate() {
            if sample.abs() <= threshold {
                continue;
            }
            match bursts.last_mut() {
                Some((_, end)) if at < *end + gap => *end = at + 1,
                _ => bursts.push((at, at + 1)),
            }
        }
        let seconds = |at: usize| at as f64 / f64::from(self.rate);
        bursts
            .into_iter()
            .map(|(start, end)| (seconds(start), seconds(end)))
            .filter(|(start, end)| end - start >= SHORTEST)
            .collect()
    }

    /// A tone as long and, at every point, as loud as the clip.
    pub(crate) fn hummed(&self, pitch: f64, rate: u32) -> Vec<f32> {
        let envelope = self.envelope();
        let scale = f64::from(rate) / f64::from(self.rate);
        let length = (self.samples.len() as f64 * scale).round() as u64;
        (0..length)
            .map(|sample| {
                let time = sample as f64 / f64::from(rate);
                let (before, part) = ((time / HOP) as usize, (time / HOP).fract());
                let at = |index: usize| envelope.get(index).or(envelope.last()).copied();
                let (from, to) = (
                    at(before).unwrap_or_default(),
                    at(before + 1).unwrap_or_default(),
                );
                let loudness = from + (to - from) * part;
                ((time * pitch).fract() * TAU).sin() as f32 * loudness as f32
            })
            .collect()
    }

    /// The amplitude of a sine of the same energy, every [`HOP`].
    fn envelope(&self) -> Vec<f64> {
        let mut energy = Vec::with_capacity(self.samples.len() + 1);
        let mut sum = 0.0_f64;
        energy.push(sum);
        for sample in &self.samples {
            sum += f64::from(*sample).powi(2);
            energy.push(sum);
        }
        let last = self.samples.len();
        let rate = f64::from(self.rate);
        let points = (last as f64 / rate / HOP).ceil() as usize + 1;
        (0..points)
            .map(|point| {
                let center = point as f64 * HOP;
                let from = (((center - WINDOW / 2.0).max(0.0) * rate) as usize).min(last);
                let to = (((center + WINDOW / 2.0) * rate) as usize).min(last);
                let mean = (energy[to] - energy[from]) / (to.saturating_sub(from)).max(1) as f64;
                (mean.max(0.0).sqrt() * SQRT_2).min(1.0)
            })
            .collect()
    }
}

/// A number of IEEE 754 binary16.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f32::from(bits & 0x3ff) / 1_024.0;
    sign * match exponent {
        0 => fraction * 2.0_f32.powi(-14),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction) * 2.0_f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_read() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xb800, -0.5),
            (0x3555, 0.333_251_95),
            (0x0001, 5.960_464_5e-8),
        ] {
            assert!((half(bits) - value).abs() < 1e-9, "{bits:x}");
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
        let clip = Clip::of_samples(&[0, 0x7e, 0, 0x7c], "pcm_f16le", 8_000).unwrap();
        assert_eq!(clip.samples, [0.0, 0.0]);
    }

    #[test]
    fn clicks_and_hiss_are_no_words() {
        let mut samples = vec![0.0005_f32; 8_000];
        samples[4_000] = 0.9;
        let clip = Clip::new(samples, 8_000).unwrap();
        assert!(clip.bursts().is_empty());
        assert_eq!(clip.duration(), Duration::from_secs(1));
        assert!(Clip::new(Vec::new(), 0).is_err());
        assert!(
            Clip::new(Vec::new(), 8_000)
                .unwrap()
                .hummed(200.0, 8_000)
                .is_empty()
        );
    }
}
