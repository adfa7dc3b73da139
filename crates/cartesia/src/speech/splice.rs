//! Short fades in PCM, where two pieces of speech meet.

use std::time::Duration;

use cartesia_types::{RawFormat, pcm};

/// The length of a fade.
pub(super) const FADE: Duration = Duration::from_millis(10);

/// The start of `audio`, one fade long, that fades out.
pub(super) fn faded_out(format: RawFormat, audio: &[u8]) -> Vec<u8> {
    let length = fade_bytes(format).min(audio.len());
    ramped(format, audio.get(..length).unwrap_or_default(), true)
}

/// Fades in the start of `audio`; what is longer than a fade stays as it is.
pub(super) fn faded_in(format: RawFormat, audio: &[u8]) -> Vec<u8> {
    let length = fade_bytes(format).min(audio.len());
    let (start, rest) = audio.split_at(length);
    let mut faded = ramped(format, start, false);
    // Half a sample at the end of a short piece stays as it is.
    faded.extend_from_slice(start.get(faded.len()..).unwrap_or_default());
    faded.extend_from_slice(rest);
    faded
}

fn fade_bytes(format: RawFormat) -> usize {
    usize::try_from(format.bytes_of_duration(FADE)).unwrap_or(0)
}

fn ramped(format: RawFormat, audio: &[u8], out: bool) -> Vec<u8> {
    let mut samples = Vec::new();
    pcm::decode_f32(format.encoding, audio, &mut samples);
    let step = 1.0 / f32::from(u16::try_from(samples.len()).unwrap_or(u16::MAX)).max(1.0);
    let mut gain = if out { 1.0 } else { 0.0 };
    for sample in &mut samples {
        *sample *= gain;
        gain = if out { gain - step } else { gain + step };
    }
    let mut faded = Vec::with_capacity(audio.len());
    pcm::encode_f32(format.encoding, &samples, &mut faded);
    faded
}

#[cfg(test)]
mod tests {
    use cartesia_types::{RawEncoding, RawFormat};

    use super::*;

    #[test]
    fn fades_go_to_silence_in_every_encoding() {
        for encoding in [
            RawEncoding::PcmF32Le,
            RawEncoding::PcmS16Le,
            RawEncoding::PcmMulaw,
            RawEncoding::PcmAlaw,
        ] {
            let format = RawFormat::new(encoding, 8_000);
            let mut audio = Vec::new();
            pcm::encode_f32(encoding, &[0.5; 160], &mut audio);
            let (faded_out, faded_in) = (faded_out(format, &audio), faded_in(format, &audio));
            let mut samples = Vec::new();
            pcm::decode_f32(encoding, &faded_out, &mut samples);
            assert_eq!(samples.len(), 80, "one fade");
            assert!(
                samples[0] > 0.45 && samples[79].abs() < 0.02,
                "{encoding:?}"
            );
            samples.clear();
            pcm::decode_f32(encoding, &faded_in, &mut samples);
            assert_eq!(samples.len(), 160, "all of it");
            assert!(
                samples[0].abs() < 0.01 && samples[100] > 0.45,
                "{encoding:?}"
            );
        }
    }

    #[test]
    fn pieces_shorter_than_a_fade_keep_their_length() {
        let format = RawFormat::PCM_S16LE_24000;
        assert_eq!(faded_in(format, &[1, 2, 3]).len(), 3);
        assert!(faded_out(format, &[]).is_empty());
    }
}
