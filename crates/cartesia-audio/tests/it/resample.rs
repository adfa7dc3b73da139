//! The resampler: lengths, cuts, and its quality measured with sines.

use std::f64::consts::TAU;

use cartesia_audio::Resampler;
use cartesia_types::ErrorKind;
use proptest::prelude::*;

const RATES: [u32; 11] = [
    8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000,
];

/// Pairs without a useful common factor.
const ODD: [(u32, u32); 5] = [
    (44_101, 48_000),
    (48_000, 44_101),
    (7_999, 48_000),
    (48_000, 7_999),
    (12_345, 54_321),
];

fn pairs() -> impl Iterator<Item = (u32, u32)> {
    let usual = RATES
        .into_iter()
        .flat_map(|source| RATES.into_iter().map(move |target| (source, target)));
    usual.chain(ODD).filter(|(source, target)| source != target)
}

#[expect(clippy::cast_possible_truncation, reason = "a sample has 24 bits")]
fn sine(sample_rate: u32, hertz: f64, frames: u32) -> Vec<f32> {
    let step = TAU * hertz / f64::from(sample_rate);
    (0..frames)
        .map(|n| (step * f64::from(n)).sin() as f32)
        .collect()
}

fn resampled(source: u32, target: u32, input: &[f32]) -> Vec<f32> {
    let mut output = Vec::new();
    let mut resampler = Resampler::new(source, target, 1).unwrap();
    resampler.push(input, &mut output);
    resampler.finish(&mut output);
    output
}

/// The middle half of a signal as a sine of known frequency: what is left of it.
struct Fit {
    gain_db: f64,
    /// How far it lies behind a sine that starts at zero, in frames.
    shift: f64,
    /// The sine against everything that is not it.
    snr_db: f64,
}

fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

/// Least squares over sine and cosine.
fn fit(signal: &[f32], sample_rate: u32, hertz: f64) -> Fit {
    let step = TAU * hertz / f64::from(sample_rate);
    let middle: Vec<(f64, f64, f64)> = (0_u32..)
        .zip(signal)
        .skip(signal.len() / 4)
        .take(signal.len() / 2)
        .map(|(n, sample)| {
            let (sin, cos) = (step * f64::from(n)).sin_cos();
            (sin, cos, f64::from(*sample))
        })
        .collect();
    let sum = |term: fn(&(f64, f64, f64)) -> f64| middle.iter().map(term).sum::<f64>();
    let (ss, sc, cc) = (
        sum(|(s, ..)| s * s),
        sum(|(s, c, _)| s * c),
        sum(|(_, c, _)| c * c),
    );
    let (xs, xc) = (sum(|(s, _, x)| x * s), sum(|(_, c, x)| x * c));
    let determinant = ss * cc - sc * sc;
    let (in_phase, across) = (
        (xs * cc - xc * sc) / determinant,
        (xc * ss - xs * sc) / determinant,
    );
    let noise = middle
        .iter()
        .map(|(s, c, x)| (x - in_phase * s - across * c).powi(2))
        .sum::<f64>();
    let gain = in_phase.hypot(across);
    Fit {
        gain_db: decibels(gain),
        shift: -across.atan2(in_phase) / step,
        snr_db: decibels((gain * gain * ss / noise).sqrt()),
    }
}

#[test]
fn the_passband_is_flat_in_line_and_clean_between_all_rates() {
    for (source, target) in pairs() {
        let nyquist = f64::from(source.min(target)) / 2.0;
        for part in [0.01, 0.5, 0.88] {
            let hertz = nyquist * part;
            let output = resampled(source, target, &sine(source, hertz, source / 8));
            let fit = fit(&output, target, hertz);
            let place = format!("{source} to {target} Hz at {part}");
            assert!(fit.gain_db.abs() < 0.01, "{place}: {} dB", fit.gain_db);
            assert!(fit.snr_db > 125.0, "{place}: {} dB", fit.snr_db);
            assert!(fit.shift.abs() < 0.1, "{place}: {} frames", fit.shift);
        }
    }
}

#[test]
fn usual_rates_are_exactly_in_line() {
    for (source, target) in [(24_000, 48_000), (44_100, 48_000), (48_000, 16_000)] {
        let output = resampled(source, target, &sine(source, 1_000.0, source));
        let shift = fit(&output, target, 1_000.0).shift;
        assert!(shift.abs() < 1e-4, "{source} to {target}: {shift}");
    }
}

#[test]
fn what_the_lower_rate_cannot_hold_is_gone() {
    for (source, target) in pairs().filter(|(source, target)| source > target) {
        for part in [1.05, 1.3] {
            let hertz = (f64::from(target) / 2.0 * part).min(f64::from(source) * 0.49);
            if hertz < f64::from(target) / 2.0 * 1.04 {
                continue;
            }
            let output = resampled(source, target, &sine(source, hertz, source / 8));
            let middle = &output[output.len() / 4..output.len() * 3 / 4];
            let peak = middle
                .iter()
                .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            let level = decibels(f64::from(peak));
            assert!(
                level < -120.0,
                "{source} to {target} Hz at {part}: {level} dB"
            );
        }
    }
}

#[test]
fn equal_rates_pass_every_bit() {
    let input = [0.1, -0.0, f32::MIN_POSITIVE, f32::NAN, 5.0];
    let mut output = Vec::new();
    let mut resampler = Resampler::new(48_000, 48_000, 1).unwrap();
    resampler.push(&input, &mut output);
    resampler.finish(&mut output);
    let bits = |samples: &[f32]| {
        samples
            .iter()
            .map(|sample| sample.to_bits())
            .collect::<Vec<_>>()
    };
    assert_eq!(bits(&output), bits(&input));
    assert_eq!(resampler.delay_frames(), 0);
}

#[test]
fn a_sample_that_is_no_number_does_not_spread() {
    let mut input = sine(24_000, 1_000.0, 4_800);
    input[2_000] = f32::NAN;
    input[2_001] = f32::INFINITY;
    let output = resampled(24_000, 48_000, &input);
    assert!(output.iter().all(|sample| sample.abs() < 2.0));
}

#[test]
fn channels_do_not_mix() {
    let left = sine(16_000, 500.0, 3_000);
    let right = sine(16_000, 1_500.0, 3_000);
    let both: Vec<f32> = left
        .iter()
        .zip(&right)
        .flat_map(|(l, r)| [*l, *r])
        .collect();
    let mut resampler = Resampler::new(16_000, 44_100, 2).unwrap();
    let mut output = Vec::new();
    // Cut within frames.
    for piece in both.chunks(333) {
        resampler.push(piece, &mut output);
    }
    resampler.finish(&mut output);
    let channel = |offset| {
        output
            .iter()
            .copied()
            .skip(offset)
            .step_by(2)
            .collect::<Vec<f32>>()
    };
    assert_eq!(channel(0), resampled(16_000, 44_100, &left));
    assert_eq!(channel(1), resampled(16_000, 44_100, &right));
}

#[test]
fn after_its_end_a_stream_leaves_nothing_behind() {
    for (source, target) in [(24_000, 48_000), (44_101, 48_000), (48_000, 48_000)] {
        let mut resampler = Resampler::new(source, target, 2).unwrap();
        let (mut first, mut second, mut third) = (Vec::new(), Vec::new(), Vec::new());
        let input: Vec<f32> = sine(source, 440.0, 2_001);
        resampler.push(&input, &mut first);
        resampler.finish(&mut first);
        // The incomplete frame at its end was dropped.
        assert_eq!(first.len() as u64, 2 * rounded(1_000, source, target));
        resampler.push(&input, &mut second);
        resampler.finish(&mut second);
        assert_eq!(first, second, "{source} to {target}");
        resampler.push(&input, &mut third);
        resampler.reset();
        third.clear();
        resampler.push(&input, &mut third);
        resampler.finish(&mut third);
        assert_eq!(first, third, "{source} to {target}");
    }
}

#[test]
fn every_frame_is_out_after_the_delay_that_is_reported() {
    for (source, target) in pairs() {
        let mut resampler = Resampler::new(source, target, 1).unwrap();
        let mut output = Vec::new();
        let input = vec![0.25; 10_000];
        resampler.push(&input, &mut output);
        let settled = input.len() - resampler.delay_frames();
        let due = rounded(settled as u64, source, target);
        assert!(output.len() as u64 + 1 >= due, "{source} to {target}");
    }
}

#[test]
fn impossible_rates_and_channels_are_refused() {
    for (source, target, channels) in [
        (0, 48_000, 1),
        (48_000, 999, 1),
        (768_001, 8_000, 1),
        (1, 1, 1),
        (8_000, 8_000, 0),
    ] {
        let error = Resampler::new(source, target, channels).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    assert!(Resampler::new(1_000, 768_000, 1).is_ok());
    assert!(Resampler::new(768_000, 1_000, 1).is_ok());
    assert!(Resampler::new(767_999, 1_000, 1).is_ok());
}

fn rounded(frames: u64, source: u32, target: u32) -> u64 {
    let (source, target) = (u64::from(source), u64::from(target));
    (frames * target + source / 2) / source
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_cut_gives_the_same_samples_and_exactly_the_right_number(
        pair in prop::sample::select(pairs().collect::<Vec<_>>()),
        frames in 0_u32..3_000,
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let (source, target) = pair;
        let input = sine(source, f64::from(source.min(target)) / 9.0, frames);
        let whole = resampled(source, target, &input);
        prop_assert_eq!(whole.len() as u64, rounded(u64::from(frames), source, target));

        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
        cuts.extend([0, input.len()]);
        cuts.sort_unstable();
        let mut resampler = Resampler::new(source, target, 1).unwrap();
        let mut output = Vec::new();
        for pair in cuts.windows(2) {
            let piece = &input[pair[0]..pair[1]];
            let bound = resampler.output_bound(piece.len());
            let before = output.len();
            resampler.push(piece, &mut output);
            prop_assert!(output.len() - before <= bound);
        }
        let before = output.len();
        let bound = resampler.output_bound(0);
        resampler.finish(&mut output);
        prop_assert!(output.len() - before <= bound);
        prop_assert_eq!(output, whole);
    }
}
