//! The format in which audio comes in.

use std::time::Duration;

use cartesia_types::{ErrorKind, RawEncoding, RawFormat};

use crate::{Error, Result};

/// The format of the audio of one utterance: headerless PCM, channels interleaved.
///
/// ```
/// use cartesia_audio::SourceFormat;
/// use cartesia_types::{RawEncoding, RawFormat};
///
/// let stereo = SourceFormat::new(RawEncoding::PcmS16Le, 44_100, 2);
/// assert_eq!(stereo.bytes_per_frame(), 4);
/// // What the service makes is mono.
/// assert_eq!(SourceFormat::from(RawFormat::PCM_S16LE_24000).channels, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SourceFormat {
    /// The encoding of one sample.
    pub encoding: RawEncoding,
    /// Frames per second, in hertz; 1000 to 768 000.
    pub sample_rate: u32,
    /// Samples per frame, 1 to 32. More than two are mixed down.
    pub channels: u16,
}

impl SourceFormat {
    /// Creates a format from its parts; `rate` is in hertz.
    pub const fn new(encoding: RawEncoding, sample_rate: u32, channels: u16) -> Self {
        Self {
            encoding,
            sample_rate,
            channels,
        }
    }

    /// Returns the number of bytes of one frame: one sample for each channel.
    pub const fn bytes_per_frame(self) -> usize {
        self.encoding.bytes_per_sample() * self.channels as usize
    }

    /// Returns the playing time of `frames`, rounded down to a nanosecond. Zero when the rate is zero.
    pub fn duration_of_frames(self, frames: u64) -> Duration {
        RawFormat::new(self.encoding, self.sample_rate).duration_of_samples(frames)
    }

    /// Returns the number of frames in `duration`, rounded to the nearest; saturates.
    pub fn frames_of_duration(self, duration: Duration) -> u64 {
        RawFormat::new(self.encoding, self.sample_rate).samples_of_duration(duration)
    }

    /// Refuses formats that cannot be converted.
    pub(crate) fn check(self, operation: &'static str) -> Result<Self> {
        let problem = if !(1_000..=768_000).contains(&self.sample_rate) {
            format!(
                "a sample rate of {} Hz is not between 1000 and 768 000",
                self.sample_rate
            )
        } else if !(1..=32).contains(&self.channels) {
            format!("{} channels are not between 1 and 32", self.channels)
        } else {
            return Ok(self);
        };
        Err(Error::new(ErrorKind::InvalidRequest, operation, problem))
    }
}

impl From<RawFormat> for SourceFormat {
    fn from(format: RawFormat) -> Self {
        Self::new(format.encoding, format.sample_rate, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_formats_are_refused_with_a_reason() {
        for (sample_rate, channels, part) in [
            (0, 1, "0 Hz"),
            (999, 1, "999 Hz"),
            (768_001, 1, "768001 Hz"),
            (48_000, 0, "0 channels"),
            (48_000, 33, "33 channels"),
        ] {
            let format = SourceFormat::new(RawEncoding::PcmS16Le, sample_rate, channels);
            let error = format.check("player.utterance").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert!(error.to_string().contains(part), "{error}");
        }
        for (sample_rate, channels) in [(1_000, 1), (768_000, 32)] {
            let format = SourceFormat::new(RawEncoding::PcmAlaw, sample_rate, channels);
            assert_eq!(format.check("player.utterance").unwrap(), format);
        }
    }
}
