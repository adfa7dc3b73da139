//! Listening to audio.

use std::f64::consts::TAU;

use cartesia_types::{RawEncoding, pcm};

pub(crate) fn samples(encoding: RawEncoding, bytes: &[u8]) -> Vec<f32> {
    let mut samples = Vec::new();
    assert_eq!(
        pcm::decode_f32(encoding, bytes, &mut samples),
        bytes.len(),
        "whole samples"
    );
    samples
}

pub(crate) fn s16(bytes: &[u8]) -> Vec<f32> {
    samples(RawEncoding::PcmS16Le, bytes)
}

/// All frames of an MP3 stream: sample rate and samples.
pub(crate) fn mp3(mut bytes: &[u8]) -> (u32, Vec<f32>) {
    let mut decoder = nanomp3::Decoder::new();
    let mut frame = [0.0; nanomp3::MAX_SAMPLES_PER_FRAME];
    let (mut rate, mut samples) = (0, Vec::new());
    loop {
        let (used, info) = decoder.decode(bytes, &mut frame);
        let Some(info) = info else { break };
        assert_eq!(info.channels, nanomp3::Channels::Mono);
        rate = info.sample_rate;
        samples.extend_from_slice(&frame[..info.samples_produced]);
        bytes = &bytes[used..];
    }
    assert_eq!(bytes.len(), 0, "something is no frame");
    (rate, samples)
}

/// How much of a frequency there is (Goertzel's algorithm in its plain form); a pure sine of
/// amplitude 1 has 1.
pub(crate) fn amplitude(samples: &[f32], rate: u32, frequency: f64) -> f64 {
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (n, sample) in (0_u32..).zip(samples) {
        let (sine, cosine) = (TAU * frequency * f64::from(n) / f64::from(rate)).sin_cos();
        real += f64::from(*sample) * cosine;
        imaginary += f64::from(*sample) * sine;
    }
    2.0 * f64::hypot(real, imaginary) / f64::from(u32::try_from(samples.len()).unwrap())
}

/// The even number of hertz from 110 to 330 that is the loudest.
pub(crate) fn pitch(samples: &[f32], rate: u32) -> u32 {
    (110..=330)
        .step_by(2)
        .max_by(|a, b| {
            let amplitude = |hertz: &u32| amplitude(samples, rate, f64::from(*hertz));
            amplitude(a).total_cmp(&amplitude(b))
        })
        .unwrap()
}

pub(crate) fn loudness(samples: &[f32]) -> f64 {
    let energy: f64 = samples
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum();
    (energy / f64::from(u32::try_from(samples.len().max(1)).unwrap())).sqrt()
}

pub(crate) fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    let product: f64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum();
    product / (loudness(a) * loudness(b)) / f64::from(u32::try_from(length).unwrap())
}

/// Stretches of sound in seconds, with silences of at least 20 ms between them.
pub(crate) fn sounds(samples: &[f32], rate: u32) -> Vec<(f64, f64)> {
    let gap = rate as usize / 50;
    let mut sounds: Vec<(usize, usize)> = Vec::new();
    for (at, _) in samples
        .iter()
        .enumerate()
        .filter(|(_, sample)| sample.abs() > 1e-3)
    {
        match sounds.last_mut() {
            Some((_, end)) if at < *end + gap => *end = at + 1,
            _ => sounds.push((at, at + 1)),
        }
    }
    let seconds = |at: usize| f64::from(u32::try_from(at).unwrap()) / f64::from(rate);
    sounds
        .into_iter()
        .map(|(start, end)| (seconds(start), seconds(end)))
        .collect()
}
