//! Conversion from the bytes of an utterance to frames of the ring.

use crate::convert::{ChannelMapper, FrameDecoder};
use crate::{Resampler, Result, SourceFormat};

/// Decodes, resamples and maps channels, in this order and with as few channels as possible.
pub(crate) struct Converter {
    decoder: FrameDecoder,
    resampler: Resampler,
    /// `None` when the ring has as many channels as the resampler.
    mapper: Option<ChannelMapper>,
    decoded: Vec<f32>,
    resampled: Vec<f32>,
}

impl Converter {
    /// `rate` is that of the device in hertz, and `lanes` the number of channels in the ring.
    pub(crate) fn new(source: SourceFormat, sample_rate: u32, lanes: u16) -> Result<Self> {
        let channels = source.channels.min(lanes);
        let mapper = ChannelMapper::new(usize::from(channels), usize::from(lanes));
        Ok(Self {
            decoder: FrameDecoder::new(
                source.encoding,
                usize::from(source.channels),
                usize::from(channels),
            ),
            resampler: Resampler::new(source.sample_rate, sample_rate, channels)?,
            mapper: (channels != lanes).then_some(mapper),
            decoded: Vec::new(),
            resampled: Vec::new(),
        })
    }

    /// Appends what is ready of the frames in `bytes`.
    pub(crate) fn push(&mut self, bytes: &[u8], out: &mut Vec<f32>) {
        self.decoded.clear();
        self.decoder.push(bytes, &mut self.decoded);
        match self.mapper {
            None => self.resampler.push(&self.decoded, out),
            Some(mapper) => {
                self.resampled.clear();
                self.resampler.push(&self.decoded, &mut self.resampled);
                mapper.map(&self.resampled, out);
            }
        }
    }

    /// Appends what is still inside. In total, there are as many frames as the utterance is long.
    pub(crate) fn finish(&mut self, out: &mut Vec<f32>) {
        self.resampled.clear();
        self.resampler.finish(&mut self.resampled);
        match self.mapper {
            None => out.append(&mut self.resampled),
            Some(mapper) => {
                mapper.map(&self.resampled, out);
            }
        }
    }
}
