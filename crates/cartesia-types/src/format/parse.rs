//! Formats from text: the names that people know.

use std::str::FromStr;

use super::{
    FormatName, Mp3Format, OutputFormat, RawEncoding, RawFormat, UnknownFormatName, WavFormat,
};

/// A text that is no encoding of samples.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown encoding {name:?}; the known ones are {}", names())]
pub struct UnknownEncoding {
    name: String,
}

fn names() -> String {
    RawEncoding::ALL.map(RawEncoding::as_str).join(", ")
}

fn normalized(text: &str) -> String {
    text.trim()
        .to_ascii_lowercase()
        .replace(['-', ' ', '.', '@'], "_")
}

impl FromStr for RawEncoding {
    type Err = UnknownEncoding;

    /// Reads the name on the wire (`pcm_s16le`) or a usual one (`s16le`, `int16`, `float32`, `ulaw`).
    /// Upper and lower case are the same, and so are `-` and `_`.
    ///
    /// # Errors
    ///
    /// [`UnknownEncoding`], which lists the names on the wire.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = normalized(text);
        let name = name.strip_prefix("raw_").unwrap_or(&name);
        match name.strip_prefix("pcm_").unwrap_or(name) {
            "f32le" | "f32" | "fp32" | "float32" | "float" => Ok(Self::PcmF32Le),
            "s16le" | "s16" | "i16" | "int16" | "16" | "pcm16" | "pcm" | "linear16" => {
                Ok(Self::PcmS16Le)
            }
            "mulaw" | "ulaw" | "mu_law" | "u_law" | "µlaw" | "g711_ulaw" | "g711u" | "pcmu" => {
                Ok(Self::PcmMulaw)
            }
            "alaw" | "a_law" | "g711_alaw" | "g711a" | "pcma" => Ok(Self::PcmAlaw),
            _ => Err(UnknownEncoding {
                name: text.chars().take(40).collect(),
            }),
        }
    }
}

impl FromStr for RawFormat {
    type Err = UnknownFormatName;

    /// Reads an encoding and a rate in hertz: `pcm_s16le_24000`, `raw_pcm_f32le_48000`, `ulaw_8000`.
    /// The names of the Python client, [`FormatName`], mean what they mean there.
    ///
    /// # Errors
    ///
    /// [`UnknownFormatName`], which lists the usual names.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = normalized(text);
        if let Ok(name) = name.parse::<FormatName>() {
            return Ok(name.format());
        }
        raw(&name).ok_or_else(|| UnknownFormatName::new(text))
    }
}

impl FromStr for WavFormat {
    type Err = UnknownFormatName;

    /// Reads `wav` (16 bits at 44.1 kHz), `wav_24000` or `wav_pcm_f32le_48000`.
    ///
    /// # Errors
    ///
    /// [`UnknownFormatName`], which lists the usual names.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        wav(&normalized(text)).ok_or_else(|| UnknownFormatName::new(text))
    }
}

impl FromStr for Mp3Format {
    type Err = UnknownFormatName;

    /// Reads `mp3` (44.1 kHz, 128 kbit/s), `mp3_44100` or `mp3_44100_128`, where the last number is in
    /// kbit/s or bit/s.
    ///
    /// # Errors
    ///
    /// [`UnknownFormatName`], which lists the usual names.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        mp3(&normalized(text)).ok_or_else(|| UnknownFormatName::new(text))
    }
}

impl FromStr for OutputFormat {
    type Err = UnknownFormatName;

    /// Reads the names of all three containers: `wav`, `wav_pcm_s16le_24000`, `mp3`, `mp3_44100_128`,
    /// and whatever [`RawFormat`] reads.
    ///
    /// ```
    /// use cartesia_types::{Mp3Format, OutputFormat, RawFormat};
    ///
    /// assert_eq!("mp3_44100_192".parse(), Ok(OutputFormat::from(Mp3Format::new(44_100, 192_000))));
    /// assert_eq!("pcm_s16le_24000".parse(), Ok(OutputFormat::from(RawFormat::PCM_S16LE_24000)));
    /// assert!("flac".parse::<OutputFormat>().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownFormatName`], which lists the usual names.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = normalized(text);
        wav(&name)
            .map(Self::Wav)
            .or_else(|| mp3(&name).map(Self::Mp3))
            .map_or_else(|| text.parse().map(Self::Raw), Ok)
    }
}

macro_rules! try_from_text {
    ($($format:ident),*) => { $(
        impl TryFrom<&str> for $format {
            type Error = <Self as FromStr>::Err;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    )* };
}

try_from_text!(RawEncoding, RawFormat, WavFormat, Mp3Format, OutputFormat);

fn raw(name: &str) -> Option<RawFormat> {
    let (encoding, rate) = name.rsplit_once('_')?;
    Some(RawFormat::new(encoding.parse().ok()?, hertz(rate)?))
}

fn wav(name: &str) -> Option<WavFormat> {
    let rest = name.strip_prefix("wav")?;
    let Some(rest) = rest.strip_prefix('_') else {
        return rest.is_empty().then(|| RawFormat::PCM_S16LE_44100.into());
    };
    match hertz(rest) {
        Some(rate) => Some(WavFormat::new(RawEncoding::PcmS16Le, rate)),
        None => raw(rest).map(WavFormat::from),
    }
}

fn mp3(name: &str) -> Option<Mp3Format> {
    let default = Mp3Format::default();
    let mut parts = name.split('_');
    if parts.next() != Some("mp3") {
        return None;
    }
    let rate = parts.next().map_or(Some(default.sample_rate), hertz)?;
    let bit_rate = match parts.next() {
        None => default.bit_rate,
        // Bit rates in kbit/s are below any rate in bit/s.
        Some(text) => match text.parse::<u32>().ok()? {
            0 => return None,
            kilobits @ ..1_000 => kilobits * 1_000,
            bits => bits,
        },
    };
    parts
        .next()
        .is_none()
        .then(|| Mp3Format::new(rate, bit_rate))
}

/// A rate in hertz: small numbers are rejected, since they would be kHz.
fn hertz(text: &str) -> Option<u32> {
    text.parse().ok().filter(|rate| *rate >= 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_by_every_usual_name() {
        for encoding in RawEncoding::ALL {
            assert_eq!(encoding.as_str().parse(), Ok(encoding));
        }
        for (name, encoding) in [
            ("S16LE", RawEncoding::PcmS16Le),
            ("pcm", RawEncoding::PcmS16Le),
            ("linear16", RawEncoding::PcmS16Le),
            ("float32", RawEncoding::PcmF32Le),
            ("raw_pcm_f32le", RawEncoding::PcmF32Le),
            ("u-law", RawEncoding::PcmMulaw),
            ("g711_alaw", RawEncoding::PcmAlaw),
        ] {
            assert_eq!(RawEncoding::try_from(name), Ok(encoding), "{name}");
        }
        let error = "s24le".parse::<RawEncoding>().unwrap_err().to_string();
        assert!(
            error.contains("\"s24le\"") && error.contains("pcm_mulaw"),
            "{error}"
        );
    }

    #[test]
    fn formats_by_every_usual_name() {
        for name in FormatName::CURRENT
            .into_iter()
            .chain(FormatName::DEPRECATED)
        {
            assert_eq!(name.as_str().parse(), Ok(name.format()));
            assert_eq!(name.as_str().parse(), Ok(OutputFormat::from(name.format())));
        }
        for (name, format) in [
            (
                "pcm_s16le_48000",
                OutputFormat::from(RawFormat::PCM_S16LE_48000),
            ),
            ("raw_pcm_f32le_48000", RawFormat::PCM_F32LE_48000.into()),
            ("PCM-S16LE@24000", RawFormat::PCM_S16LE_24000.into()),
            ("ulaw_8000", RawFormat::PCM_MULAW_8000.into()),
            ("wav", WavFormat::from(RawFormat::PCM_S16LE_44100).into()),
            (
                "wav_24000",
                WavFormat::from(RawFormat::PCM_S16LE_24000).into(),
            ),
            (
                "wav_pcm_f32le_48000",
                WavFormat::from(RawFormat::PCM_F32LE_48000).into(),
            ),
            ("mp3", Mp3Format::default().into()),
            ("mp3_22050_32", Mp3Format::new(22_050, 32_000).into()),
            ("mp3_44100_192000", Mp3Format::new(44_100, 192_000).into()),
        ] {
            assert_eq!(OutputFormat::try_from(name), Ok(format), "{name}");
        }
        for name in [
            "",
            "flac",
            "wave",
            "wav_",
            "wav_44",
            "mp3_",
            "mp3_44100_0",
            "mp3_1_2_3",
            "pcm_s16le",
            "pcm_s16le_48",
            "24000",
            "_",
        ] {
            assert!(name.parse::<OutputFormat>().is_err(), "{name}");
        }
        assert!("wav".parse::<RawFormat>().is_err() && "mp3".parse::<WavFormat>().is_err());
    }
}
