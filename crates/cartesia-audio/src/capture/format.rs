//! The format and chunks of a recorder.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use cartesia_types::stt::SttFormat;
use cartesia_types::{ErrorKind, SttEncoding};

use crate::{Error, RESAMPLER_SAMPLE_RATES, Result};

/// The format in which recorded audio is given: headerless PCM, channels interleaved.
///
/// ```
/// use cartesia_audio::CaptureFormat;
/// use cartesia_types::SttEncoding;
///
/// assert_eq!(CaptureFormat::default(), CaptureFormat::new(SttEncoding::PcmS16Le, 16_000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CaptureFormat {
    /// The encoding of one sample.
    pub encoding: SttEncoding,
    /// Frames per second, in hertz; 1000 to 768 000. The microphone's own rate is converted.
    pub sample_rate: u32,
    /// Samples per frame, 1 to 32. One is the average of all channels of the microphone.
    pub channels: u16,
}

impl CaptureFormat {
    /// Creates a mono format; `rate` is in hertz.
    pub fn new(encoding: impl Into<SttEncoding>, sample_rate: u32) -> Self {
        Self {
            encoding: encoding.into(),
            sample_rate,
            channels: 1,
        }
    }

    /// Sets the number of channels, from 1 to 32.
    #[must_use]
    pub const fn with_channels(mut self, channels: u16) -> Self {
        self.channels = channels;
        self
    }

    /// Returns the number of bytes of one frame: one sample for each channel.
    pub const fn bytes_per_frame(self) -> usize {
        self.encoding.bytes_per_sample() * self.channels as usize
    }

    /// Refuses unsupported formats.
    pub(crate) fn check(self) -> Result<Self> {
        let problem = if !RESAMPLER_SAMPLE_RATES.contains(&self.sample_rate) {
            format!(
                "a sample rate of {} Hz is not between 1000 and 768 000",
                self.sample_rate
            )
        } else if !(1..=32).contains(&self.channels) {
            format!("{} channels are not between 1 and 32", self.channels)
        } else {
            return Ok(self);
        };
        Err(Error::new(
            ErrorKind::InvalidRequest,
            "recorder.open",
            problem,
        ))
    }
}

impl From<CaptureFormat> for SttFormat {
    /// The format of one channel.
    fn from(format: CaptureFormat) -> Self {
        Self::new(format.encoding, format.sample_rate)
    }
}

impl Default for CaptureFormat {
    /// The usual format for speech to text: mono, 16 bits, 16 kHz.
    fn default() -> Self {
        Self::new(SttEncoding::PcmS16Le, 16_000)
    }
}

/// A piece of recorded audio.
///
/// `Debug` shows its length, never the audio.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct AudioChunk {
    /// The samples, in the format of the recorder.
    pub data: Bytes,
    /// The number of its first frame, counted from the start of the recording at the rate of the format.
    /// Where audio was lost, it jumps by the missing frames: a chunk that does not begin where the previous
    /// one ended has a gap before it. The chunk before a gap may be shorter than the others.
    pub first_frame: u64,
    /// The time at which that frame reached the microphone, on a clock that all recorders and players of the
    /// process share; for [`Player::loopback`](crate::Player::loopback), the time at which it leaves the speaker.
    pub captured: Duration,
    /// The loudness.
    pub level: Level,
}

impl From<AudioChunk> for Bytes {
    /// The samples: so that a recorder is a stream of audio.
    fn from(chunk: AudioChunk) -> Self {
        chunk.data
    }
}

impl fmt::Debug for AudioChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioChunk")
            .field("data", &format_args!("<{} bytes>", self.data.len()))
            .field("first_frame", &self.first_frame)
            .field("captured", &self.captured)
            .field("level", &self.level)
            .finish()
    }
}

/// The loudness of audio; 1 is full scale.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Level {
    /// The largest magnitude.
    pub peak: f32,
    /// The root mean square (RMS); 0.71 for a full-scale sine.
    pub rms: f32,
}

impl Level {
    pub(super) fn of(samples: &[f32]) -> Self {
        if samples.is_empty() {
            return Self::default();
        }
        let peak = samples
            .iter()
            .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let squares: f64 = samples
            .iter()
            .map(|sample| f64::from(*sample).powi(2))
            .sum();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a meter needs no more digits"
        )]
        let rms = (squares / samples.len() as f64).sqrt() as f32;
        Self { peak, rms }
    }

    /// Returns the peak in decibels of full scale (dBFS): 0 is the maximum, silence is −∞.
    pub fn peak_decibels(self) -> f32 {
        20.0 * self.peak.log10()
    }

    /// Returns the root mean square in decibels of full scale (dBFS); silence is −∞.
    pub fn rms_decibels(self) -> f32 {
        20.0 * self.rms.log10()
    }
}
