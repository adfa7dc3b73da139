//! Every encoding, rate and number of channels.

use cartesia_audio::{OfflineOptions, Player, SourceFormat};
use cartesia_types::{RawEncoding, SAMPLE_RATES, pcm};

use crate::support::{assert_same, exact, noise, sine, trim};

fn play(options: OfflineOptions, format: SourceFormat, audio: &[u8]) -> Vec<f32> {
    let (player, mut output) = Player::offline(options).unwrap();
    let utterance = player.utterance(format).unwrap();
    for piece in audio.chunks(1_013) {
        utterance.try_write(piece).unwrap();
    }
    utterance.finish();
    output.run_until_idle();
    let report = utterance.report().unwrap();
    assert_eq!(report.heard_frames, report.written_frames);
    output.take()
}

#[test]
fn encodings_come_out_as_they_decode() {
    let signal = noise(20, 10_000);
    for encoding in RawEncoding::ALL {
        let mut audio = Vec::new();
        pcm::encode_f32(encoding, &signal, &mut audio);
        let mut expected = Vec::new();
        pcm::decode_f32(encoding, &audio, &mut expected);
        let heard = play(exact(), SourceFormat::new(encoding, 48_000, 1), &audio);
        assert_same(trim(&heard), &expected);
    }
}

#[test]
fn any_rate_is_heard_at_the_rate_of_the_device() {
    let hertz = 440.0;
    for device in [16_000, 44_100, 48_000, 96_000] {
        for sample_rate in SAMPLE_RATES {
            let seconds = 0.3;
            let frames = (sample_rate as f32 * seconds) as usize;
            let signal = sine(hertz, sample_rate, frames);
            let mut audio = Vec::new();
            pcm::encode_f32(RawEncoding::PcmF32Le, &signal, &mut audio);
            let options = OfflineOptions::new(device)
                .fade(std::time::Duration::ZERO)
                .prebuffer(std::time::Duration::ZERO);
            let heard = play(
                options,
                SourceFormat::new(RawEncoding::PcmF32Le, sample_rate, 1),
                &audio,
            );

            let expected = sine(hertz, device, (device as f32 * seconds) as usize);
            // Away from the ends, where the filter rings.
            let edge = device as usize / 50;
            let middle = edge..expected.len() - edge;
            let error: f64 = middle
                .clone()
                .map(|n| f64::from(heard[n] - expected[n]).powi(2))
                .sum();
            let power: f64 = middle.map(|n| f64::from(expected[n]).powi(2)).sum();
            let decibels = 10.0 * (power / error.max(1e-20)).log10();
            // The reference sine itself is in single precision.
            assert!(decibels > 60.0, "{sample_rate} to {device}: {decibels} dB");
            let sounding = trim(&heard).len();
            assert!(
                sounding.abs_diff(expected.len()) <= 2,
                "{sample_rate} to {device}: {sounding}"
            );
        }
    }
}

#[test]
fn mono_goes_to_both_speakers_and_no_further() {
    let signal = noise(21, 5_000);
    let mut audio = Vec::new();
    pcm::encode_f32(RawEncoding::PcmF32Le, &signal, &mut audio);
    for channels in [1, 2, 3, 6, 8] {
        let options = exact().channels(channels);
        let heard = play(
            options,
            SourceFormat::new(RawEncoding::PcmF32Le, 48_000, 1),
            &audio,
        );
        let frames: Vec<&[f32]> = heard.chunks(usize::from(channels)).collect();
        for (frame, sample) in frames.iter().zip(&signal) {
            let speakers = frame.len().min(2);
            assert!(
                frame[..speakers].iter().all(|s| s == sample),
                "{frame:?} {sample}"
            );
            assert!(frame[speakers..].iter().all(|s| *s == 0.0), "{frame:?}");
        }
    }
}

#[test]
fn stereo_stays_stereo_where_it_can() {
    let (left, right) = (noise(22, 4_000), noise(23, 4_000));
    let pairs: Vec<f32> = left
        .iter()
        .zip(&right)
        .flat_map(|(l, r)| [*l, *r])
        .collect();
    let mut audio = Vec::new();
    pcm::encode_f32(RawEncoding::PcmF32Le, &pairs, &mut audio);
    let stereo = SourceFormat::new(RawEncoding::PcmF32Le, 48_000, 2);
    assert_same(trim(&play(exact().channels(2), stereo, &audio)), &pairs);

    let heard = play(exact(), stereo, &audio);
    let expected: Vec<f32> = left
        .iter()
        .zip(&right)
        .map(|(l, r)| f32::midpoint(*l, *r))
        .collect();
    for (heard, expected) in heard.iter().zip(&expected) {
        assert!((heard - expected).abs() < 1e-6);
    }
}

#[test]
fn what_is_no_number_is_silence_and_what_is_too_loud_is_clipped() {
    let signal = [0.5, f32::NAN, f32::INFINITY, -7.0, 0.25];
    let mut audio = Vec::new();
    pcm::encode_f32(RawEncoding::PcmF32Le, &signal, &mut audio);
    let heard = play(
        exact(),
        SourceFormat::new(RawEncoding::PcmF32Le, 48_000, 1),
        &audio,
    );
    assert_eq!(heard[..5], [0.5, 0.0, 1.0, -1.0, 0.25]);
}
