//! Chunks may end within a sample; the rest comes with the next one.

use super::{decode_f32, decode_i16};
use crate::format::RawEncoding;

/// Decodes a stream of chunks into samples, whatever the places where it is cut.
///
/// ```
/// use cartesia_types::{RawEncoding, pcm::SampleDecoder};
///
/// let mut decoder = SampleDecoder::new(RawEncoding::PcmS16Le);
/// let mut samples = Vec::new();
/// decoder.decode_i16(&[0x01], &mut samples);
/// decoder.decode_i16(&[0x00, 0x02, 0x00], &mut samples);
/// assert_eq!(samples, [1, 2]);
/// assert_eq!(decoder.pending(), 0);
/// ```
#[derive(Debug, Clone)]
pub struct SampleDecoder {
    encoding: RawEncoding,
    carry: [u8; 4],
    carried: usize,
}

impl SampleDecoder {
    /// Creates a decoder at the start of a stream.
    pub fn new(encoding: RawEncoding) -> Self {
        Self {
            encoding,
            carry: [0; 4],
            carried: 0,
        }
    }

    /// Returns the encoding that it decodes.
    pub fn encoding(&self) -> RawEncoding {
        self.encoding
    }

    /// Returns the number of bytes of an incomplete sample that wait for the next chunk. Anything but zero at
    /// the end of a stream means that the stream was cut.
    pub fn pending(&self) -> usize {
        self.carried
    }

    /// Appends the samples that `chunk` completes.
    pub fn decode_f32(&mut self, chunk: &[u8], samples: &mut Vec<f32>) {
        let encoding = self.encoding;
        self.decode(chunk, |bytes| decode_f32(encoding, bytes, samples));
    }

    /// Appends the samples that `chunk` completes.
    pub fn decode_i16(&mut self, chunk: &[u8], samples: &mut Vec<i16>) {
        let encoding = self.encoding;
        self.decode(chunk, |bytes| decode_i16(encoding, bytes, samples));
    }

    fn decode(&mut self, mut chunk: &[u8], mut decode: impl FnMut(&[u8]) -> usize) {
        let size = self.encoding.bytes_per_sample();
        if self.carried > 0 {
            let taken = chunk.len().min(size - self.carried);
            self.carry[self.carried..self.carried + taken].copy_from_slice(&chunk[..taken]);
            self.carried += taken;
            chunk = &chunk[taken..];
            if self.carried < size {
                return;
            }
            decode(&self.carry[..size]);
        }
        let rest = &chunk[decode(chunk)..];
        self.carry[..rest.len()].copy_from_slice(rest);
        self.carried = rest.len();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_cut_gives_the_same_samples(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
            encoding in prop::sample::select(&RawEncoding::ALL),
        ) {
            let mut whole = Vec::new();
            let used = decode_i16(encoding, &bytes, &mut whole);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut decoder = SampleDecoder::new(encoding);
            let mut samples = Vec::new();
            for pair in cuts.windows(2) {
                decoder.decode_i16(&bytes[pair[0]..pair[1]], &mut samples);
            }
            prop_assert_eq!(samples, whole);
            prop_assert_eq!(decoder.pending(), bytes.len() - used);
        }
    }
}
