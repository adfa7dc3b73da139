//! Audio that was uploaded: its samples, the parts with sound, and their loudness.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions of samples in a body of at most 32 MiB are exact in a double"
)]

use std::f64::consts::{SQRT_2, TAU};
use std::time::Duration;

use cartesia_types::wav::WavLayout;
use cartesia_types::{RawEncoding, RawFormat};

use crate::recognition::{
    Encoding, FADE, GAP, NOTHING, Recognizer, SILENCE, Stretch, Word, audible,
};
use crate::rejection::Rejection;
use crate::synthesis::{SECOND, WATERMARK};
use crate::watermark::{Finder, Watermark};

/// Seconds between two points of the envelope, and seconds that each of them looks at: more than two
/// periods of the lowest pitch.
const HOP: f64 = 0.005;
const WINDOW: f64 = 0.020;

/// Sample rates that are believed, in hertz.
pub(crate) const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;

/// Mono samples.
#[derive(Debug)]
pub(crate) struct Clip {
    samples: Vec<f32>,
    rate: u32,
}

/// Bytes of an MP3 that are decoded at once, and samples that are kept of it: a small file may be a very
/// long recording.
const MP3_PIECE: usize = 64 << 10;
const LONGEST_MP3: usize = 64 << 20;

/// A tag, or the first frame.
fn is_mp3(bytes: &[u8]) -> bool {
    match bytes {
        [b'I', b'D', b'3', ..] => true,
        [0xff, second, ..] => second & 0xe0 == 0xe0,
        _ => false,
    }
}

fn unsupported(why: impl std::fmt::Display) -> Rejection {
    Rejection::unsupported_audio(format!("the audio cannot be decoded: {why}"))
}

impl Clip {
    /// A WAV or MP3 file; nothing else is understood here.
    pub(crate) fn of_file(bytes: &[u8]) -> Result<Self, Rejection> {
        if is_mp3(bytes) {
            return Self::of_mp3(bytes);
        }
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
        Encoding::Spoken(encoding).decode(&data[..length], &mut samples);
        Self::new(samples, sample_rate)
    }

    fn of_mp3(bytes: &[u8]) -> Result<Self, Rejection> {
        let mut decoder = rusty_mp3::Mp3Decoder::new();
        let (mut samples, mut rate) = (Vec::new(), None);
        for piece in bytes.chunks(MP3_PIECE) {
            decoder.push(piece);
            while let Ok(frame) = decoder.next_frame() {
                if frame.channels != 1
                    || *rate.get_or_insert(frame.sample_rate) != frame.sample_rate
                {
                    return Err(unsupported("it is not mono at one sample rate"));
                }
                samples.extend(frame.samples);
            }
            if samples.len() > LONGEST_MP3 {
                return Err(unsupported("it is longer than this server keeps in memory"));
            }
        }
        let rate = rate.ok_or_else(|| unsupported("there is no frame of MPEG audio in it"))?;
        for sample in &mut samples {
            *sample = audible(*sample);
        }
        Self::new(samples, rate)
    }

    /// Whether `bytes` start as a WAV file does.
    pub(crate) fn is_file(bytes: &[u8]) -> bool {
        bytes.starts_with(b"RIFF")
    }

    /// Bare samples.
    pub(crate) fn of_samples(
        bytes: &[u8],
        encoding: Encoding,
        rate: u32,
    ) -> Result<Self, Rejection> {
        let mut samples = Vec::new();
        encoding.decode(bytes, &mut samples);
        Self::new(samples, rate)
    }

    fn new(samples: Vec<f32>, rate: u32) -> Result<Self, Rejection> {
        if !RATES.contains(&rate) {
            let why = format!("it has {rate} samples per second");
            return Err(unsupported(why));
        }
        Ok(Self { samples, rate })
    }

    pub(crate) fn duration(&self) -> Duration {
        RawFormat::new(RawEncoding::PcmF32Le, self.rate)
            .duration_of_samples(self.samples.len() as u64)
    }

    /// The words that were said.
    pub(crate) fn words(&self) -> Vec<Word> {
        let mut recognizer = Recognizer::new(self.rate);
        let bursts = self.bursts().into_iter();
        bursts
            .flat_map(|burst| recognizer.words(Stretch::of(&self.samples, self.rate, burst, FADE)))
            .collect()
    }

    /// When something sounds: the first sample, and the one behind the last.
    fn bursts(&self) -> Vec<(usize, usize)> {
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
        bursts
    }

    /// A tone as long and, at every point, as loud as the clip. It says the same words, if they say
    /// themselves which they are.
    pub(crate) fn hummed(&self, pitch: f64, rate: u32) -> Vec<f32> {
        let envelope = self.envelope();
        let watermarks = self.watermarks();
        let mut watermarks = watermarks.iter().peekable();
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
                let mut sound = ((time * pitch).fract() * TAU).sin();
                while watermarks.next_if(|(_, end, _)| *end <= time).is_some() {}
                if let Some((start, _, watermark)) = watermarks.peek() {
                    let cosine = |hertz| ((time * f64::from(hertz)).fract() * TAU).cos();
                    sound += WATERMARK * watermark.at(time - start, cosine);
                }
                (sound * loudness) as f32
            })
            .collect()
    }

    /// The watermarks of the words: start and end in seconds, in order.
    fn watermarks(&self) -> Vec<(f64, f64, Watermark)> {
        let finder = Finder::new(self.rate);
        let mut watermarks = Vec::new();
        for burst in self.bursts() {
            let stretch = Stretch::of(&self.samples, self.rate, burst, FADE);
            for found in finder.find(stretch.samples) {
                let start = stretch.from + found.at;
                if let Some(watermark) = Watermark::new(&found.text, found.glued) {
                    let end = start + watermark.duration() as f64 / SECOND as f64;
                    watermarks.push((start, end, watermark));
                }
            }
        }
        watermarks
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_mp3_is_sound_or_refused() {
        let mut file = Vec::new();
        let format = crate::synthesis::Format::Mp3 {
            sample_rate: 16_000,
            bit_rate: 32_000,
        };
        let mut encoder = crate::synthesis::Encoder::new(format).unwrap();
        let samples: Vec<f32> = (0..16_000).map(|n| (n as f32 * 0.1).sin() * 0.3).collect();
        encoder.encode(&samples, &mut file);
        encoder.finish(&mut file);
        assert!(Clip::of_file(&file).unwrap().duration() > Duration::from_secs(1));
        for seed in 0..60_u64 {
            let mut broken = file.clone();
            for blow in 0..40 {
                let at = crate::hash::mix(seed * 1_000 + blow) as usize;
                let length = broken.len();
                broken[at % length] = (at >> 32) as u8;
            }
            if let Ok(clip) = Clip::of_file(&broken) {
                assert!(clip.samples.iter().all(|sample| sample.abs() <= 1.0));
            }
        }
        assert!(Clip::of_file(b"ID3 and nothing").is_err());
    }

    #[test]
    fn clicks_and_hiss_are_no_words() {
        let mut samples = vec![0.0005_f32; 8_000];
        samples[4_000] = 0.9;
        let clip = Clip::new(samples, 8_000).unwrap();
        assert!(clip.words().is_empty());
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
