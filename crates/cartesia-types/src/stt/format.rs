//! The format of the audio that is sent to a speech-to-text socket.

use std::fmt;
use std::time::Duration;

use super::SttEncoding;
use crate::format::RawFormat;

/// Headerless mono PCM, in any encoding that speech to text understands.
///
/// The service cannot check the format: with a wrong encoding or rate, it transcribes noise.
///
/// ```
/// use std::time::Duration;
/// use cartesia_types::stt::{SttEncoding, SttFormat};
/// use cartesia_types::RawFormat;
///
/// let format = SttFormat::new(SttEncoding::PcmS16Le, 16_000);
/// assert_eq!(format, RawFormat::PCM_S16LE_16000.into());
/// assert_eq!(format.bytes_in(Duration::from_millis(100)), 3_200);
/// assert_eq!(format.duration_of_bytes(3_200), Duration::from_millis(100));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SttFormat {
    /// The encoding of one sample.
    pub encoding: SttEncoding,
    /// Samples per second (hertz).
    pub sample_rate: u32,
}

impl SttFormat {
    /// 16-bit integer at 16 kHz: what the vendor recommends.
    pub const PCM_S16LE_16000: Self = Self {
        encoding: SttEncoding::PcmS16Le,
        sample_rate: 16_000,
    };

    /// Creates a format from its parts. `sample_rate` is in hertz.
    pub fn new(encoding: impl Into<SttEncoding>, sample_rate: u32) -> Self {
        Self {
            encoding: encoding.into(),
            sample_rate,
        }
    }

    /// Returns the number of bytes of one sample. Audio is mono, so this is also the size of one frame.
    pub const fn bytes_per_sample(self) -> usize {
        self.encoding.bytes_per_sample()
    }

    /// Returns the number of bytes of one second of audio.
    pub const fn bytes_per_second(self) -> u64 {
        self.sample_rate as u64 * self.bytes_per_sample() as u64
    }

    /// Returns the playing time of `bytes`, rounded down to a nanosecond. Zero when the sample rate is zero.
    pub fn duration_of_bytes(self, bytes: u64) -> Duration {
        const NANOS: u128 = 1_000_000_000;
        let rate = u128::from(self.bytes_per_second().max(1));
        let nanos = u128::from(bytes) * NANOS / rate;
        let seconds = u64::try_from(nanos / NANOS).unwrap_or(u64::MAX);
        let rest = u32::try_from(nanos % NANOS).unwrap_or_default();
        if self.sample_rate == 0 {
            return Duration::ZERO;
        }
        Duration::new(seconds, rest)
    }

    /// Returns the number of bytes of the whole samples that fit into `time`; saturates.
    pub fn bytes_in(self, time: Duration) -> u64 {
        let samples = time.as_nanos() * u128::from(self.sample_rate) / 1_000_000_000;
        let samples = u64::try_from(samples).unwrap_or(u64::MAX);
        samples.saturating_mul(self.bytes_per_sample() as u64)
    }
}

impl From<RawFormat> for SttFormat {
    /// The service hears every format that it speaks.
    fn from(format: RawFormat) -> Self {
        Self::new(format.encoding, format.sample_rate)
    }
}

impl fmt::Display for SttFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {} Hz", self.encoding, self.sample_rate)
    }
}
