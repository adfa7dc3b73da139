//! Signals to play. Every part of them can be recognized in a recording.

use std::f64::consts::TAU;

/// Frames per second of the virtual sound card.
pub(super) const RATE: u32 = 48_000;

/// Frames at both ends of [`chord`] in which it fades, so that a filter has nothing to ring about.
const EDGE_SECONDS: f64 = 0.02;

/// Pseudo-random 16-bit samples: any four in a row occur once.
pub(super) fn noise(frames: usize) -> Vec<i16> {
    // xorshift64, by Marsaglia.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let [low, high, ..] = state.to_le_bytes();
        i16::from_le_bytes([low, high])
    };
    (0..frames).map(|_| next()).collect()
}

/// A sum of sines, sampled at any rate: the same sound at each of them. It has nothing above 3 kHz,
/// and does not repeat itself.
pub(super) fn chord(rate: u32, seconds: f64) -> Vec<i16> {
    // Square roots of primes have no common measure.
    let frequencies = [2.0, 3.0, 5.0, 7.0, 11.0, 13.0].map(|prime: f64| 800.0 * prime.sqrt());
    let frames = frames(rate, seconds);
    (0..frames)
        .map(|n| {
            let time = f64::from(n) / f64::from(rate);
            let sum: f64 = frequencies
                .iter()
                .map(|hertz| (TAU * hertz * time).sin())
                .sum();
            let edge = (time.min(seconds - time) / EDGE_SECONDS).clamp(0.0, 1.0);
            let envelope = (1.0 - (edge * TAU / 2.0).cos()) / 2.0;
            to_sample(sum / 6.0 * envelope * 0.9)
        })
        .collect()
}

/// The number of frames nearest to a time.
pub(super) fn frames(rate: u32, seconds: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few seconds"
    )]
    let frames = (f64::from(rate) * seconds).round() as u32;
    frames
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn to_sample(value: f64) -> i16 {
    (value * 32_768.0).round() as i16
}

/// Little-endian bytes.
pub(super) fn s16(samples: &[i16]) -> Vec<u8> {
    samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect()
}

/// As floats from −1 to 1, little-endian.
pub(super) fn f32(samples: &[i16]) -> Vec<u8> {
    samples
        .iter()
        .flat_map(|sample| (f32::from(*sample) / 32_768.0).to_le_bytes())
        .collect()
}

/// Each sample as often as there are channels.
pub(super) fn spread(samples: &[i16], channels: usize) -> Vec<i16> {
    samples
        .iter()
        .flat_map(|sample| std::iter::repeat_n(*sample, channels))
        .collect()
}

/// One channel of interleaved 16-bit samples.
pub(super) fn channel(bytes: &[u8], channels: usize, index: usize) -> Vec<i16> {
    let (samples, _) = bytes.as_chunks::<2>();
    samples
        .iter()
        .skip(index)
        .step_by(channels)
        .map(|sample| i16::from_le_bytes(*sample))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_four_samples_of_noise_occur_twice() {
        let noise = noise(200_000);
        let windows: HashSet<&[i16]> = noise.windows(4).collect();
        assert_eq!(windows.len(), noise.len() - 3);
    }

    #[test]
    fn a_chord_is_the_same_sound_at_every_rate() {
        let (fast, slow) = (chord(48_000, 0.5), chord(24_000, 0.5));
        let every_other: Vec<i16> = fast.iter().copied().step_by(2).collect();
        assert_eq!(every_other, slow);
        assert_eq!((fast[0], slow.len()), (0, 12_000));
        assert!(fast.iter().any(|sample| *sample > 16_000));
    }

    #[test]
    fn bytes_and_channels() {
        assert_eq!(s16(&[1, -1]), [1, 0, 0xff, 0xff]);
        assert_eq!(f32(&[-32_768]), (-1.0_f32).to_le_bytes());
        assert_eq!(spread(&[1, 2], 2), [1, 1, 2, 2]);
        let stereo = s16(&[1, 2, 3, 4]);
        assert_eq!(channel(&stereo, 2, 0), [1, 3]);
        assert_eq!(channel(&stereo, 2, 1), [2, 4]);
    }
}
