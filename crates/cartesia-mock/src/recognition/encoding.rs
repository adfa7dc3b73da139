//! Conversion of bytes to samples, in the encodings of speech to text.

use cartesia_types::{RawEncoding, pcm};

/// The encoding of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// An encoding that speech is also synthesized in.
    Spoken(RawEncoding),
    /// 32-bit integers.
    S32,
    /// 16-bit floats.
    F16,
}

impl Encoding {
    /// The names on the wire.
    pub(crate) const NAMES: [&str; 6] = [
        "pcm_s16le",
        "pcm_s32le",
        "pcm_f16le",
        "pcm_f32le",
        "pcm_mulaw",
        "pcm_alaw",
    ];

    /// The encoding of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "pcm_s32le" => Some(Self::S32),
            "pcm_f16le" => Some(Self::F16),
            name => {
                let mut spoken = RawEncoding::ALL.into_iter();
                spoken
                    .find(|encoding| encoding.as_str() == name)
                    .map(Self::Spoken)
            }
        }
    }

    pub(crate) fn bytes_per_sample(self) -> u64 {
        match self {
            Self::Spoken(encoding) => encoding.bytes_per_sample() as u64,
            Self::S32 => 4,
            Self::F16 => 2,
        }
    }

    /// Appends the whole samples among the bytes, from −1 to 1, and returns how many bytes they had. What
    /// is no number is silence.
    pub(crate) fn decode(self, bytes: &[u8], samples: &mut Vec<f32>) -> usize {
        let before = samples.len();
        let used = match self {
            Self::Spoken(encoding) => pcm::decode_f32(encoding, bytes, samples),
            Self::S32 => {
                let (whole, _) = bytes.as_chunks::<4>();
                samples.extend(whole.iter().map(|sample| {
                    #[expect(clippy::cast_possible_truncation, reason = "only precision is lost")]
                    let sample = (f64::from(i32::from_le_bytes(*sample)) / 2_147_483_648.0) as f32;
                    sample
                }));
                whole.len() * 4
            }
            Self::F16 => {
                let (whole, _) = bytes.as_chunks::<2>();
                samples.extend(whole.iter().map(|sample| half(u16::from_le_bytes(*sample))));
                whole.len() * 2
            }
        };
        for sample in samples.iter_mut().skip(before) {
            *sample = audible(*sample);
        }
        used
    }
}

/// Decodes a stream of bytes that may be cut anywhere.
#[derive(Debug)]
pub(crate) struct Decoder {
    encoding: Encoding,
    /// The start of a sample whose end did not come yet.
    rest: Vec<u8>,
}

impl Decoder {
    pub(crate) fn new(encoding: Encoding) -> Self {
        let rest = Vec::new();
        Self { encoding, rest }
    }

    /// Appends the samples that are whole now.
    pub(crate) fn decode(&mut self, bytes: &[u8], samples: &mut Vec<f32>) {
        if self.rest.is_empty() {
            let used = self.encoding.decode(bytes, samples);
            self.rest.extend(&bytes[used..]);
        } else {
            self.rest.extend(bytes);
            let used = self.encoding.decode(&self.rest, samples);
            self.rest.drain(..used);
        }
    }
}

/// Limits a sample to −1 to 1. NaN becomes silence.
pub(crate) fn audible(sample: f32) -> f32 {
    if sample.is_finite() {
        sample.clamp(-1.0, 1.0)
    } else {
        0.0
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
        let mut samples = Vec::new();
        Encoding::F16.decode(&[0, 0x7e, 0, 0x7c], &mut samples);
        assert_eq!(samples, [0.0, 0.0]);
    }

    #[test]
    fn cuts_within_samples_change_nothing() {
        let bytes: Vec<u8> = (0..240).map(|n: u8| n.wrapping_mul(37)).collect();
        for name in Encoding::NAMES {
            let encoding = Encoding::named(name).unwrap();
            let mut whole = Vec::new();
            assert_eq!(encoding.decode(&bytes, &mut whole), bytes.len());
            for size in [1, 2, 3, 7, 64] {
                let (mut decoder, mut pieces) = (Decoder::new(encoding), Vec::new());
                for piece in bytes.chunks(size) {
                    decoder.decode(piece, &mut pieces);
                }
                assert_eq!(pieces, whole, "{name} {size}");
            }
        }
        assert_eq!(Encoding::named("pcm_s24le"), None);
    }
}
