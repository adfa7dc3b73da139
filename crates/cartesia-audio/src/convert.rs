//! Conversion between bytes in any encoding and frames of floats, with any number of channels.
//!
//! The output is always safe to play: finite, and from −1 to 1.

use cartesia_types::pcm::{self, SampleDecoder};
use cartesia_types::{RawEncoding, SttEncoding};

/// Makes frames of bytes. A chunk may end anywhere, within a frame or a sample.
#[derive(Debug)]
pub(crate) struct FrameDecoder {
    decoder: SampleDecoder,
    mapper: ChannelMapper,
    /// Decoded samples of a frame that is not whole yet, and those of the current chunk.
    samples: Vec<f32>,
}

impl FrameDecoder {
    /// A decoder of interleaved frames of `source_channels` into such of `target_channels`.
    pub(crate) fn new(
        encoding: RawEncoding,
        source_channels: usize,
        target_channels: usize,
    ) -> Self {
        Self {
            decoder: SampleDecoder::new(encoding),
            mapper: ChannelMapper::new(source_channels, target_channels),
            samples: Vec::new(),
        }
    }

    /// Appends the frames that `chunk` completes.
    pub(crate) fn push(&mut self, chunk: &[u8], frames: &mut Vec<f32>) {
        let already_safe = self.samples.len();
        self.decoder.decode_f32(chunk, &mut self.samples);
        for sample in &mut self.samples[already_safe..] {
            *sample = safe(*sample);
        }
        let used = self.mapper.map(&self.samples, frames);
        self.samples.drain(..used);
    }
}

/// Makes bytes of frames: the way of a microphone.
#[derive(Debug)]
pub(crate) struct FrameEncoder {
    encoding: SttEncoding,
    safe: Vec<f32>,
}

impl FrameEncoder {
    pub(crate) fn new(encoding: SttEncoding) -> Self {
        Self {
            encoding,
            safe: Vec::new(),
        }
    }

    /// Appends the samples in the encoding.
    pub(crate) fn push(&mut self, samples: &[f32], bytes: &mut Vec<u8>) {
        self.safe.clear();
        self.safe.extend(samples.iter().copied().map(safe));
        pcm::encode_stt(self.encoding, &self.safe, bytes);
    }
}

/// A sample that may be played: finite, and from −1 to 1. What is no number is silence.
pub(crate) fn safe(sample: f32) -> f32 {
    if sample.is_nan() {
        0.0
    } else {
        sample.clamp(-1.0, 1.0)
    }
}

/// Puts the samples of a frame onto another number of channels.
///
/// - as many on both sides: unchanged;
/// - one channel onto many: the first two (left and right) have it, the others are silent;
/// - many onto one: the average;
/// - more onto fewer: the average of the surplus ones is mixed into the first two at equal parts, so
///   that a voice in the centre of a surround recording is heard, and nothing gets too loud;
/// - fewer onto more: the surplus ones are silent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChannelMapper {
    source: usize,
    target: usize,
}

impl ChannelMapper {
    /// A mapper between frames of so many samples; nothing is taken for one.
    pub(crate) fn new(source: usize, target: usize) -> Self {
        Self {
            source: source.max(1),
            target: target.max(1),
        }
    }

    /// Appends the whole frames in `input`, and returns how many samples of it they were.
    pub(crate) fn map(&self, input: &[f32], output: &mut Vec<f32>) -> usize {
        let used = input.len() - input.len() % self.source;
        let input = &input[..used];
        let frames = input.chunks_exact(self.source);
        match (self.source, self.target) {
            (source, target) if source == target => output.extend_from_slice(input),
            (1, target) => {
                for sample in input {
                    push_padded(&[*sample, *sample], target, output);
                }
            }
            (_, 1) => output.extend(frames.map(average)),
            (source, target) if source < target => {
                frames.for_each(|frame| push_padded(frame, target, output));
            }
            (_, target) => {
                for frame in frames {
                    let (kept, surplus) = frame.split_at(target);
                    let surplus = average(surplus);
                    output.extend(
                        kept[..2]
                            .iter()
                            .map(|sample| f32::midpoint(*sample, surplus)),
                    );
                    output.extend_from_slice(&kept[2..]);
                }
            }
        }
        used
    }
}

/// Appends a frame of `channels` samples; missing samples are silent.
fn push_padded(given: &[f32], channels: usize, output: &mut Vec<f32>) {
    let end = output.len() + channels;
    output.extend_from_slice(given);
    output.resize(end, 0.0);
}

fn average(samples: &[f32]) -> f32 {
    // There are at most 65535 channels, which a float holds exactly.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let count = samples.len() as f32;
    samples.iter().sum::<f32>() / count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mapped(source: usize, target: usize, input: &[f32]) -> Vec<f32> {
        let mut output = Vec::new();
        assert_eq!(
            ChannelMapper::new(source, target).map(input, &mut output),
            input.len()
        );
        output
    }

    #[test]
    fn channels_are_mapped() {
        let stereo = [0.1, 0.2, 0.3, 0.4];
        assert_eq!(mapped(2, 2, &stereo), stereo);
        assert_eq!(mapped(1, 1, &stereo), stereo);
        assert_eq!(mapped(1, 2, &[0.1, 0.3]), [0.1, 0.1, 0.3, 0.3]);
        assert_eq!(mapped(1, 4, &[0.5]), [0.5, 0.5, 0.0, 0.0]);
        assert_eq!(mapped(2, 1, &[0.5, 0.25, -0.5, 0.5]), [0.375, 0.0]);
        assert_eq!(mapped(3, 1, &[0.5, 0.25, 0.75]), [0.5]);
        assert_eq!(mapped(2, 3, &[0.5, 0.25]), [0.5, 0.25, 0.0]);
        // Left, right and centre: the centre is on both sides.
        assert_eq!(mapped(3, 2, &[0.0, 0.0, 1.0]), [0.5, 0.5]);
        assert_eq!(
            mapped(5, 3, &[1.0, 0.0, 0.25, 0.5, 0.5]),
            [0.75, 0.25, 0.25]
        );
    }

    #[test]
    fn only_whole_frames_are_taken() {
        let mut output = Vec::new();
        assert_eq!(
            ChannelMapper::new(2, 1).map(&[1.0, 1.0, 0.5], &mut output),
            2
        );
        assert_eq!(output, [1.0]);
        assert_eq!(ChannelMapper::new(0, 0).map(&[0.5], &mut output), 1);
    }

    #[test]
    fn what_is_no_number_or_too_loud_is_made_safe() {
        let hostile = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 7.0, -7.0, 0.5];
        let bytes: Vec<u8> = hostile
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        let mut frames = Vec::new();
        FrameDecoder::new(RawEncoding::PcmF32Le, 1, 1).push(&bytes, &mut frames);
        assert_eq!(frames, [0.0, 1.0, -1.0, 1.0, -1.0, 0.5]);

        let mut encoded = Vec::new();
        FrameEncoder::new(SttEncoding::PcmF32Le).push(&hostile, &mut encoded);
        let expected: Vec<u8> = frames
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        assert_eq!(encoded, expected);
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_frames(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
            encoding in prop::sample::select(&RawEncoding::ALL),
            source in 1_usize..5,
            target in 1_usize..5,
        ) {
            let mut whole = Vec::new();
            FrameDecoder::new(encoding, source, target).push(&bytes, &mut whole);
            let frame_bytes = encoding.bytes_per_sample() * source;
            prop_assert_eq!(whole.len(), bytes.len() / frame_bytes * target);
            prop_assert!(whole.iter().all(|sample| (-1.0..=1.0).contains(sample)));

            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut decoder = FrameDecoder::new(encoding, source, target);
            let mut frames = Vec::new();
            for pair in cuts.windows(2) {
                decoder.push(&bytes[pair[0]..pair[1]], &mut frames);
            }
            prop_assert_eq!(frames, whole);
        }
    }
}
