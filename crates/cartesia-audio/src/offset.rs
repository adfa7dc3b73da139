//! Places in the audio of an utterance.

use std::time::Duration;

use crate::SourceFormat;

/// A place in the audio of an utterance, counted from its beginning, in one of three units.
///
/// A [`Duration`] converts into it, so `utterance.mark(timestamp, id)` takes the times of words as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AudioOffset {
    /// Playing time. The nearest frame is meant.
    Time(Duration),
    /// Frames, at the sample rate of the utterance's format.
    Frames(u64),
    /// Bytes of the utterance's format. An offset within a frame means that frame.
    Bytes(u64),
}

impl AudioOffset {
    /// Returns the frame in audio of this format. Saturates.
    pub fn frame(self, format: SourceFormat) -> u64 {
        match self {
            Self::Time(time) => format.frames_of_duration(time),
            Self::Frames(frames) => frames,
            Self::Bytes(bytes) => bytes / (format.bytes_per_frame().max(1) as u64),
        }
    }
}

impl From<Duration> for AudioOffset {
    fn from(time: Duration) -> Self {
        Self::Time(time)
    }
}

#[cfg(test)]
mod tests {
    use cartesia_types::RawEncoding;

    use super::*;

    #[test]
    fn all_units_mean_the_same_frame() {
        let stereo = SourceFormat::new(RawEncoding::PcmS16Le, 24_000, 2);
        for (offset, frame) in [
            (AudioOffset::from(Duration::from_millis(500)), 12_000),
            (AudioOffset::Frames(12_000), 12_000),
            (AudioOffset::Bytes(48_000), 12_000),
            (AudioOffset::Bytes(48_003), 12_000),
            (AudioOffset::Time(Duration::ZERO), 0),
            (AudioOffset::Time(Duration::MAX), u64::MAX),
        ] {
            assert_eq!(offset.frame(stereo), frame, "{offset:?}");
        }
        let broken = SourceFormat::new(RawEncoding::PcmS16Le, 24_000, 0);
        assert_eq!(AudioOffset::Bytes(7).frame(broken), 7);
    }
}
