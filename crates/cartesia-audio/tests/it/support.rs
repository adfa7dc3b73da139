//! Signals, and a limit on every wait.

use std::time::Duration;

use cartesia_audio::{OfflineOptions, SourceFormat};
use cartesia_types::RawEncoding;

/// 48 kHz mono on both sides: nothing is resampled, and every sample can be found again.
pub(crate) const RATE: u32 = 48_000;

pub(crate) const FLOAT: SourceFormat = SourceFormat::new(RawEncoding::PcmF32Le, RATE, 1);

/// No fades and no waiting for audio: what is written is what comes out.
pub(crate) fn exact() -> OfflineOptions {
    OfflineOptions::new(RATE)
        .fade(Duration::ZERO)
        .prebuffer(Duration::ZERO)
}

/// Frames in milliseconds at [`RATE`].
pub(crate) const fn ms(millis: usize) -> usize {
    millis * RATE as usize / 1_000
}

/// Noise in which no sample is zero and hardly one occurs twice: what is lost, doubled or put in can be
/// located. Every seed is another signal.
pub(crate) fn noise(seed: u32, samples: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let magnitude = (state >> 8) as f32 / 16_777_216.0;
        let sign = if state & 0x80 == 0 { 1.0 } else { -1.0 };
        sign * (0.1 + 0.8 * magnitude)
    };
    std::iter::repeat_with(next).take(samples).collect()
}

pub(crate) fn bytes(samples: &[f32]) -> Vec<u8> {
    samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect()
}

/// Without silence at both ends.
pub(crate) fn trim(samples: &[f32]) -> &[f32] {
    let sounds = |sample: &f32| *sample != 0.0;
    let Some(start) = samples.iter().position(sounds) else {
        return &[];
    };
    let end = samples.iter().rposition(sounds).unwrap() + 1;
    &samples[start..end]
}

/// A tone at `hertz` that starts at zero.
pub(crate) fn sine(hertz: f32, sample_rate: u32, samples: usize) -> Vec<f32> {
    (0..samples)
        .map(|n| 0.8 * (n as f32 * hertz * std::f32::consts::TAU / sample_rate as f32).sin())
        .collect()
}

/// Fails with the place of the first difference, and without two pages of numbers.
#[track_caller]
pub(crate) fn assert_same(heard: &[f32], expected: &[f32]) {
    let same = heard
        .iter()
        .zip(expected)
        .take_while(|(a, b)| a == b)
        .count();
    assert!(
        same == heard.len() && same == expected.len(),
        "{} samples instead of {}; the first difference is at {same}: {:?} instead of {:?}",
        heard.len(),
        expected.len(),
        &heard[same..heard.len().min(same + 4)],
        &expected[same..expected.len().min(same + 4)],
    );
}

/// The samples that are not silence.
pub(crate) fn sounding(samples: &[f32]) -> Vec<f32> {
    samples
        .iter()
        .copied()
        .filter(|sample| *sample != 0.0)
        .collect()
}

/// The largest step between neighbours, silence before and after included.
pub(crate) fn largest_step(samples: &[f32]) -> f32 {
    let padded: Vec<f32> = [&[0.0], samples, &[0.0]].concat();
    padded
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .fold(0.0, f32::max)
}

/// The result of a future that has to be ready soon.
pub(crate) fn within<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(30), future)
            .await
            .expect("nothing may take this long")
    })
}
