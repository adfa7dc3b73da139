//! One sample rate to another.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions of samples in minutes of audio are exact in a double"
)]

use std::f64::consts::PI;

/// The length of the filter to each side, in periods of the lower rate.
const REACH: usize = 12;
/// Points of the filter per period; between them it is a straight line.
const STEPS: usize = 256;

/// The samples at another rate: as many seconds, without what the lower rate cannot hold.
pub(super) fn resampled(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    if from == to || from == 0 || to == 0 {
        return samples.to_vec();
    }
    let (from, to) = (f64::from(from), f64::from(to));
    // A little below half of the lower rate, where the filter begins to fall.
    let cutoff = (to / from).min(1.0) * 0.92;
    let filter = filter();
    let reach = REACH as f64 / cutoff;
    let length = (samples.len() as f64 * to / from).round() as usize;
    let at = |index: usize| {
        let center = index as f64 * from / to;
        let first = (center - reach).ceil().max(0.0) as usize;
        let last = ((center + reach) as usize).min(samples.len().saturating_sub(1));
        let near = samples.get(first..=last).unwrap_or_default();
        let weighted = near.iter().enumerate().map(|(offset, sample)| {
            let distance = ((first + offset) as f64 - center).abs() * cutoff;
            weight(&filter, distance) * f64::from(*sample)
        });
        (weighted.sum::<f64>() * cutoff) as f32
    };
    (0..length).map(at).collect()
}

/// A sine over its argument under a window: one half of it, for it is even.
fn filter() -> Vec<f64> {
    let point = |index: usize| {
        let x = index as f64 / STEPS as f64;
        let sinc = if index == 0 {
            1.0
        } else {
            (PI * x).sin() / (PI * x)
        };
        let turn = PI * x / REACH as f64;
        // Blackman's.
        sinc * (0.42 + 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos())
    };
    (0..=REACH * STEPS + 1).map(point).collect()
}

fn weight(filter: &[f64], distance: f64) -> f64 {
    let place = distance * STEPS as f64;
    let index = place as usize;
    match filter.get(index..index + 2) {
        Some([before, after]) => before + (after - before) * place.fract(),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate: u32, hertz: f64) -> Vec<f32> {
        (0..rate)
            .map(|n| (f64::from(n) / f64::from(rate) * hertz * 2.0 * PI).sin() as f32)
            .collect()
    }

    #[test]
    fn a_tone_stays_a_tone() {
        for to in [8_000, 16_000, 22_050, 24_000, 44_100, 48_000] {
            let (found, wanted) = (resampled(&sine(22_050, 440.0), 22_050, to), sine(to, 440.0));
            assert_eq!(found.len(), wanted.len());
            // At the ends half of the filter sees nothing.
            let inner = 100..found.len() - 100;
            let worst = inner
                .map(|n| (found[n] - wanted[n]).abs())
                .fold(0.0, f32::max);
            assert!(worst < 2e-3, "{to}: {worst}");
        }
    }

    #[test]
    fn what_does_not_fit_is_gone() {
        let found = resampled(&sine(22_050, 6_000.0), 22_050, 8_000);
        let loudest = found[100..found.len() - 100]
            .iter()
            .fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
        assert!(loudest < 1e-3, "{loudest}");
    }
}
