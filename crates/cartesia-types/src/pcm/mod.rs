//! PCM samples: from bytes to `f32` or `i16`, and back.
//!
//! Floats are nominally from −1 to 1 and integers from −32768 to 32767, related by a factor of
//! 32768: an integer survives the way to a float and back exactly. Floats outside the range are
//! clamped when they become integers, and a float that is not a number becomes silence.

mod carry;
pub mod g711;
mod half;

pub use carry::SampleDecoder;

use crate::format::RawEncoding;
use crate::stt::SttEncoding;

const SCALE: f32 = 32_768.0;

/// Returns a 16-bit sample as a float.
pub fn i16_to_f32(sample: i16) -> f32 {
    f32::from(sample) / SCALE
}

/// Returns a float as a 16-bit sample: rounded to the nearest, clamped, silence if not a number.
pub fn f32_to_i16(sample: f32) -> i16 {
    // A float-to-integer cast saturates, and turns NaN into zero.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturation is what is wanted"
    )]
    let sample = (sample * SCALE).round_ties_even() as i16;
    sample
}

/// Appends the whole samples in `bytes` to `samples`, and returns how many bytes were used.
///
/// An incomplete sample at the end is left; [`SampleDecoder`] carries it over to the next chunk.
pub fn decode_f32(encoding: RawEncoding, bytes: &[u8], samples: &mut Vec<f32>) -> usize {
    match encoding {
        RawEncoding::PcmF32Le => {
            let (whole, _) = bytes.as_chunks::<4>();
            samples.extend(whole.iter().map(|sample| f32::from_le_bytes(*sample)));
            whole.len() * 4
        }
        RawEncoding::PcmS16Le => {
            let (whole, _) = bytes.as_chunks::<2>();
            samples.extend(
                whole
                    .iter()
                    .map(|sample| i16_to_f32(i16::from_le_bytes(*sample))),
            );
            whole.len() * 2
        }
        RawEncoding::PcmMulaw => {
            samples.extend(
                bytes
                    .iter()
                    .map(|code| i16_to_f32(g711::decode_mulaw(*code))),
            );
            bytes.len()
        }
        RawEncoding::PcmAlaw => {
            samples.extend(
                bytes
                    .iter()
                    .map(|code| i16_to_f32(g711::decode_alaw(*code))),
            );
            bytes.len()
        }
    }
}

/// Appends the whole samples in `bytes` to `samples`, and returns how many bytes were used.
///
/// An incomplete sample at the end is left; [`SampleDecoder`] carries it over to the next chunk.
pub fn decode_i16(encoding: RawEncoding, bytes: &[u8], samples: &mut Vec<i16>) -> usize {
    match encoding {
        RawEncoding::PcmF32Le => {
            let (whole, _) = bytes.as_chunks::<4>();
            samples.extend(
                whole
                    .iter()
                    .map(|sample| f32_to_i16(f32::from_le_bytes(*sample))),
            );
            whole.len() * 4
        }
        RawEncoding::PcmS16Le => {
            let (whole, _) = bytes.as_chunks::<2>();
            samples.extend(whole.iter().map(|sample| i16::from_le_bytes(*sample)));
            whole.len() * 2
        }
        RawEncoding::PcmMulaw => {
            samples.extend(bytes.iter().map(|code| g711::decode_mulaw(*code)));
            bytes.len()
        }
        RawEncoding::PcmAlaw => {
            samples.extend(bytes.iter().map(|code| g711::decode_alaw(*code)));
            bytes.len()
        }
    }
}

/// Appends `samples` to `bytes` in `encoding`.
pub fn encode_f32(encoding: RawEncoding, samples: &[f32], bytes: &mut Vec<u8>) {
    match encoding {
        RawEncoding::PcmF32Le => {
            bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        }
        RawEncoding::PcmS16Le => {
            bytes.extend(
                samples
                    .iter()
                    .flat_map(|sample| f32_to_i16(*sample).to_le_bytes()),
            );
        }
        RawEncoding::PcmMulaw => {
            bytes.extend(
                samples
                    .iter()
                    .map(|sample| g711::encode_mulaw(f32_to_i16(*sample))),
            );
        }
        RawEncoding::PcmAlaw => {
            bytes.extend(
                samples
                    .iter()
                    .map(|sample| g711::encode_alaw(f32_to_i16(*sample))),
            );
        }
    }
}

/// Appends `samples` to `bytes` in `encoding`.
pub fn encode_i16(encoding: RawEncoding, samples: &[i16], bytes: &mut Vec<u8>) {
    match encoding {
        RawEncoding::PcmF32Le => {
            bytes.extend(
                samples
                    .iter()
                    .flat_map(|sample| i16_to_f32(*sample).to_le_bytes()),
            );
        }
        RawEncoding::PcmS16Le => {
            bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        }
        RawEncoding::PcmMulaw => {
            bytes.extend(samples.iter().map(|sample| g711::encode_mulaw(*sample)));
        }
        RawEncoding::PcmAlaw => {
            bytes.extend(samples.iter().map(|sample| g711::encode_alaw(*sample)));
        }
    }
}

/// Appends `samples` to `bytes` in an encoding of speech to text, which has more encodings than synthesis.
pub fn encode_stt(encoding: SttEncoding, samples: &[f32], bytes: &mut Vec<u8>) {
    match encoding {
        SttEncoding::PcmF32Le => encode_f32(RawEncoding::PcmF32Le, samples, bytes),
        SttEncoding::PcmS16Le => encode_f32(RawEncoding::PcmS16Le, samples, bytes),
        SttEncoding::PcmMulaw => encode_f32(RawEncoding::PcmMulaw, samples, bytes),
        SttEncoding::PcmAlaw => encode_f32(RawEncoding::PcmAlaw, samples, bytes),
        SttEncoding::PcmS32Le => {
            bytes.extend(
                samples
                    .iter()
                    .flat_map(|sample| f32_to_i32(*sample).to_le_bytes()),
            );
        }
        SttEncoding::PcmF16Le => {
            bytes.extend(
                samples
                    .iter()
                    .flat_map(|sample| half::bits_of(*sample).to_le_bytes()),
            );
        }
    }
}

/// A float as a 32-bit sample: clamped, silence if not a number. Nothing is rounded: a float in the
/// range has 24 bits.
fn f32_to_i32(sample: f32) -> i32 {
    const SCALE: f64 = 2_147_483_648.0;
    // A float-to-integer cast saturates, and turns NaN into zero.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturation is what is wanted"
    )]
    let sample = (f64::from(sample) * SCALE) as i32;
    sample
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_of_speech_to_text_keep_sixteen_bits() {
        let samples: Vec<f32> = (i16::MIN..=i16::MAX).step_by(37).map(i16_to_f32).collect();
        for encoding in SttEncoding::ALL {
            let mut bytes = Vec::new();
            encode_stt(encoding, &samples, &mut bytes);
            assert_eq!(bytes.len(), samples.len() * encoding.bytes_per_sample());
        }
        let encoded = |sample| {
            let mut bytes = Vec::new();
            encode_stt(SttEncoding::PcmS32Le, &[sample], &mut bytes);
            encode_stt(SttEncoding::PcmF16Le, &[sample], &mut bytes);
            bytes
        };
        assert_eq!(encoded(0.5), [0, 0, 0, 0x40, 0, 0x38]);
        assert_eq!(encoded(-1.0), [0, 0, 0, 0x80, 0, 0xbc]);
        assert_eq!(encoded(2.0)[..4], i32::MAX.to_le_bytes());
        assert_eq!(encoded(f32::NAN)[..4], [0; 4]);
    }

    #[test]
    fn every_integer_survives_the_way_to_float_and_back() {
        for sample in i16::MIN..=i16::MAX {
            assert_eq!(f32_to_i16(i16_to_f32(sample)), sample);
        }
    }

    #[test]
    fn floats_out_of_range_are_clamped_and_nan_is_silence() {
        for (float, integer) in [
            (1.0, i16::MAX),
            (-1.0, i16::MIN),
            (7.0, i16::MAX),
            (f32::NEG_INFINITY, i16::MIN),
            (f32::NAN, 0),
            (-0.0, 0),
        ] {
            assert_eq!(f32_to_i16(float), integer, "{float}");
        }
    }

    #[test]
    fn encoding_and_decoding_agree_for_every_encoding() {
        let samples: Vec<i16> = (i16::MIN..=i16::MAX).step_by(37).collect();
        for encoding in RawEncoding::ALL {
            let (mut bytes, mut integers, mut floats) = (Vec::new(), Vec::new(), Vec::new());
            encode_i16(encoding, &samples, &mut bytes);
            assert_eq!(bytes.len(), samples.len() * encoding.bytes_per_sample());
            assert_eq!(decode_i16(encoding, &bytes, &mut integers), bytes.len());
            assert_eq!(decode_f32(encoding, &bytes, &mut floats), bytes.len());
            assert_eq!(
                floats,
                integers.iter().copied().map(i16_to_f32).collect::<Vec<_>>()
            );
            let mut again = Vec::new();
            encode_f32(encoding, &floats, &mut again);
            assert_eq!(again, bytes, "{encoding}");
            if encoding.bytes_per_sample() > 1 {
                assert_eq!(integers, samples, "{encoding} is lossless");
            }
        }
    }
}
