//! Audio formats: containers, encodings, and the arithmetic between bytes, samples and time.
//!
//! All audio that the service generates is mono.

mod encoding;
mod name;
mod parse;
mod wire;

use std::time::Duration;

pub use encoding::RawEncoding;
pub use name::{FormatName, UnknownFormatName};
pub use parse::UnknownEncoding;

/// The sample rates that the service generates, in hertz.
pub const SAMPLE_RATES: [u32; 6] = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];

/// The bit rates of MP3 that the service generates, in bits per second.
pub const MP3_BIT_RATES: [u32; 5] = [32_000, 64_000, 96_000, 128_000, 192_000];

/// Headerless mono PCM: the format of every stream (SSE and WebSocket).
///
/// ```
/// use std::time::Duration;
/// use cartesia_types::RawFormat;
///
/// let format = RawFormat::PCM_S16LE_16000;
/// assert_eq!(format.bytes_per_second(), 32_000);
/// assert_eq!(format.duration_of_bytes(16_000), Duration::from_millis(500));
/// ```
#[doc(alias = "sample rate")]
#[doc(alias = "telephony")]
#[doc(alias = "PCM")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RawFormat {
    /// The encoding of one sample.
    pub encoding: RawEncoding,
    /// Samples per second; one of [`SAMPLE_RATES`] for audio that the service generates.
    pub sample_rate: u32,
}

macro_rules! raw_formats {
    ($( $constant:ident = $encoding:ident, $rate:literal, $what:literal; )*) => {
        impl RawFormat {
            $( #[doc = $what] pub const $constant: Self = Self::new(RawEncoding::$encoding, $rate); )*
        }
    };
}

raw_formats! {
    PCM_F32LE_48000 = PcmF32Le, 48_000, "32-bit float at 48 kHz.";
    PCM_F32LE_44100 = PcmF32Le, 44_100, "32-bit float at 44.1 kHz: playback; the default.";
    PCM_F32LE_24000 = PcmF32Le, 24_000, "32-bit float at 24 kHz.";
    PCM_F32LE_22050 = PcmF32Le, 22_050, "32-bit float at 22.05 kHz.";
    PCM_F32LE_16000 = PcmF32Le, 16_000, "32-bit float at 16 kHz.";
    PCM_F32LE_8000 = PcmF32Le, 8_000, "32-bit float at 8 kHz.";
    PCM_S16LE_48000 = PcmS16Le, 48_000, "16-bit integer at 48 kHz.";
    PCM_S16LE_44100 = PcmS16Le, 44_100, "16-bit integer at 44.1 kHz: files.";
    PCM_S16LE_24000 = PcmS16Le, 24_000, "16-bit integer at 24 kHz: voice agents.";
    PCM_S16LE_22050 = PcmS16Le, 22_050, "16-bit integer at 22.05 kHz.";
    PCM_S16LE_16000 = PcmS16Le, 16_000, "16-bit integer at 16 kHz: voice agents.";
    PCM_S16LE_8000 = PcmS16Le, 8_000, "16-bit integer at 8 kHz.";
    PCM_MULAW_8000 = PcmMulaw, 8_000, "G.711 µ-law at 8 kHz: telephony in North America and Japan.";
    PCM_ALAW_8000 = PcmAlaw, 8_000, "G.711 A-law at 8 kHz: telephony elsewhere.";
}

impl RawFormat {
    /// Creates a format from its parts. `sample_rate` is in hertz.
    pub const fn new(encoding: RawEncoding, sample_rate: u32) -> Self {
        Self {
            encoding,
            sample_rate,
        }
    }

    /// Returns the format for a name of the Python 1.x client; see [`FormatName`].
    ///
    /// # Errors
    ///
    /// [`UnknownFormatName`], which lists the known names.
    pub fn from_name(name: &str) -> Result<Self, UnknownFormatName> {
        name.parse::<FormatName>().map(FormatName::format)
    }

    /// Returns the current (not deprecated) name of this format, if it has one.
    pub fn name(self) -> Option<&'static str> {
        FormatName::of(self).map(FormatName::as_str)
    }

    /// Returns the number of bytes of one sample. Audio is mono, so this is also the size of one frame.
    pub const fn bytes_per_sample(self) -> usize {
        self.encoding.bytes_per_sample()
    }

    /// Returns the number of bytes of one second of audio.
    pub const fn bytes_per_second(self) -> u64 {
        self.sample_rate as u64 * self.bytes_per_sample() as u64
    }

    /// Returns the number of whole samples in `bytes`.
    pub const fn samples_of_bytes(self, bytes: u64) -> u64 {
        bytes / self.bytes_per_sample() as u64
    }

    /// Returns the number of bytes of `samples`; saturates.
    pub const fn bytes_of_samples(self, samples: u64) -> u64 {
        samples.saturating_mul(self.bytes_per_sample() as u64)
    }

    /// Returns the playing time of `samples`, rounded down to a nanosecond. Zero when the sample rate is
    /// zero.
    pub fn duration_of_samples(self, samples: u64) -> Duration {
        let rate = u64::from(self.sample_rate);
        let (Some(seconds), Some(rest)) = (samples.checked_div(rate), samples.checked_rem(rate))
        else {
            return Duration::ZERO;
        };
        // `rest` is below 2³², so the product stays below 2⁶².
        Duration::from_secs(seconds) + Duration::from_nanos(rest * 1_000_000_000 / rate)
    }

    /// Returns the playing time of `bytes`; an incomplete last sample does not count.
    pub fn duration_of_bytes(self, bytes: u64) -> Duration {
        self.duration_of_samples(self.samples_of_bytes(bytes))
    }

    /// Returns the number of samples that fit into `duration`, rounded to the nearest; saturates.
    pub fn samples_of_duration(self, duration: Duration) -> u64 {
        let samples =
            (duration.as_nanos() * u128::from(self.sample_rate) + 500_000_000) / 1_000_000_000;
        u64::try_from(samples).unwrap_or(u64::MAX)
    }

    /// Returns the number of bytes of the whole samples nearest to `duration`; saturates.
    pub fn bytes_of_duration(self, duration: Duration) -> u64 {
        self.bytes_of_samples(self.samples_of_duration(duration))
    }
}

impl Default for RawFormat {
    /// `raw_pcm_f32le_44100`, the default of the official clients.
    fn default() -> Self {
        Self::PCM_F32LE_44100
    }
}

/// PCM in a RIFF/WAVE file.
///
/// The service streams WAV, so both sizes in its header are the placeholder `0xFFFF_FFFF`;
/// [`wav`](crate::wav) finds and corrects them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WavFormat {
    /// The encoding of one sample.
    pub encoding: RawEncoding,
    /// Samples per second; one of [`SAMPLE_RATES`] for audio that the service generates.
    pub sample_rate: u32,
}

impl WavFormat {
    /// Creates a format from its parts. `sample_rate` is in hertz.
    pub const fn new(encoding: RawEncoding, sample_rate: u32) -> Self {
        Self {
            encoding,
            sample_rate,
        }
    }

    /// Returns the format of the samples in the file.
    pub const fn raw(self) -> RawFormat {
        RawFormat::new(self.encoding, self.sample_rate)
    }
}

impl From<RawFormat> for WavFormat {
    fn from(format: RawFormat) -> Self {
        Self::new(format.encoding, format.sample_rate)
    }
}

/// An MP3 stream with a constant bit rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Mp3Format {
    /// Samples per second; one of [`SAMPLE_RATES`] for audio that the service generates.
    pub sample_rate: u32,
    /// Bits per second; one of [`MP3_BIT_RATES`].
    pub bit_rate: u32,
}

impl Mp3Format {
    /// Creates a format from its parts: `sample_rate` in hertz, `bit_rate` in bits per second.
    pub const fn new(sample_rate: u32, bit_rate: u32) -> Self {
        Self {
            sample_rate,
            bit_rate,
        }
    }
}

impl Default for Mp3Format {
    /// 44.1 kHz at 128 kbit/s.
    fn default() -> Self {
        Self::new(44_100, 128_000)
    }
}

/// The format of requested audio.
///
/// `/tts/bytes` accepts all formats; the streaming endpoints accept only [`RawFormat`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "container")]
#[doc(alias = "codec")]
pub enum OutputFormat {
    /// Headerless PCM.
    Raw(RawFormat),
    /// PCM in a WAV file.
    Wav(WavFormat),
    /// MP3.
    Mp3(Mp3Format),
}

impl OutputFormat {
    /// Returns the format for a name of the Python 1.x client, current or deprecated.
    ///
    /// Parse a [`FormatName`] instead to learn whether the name is deprecated and what replaces it.
    ///
    /// ```
    /// use cartesia_types::{OutputFormat, RawFormat};
    ///
    /// let format = OutputFormat::from_name("raw_pcm_mulaw_8000")?;
    /// assert_eq!(format, RawFormat::PCM_MULAW_8000.into());
    /// assert_eq!(format.name(), Some("raw_pcm_mulaw_8000"));
    /// # Ok::<(), cartesia_types::UnknownFormatName>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownFormatName`], which lists the known names.
    pub fn from_name(name: &str) -> Result<Self, UnknownFormatName> {
        RawFormat::from_name(name).map(Self::Raw)
    }

    /// Returns the current (not deprecated) name of this format. Only some raw formats have one.
    pub fn name(&self) -> Option<&'static str> {
        match self {
            Self::Raw(format) => format.name(),
            Self::Wav(_) | Self::Mp3(_) => None,
        }
    }

    /// Returns the number of samples per second.
    pub fn sample_rate(&self) -> u32 {
        match self {
            Self::Raw(format) => format.sample_rate,
            Self::Wav(format) => format.sample_rate,
            Self::Mp3(format) => format.sample_rate,
        }
    }

    /// Returns the number of bytes of one second of audio, without any header.
    pub fn bytes_per_second(&self) -> u64 {
        match self {
            Self::Raw(format) => format.bytes_per_second(),
            Self::Wav(format) => format.raw().bytes_per_second(),
            Self::Mp3(format) => u64::from(format.bit_rate) / 8,
        }
    }

    /// Returns the playing time of `bytes` of audio without any header. For MP3 it is computed from the bit
    /// rate, which is constant. Zero when the rate is zero.
    pub fn duration_of_bytes(&self, bytes: u64) -> Duration {
        let Self::Mp3(mp3) = self else {
            return self
                .pcm()
                .map_or(Duration::ZERO, |format| format.duration_of_bytes(bytes));
        };
        let nanos = (u128::from(bytes) * 8 * 1_000_000_000).checked_div(u128::from(mp3.bit_rate));
        Duration::from_nanos(nanos.unwrap_or(0).try_into().unwrap_or(u64::MAX))
    }

    /// Returns the PCM inside, unless it is compressed.
    pub fn pcm(&self) -> Option<RawFormat> {
        match self {
            Self::Raw(format) => Some(*format),
            Self::Wav(format) => Some(format.raw()),
            Self::Mp3(_) => None,
        }
    }

    /// Returns the usual file name extension, without the dot.
    pub fn extension(&self) -> &'static str {
        match self {
            Self::Raw(_) => "pcm",
            Self::Wav(_) => "wav",
            Self::Mp3(_) => "mp3",
        }
    }
}

impl From<RawFormat> for OutputFormat {
    fn from(format: RawFormat) -> Self {
        Self::Raw(format)
    }
}

impl From<WavFormat> for OutputFormat {
    fn from(format: WavFormat) -> Self {
        Self::Wav(format)
    }
}

impl From<Mp3Format> for OutputFormat {
    fn from(format: Mp3Format) -> Self {
        Self::Mp3(format)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arithmetic_agrees_with_the_definition() {
        let format = RawFormat::PCM_F32LE_44100;
        assert_eq!(format.bytes_per_sample(), 4);
        assert_eq!(format.bytes_per_second(), 176_400);
        assert_eq!(format.samples_of_bytes(7), 1);
        assert_eq!(
            format.duration_of_bytes(176_400 * 3),
            Duration::from_secs(3)
        );
        assert_eq!(format.bytes_of_duration(Duration::from_millis(500)), 88_200);
        assert_eq!(RawFormat::PCM_MULAW_8000.bytes_per_second(), 8_000);
        assert_eq!(
            OutputFormat::Mp3(Mp3Format::default()).bytes_per_second(),
            16_000
        );
    }

    #[test]
    fn a_sample_rate_of_zero_does_not_panic() {
        let format = RawFormat::new(RawEncoding::PcmS16Le, 0);
        assert_eq!(format.duration_of_bytes(100), Duration::ZERO);
        assert_eq!(format.bytes_of_duration(Duration::MAX), 0);
    }

    proptest! {
        #[test]
        fn time_and_samples_round_trip(samples in 0_u64..1 << 40, rate in 1_u32..400_000) {
            let format = RawFormat::new(RawEncoding::PcmS16Le, rate);
            prop_assert_eq!(format.samples_of_duration(format.duration_of_samples(samples)), samples);
        }

        #[test]
        fn no_value_overflows(number: u64, rate: u32, nanos: u64) {
            let format = RawFormat::new(RawEncoding::PcmF32Le, rate);
            let _ = format.duration_of_samples(number);
            let _ = format.bytes_of_samples(number);
            let _ = format.bytes_of_duration(Duration::new(number, 0) + Duration::from_nanos(nanos % 1_000_000_000));
        }
    }
}
