//! The format names of the Python 1.x client. They never travel on the wire.

use std::fmt;
use std::str::FromStr;

use super::RawFormat;

/// A format name of the Python 1.x client, such as `raw_pcm_f32le_44100`.
///
/// ```
/// use cartesia_types::{FormatName, RawFormat};
///
/// let name: FormatName = "fp32_8000".parse()?;
/// assert_eq!(name.format(), RawFormat::PCM_F32LE_8000);
/// assert_eq!(name.sample_rate(), 8_000);
/// assert_eq!(name.replacement(), Some("raw_pcm_f32le_8000"));
/// # Ok::<(), cartesia_types::UnknownFormatName>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FormatName {
    name: &'static str,
    format: RawFormat,
    replacement: Option<&'static str>,
}

const fn current(name: &'static str, format: RawFormat) -> FormatName {
    FormatName {
        name,
        format,
        replacement: None,
    }
}

const fn deprecated(name: &'static str, new: FormatName) -> FormatName {
    FormatName {
        name,
        format: new.format,
        replacement: Some(new.name),
    }
}

const F32_44100: FormatName = current("raw_pcm_f32le_44100", RawFormat::PCM_F32LE_44100);
const S16_44100: FormatName = current("raw_pcm_s16le_44100", RawFormat::PCM_S16LE_44100);
const F32_24000: FormatName = current("raw_pcm_f32le_24000", RawFormat::PCM_F32LE_24000);
const S16_24000: FormatName = current("raw_pcm_s16le_24000", RawFormat::PCM_S16LE_24000);
const F32_22050: FormatName = current("raw_pcm_f32le_22050", RawFormat::PCM_F32LE_22050);
const S16_22050: FormatName = current("raw_pcm_s16le_22050", RawFormat::PCM_S16LE_22050);
const F32_16000: FormatName = current("raw_pcm_f32le_16000", RawFormat::PCM_F32LE_16000);
const S16_16000: FormatName = current("raw_pcm_s16le_16000", RawFormat::PCM_S16LE_16000);
const F32_8000: FormatName = current("raw_pcm_f32le_8000", RawFormat::PCM_F32LE_8000);
const S16_8000: FormatName = current("raw_pcm_s16le_8000", RawFormat::PCM_S16LE_8000);
const MULAW_8000: FormatName = current("raw_pcm_mulaw_8000", RawFormat::PCM_MULAW_8000);
const ALAW_8000: FormatName = current("raw_pcm_alaw_8000", RawFormat::PCM_ALAW_8000);

impl FormatName {
    /// The current names; the first is the default format.
    pub const CURRENT: [Self; 12] = [
        F32_44100, S16_44100, F32_24000, S16_24000, F32_22050, S16_22050, F32_16000, S16_16000,
        F32_8000, S16_8000, MULAW_8000, ALAW_8000,
    ];

    /// The names that were deprecated in version 1.0.1 of the Python client. They still work here.
    pub const DEPRECATED: [Self; 14] = [
        deprecated("fp32", F32_44100),
        deprecated("pcm", S16_44100),
        deprecated("fp32_8000", F32_8000),
        deprecated("fp32_16000", F32_16000),
        deprecated("fp32_22050", F32_22050),
        deprecated("fp32_24000", F32_24000),
        deprecated("fp32_44100", F32_44100),
        deprecated("pcm_8000", S16_8000),
        deprecated("pcm_16000", S16_16000),
        deprecated("pcm_22050", S16_22050),
        deprecated("pcm_24000", S16_24000),
        deprecated("pcm_44100", S16_44100),
        deprecated("mulaw_8000", MULAW_8000),
        deprecated("alaw_8000", ALAW_8000),
    ];

    /// Returns the current name of a format, if it has one.
    pub fn of(format: RawFormat) -> Option<Self> {
        Self::CURRENT.into_iter().find(|name| name.format == format)
    }

    /// Returns the name itself.
    pub const fn as_str(self) -> &'static str {
        self.name
    }

    /// Returns the format that the name stands for.
    pub const fn format(self) -> RawFormat {
        self.format
    }

    /// Returns the number of samples per second of the format.
    pub const fn sample_rate(self) -> u32 {
        self.format.sample_rate
    }

    /// Returns the name to use instead, when this one is deprecated.
    pub const fn replacement(self) -> Option<&'static str> {
        self.replacement
    }
}

impl FromStr for FormatName {
    type Err = UnknownFormatName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::CURRENT
            .into_iter()
            .chain(Self::DEPRECATED)
            .find(|name| name.name == text)
            .ok_or_else(|| UnknownFormatName::new(text))
    }
}

impl fmt::Display for FormatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

/// A format name that neither is nor was one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown output format name {name:?}; the known names are {}, wav, mp3, and any of \
     `<encoding>_<rate>`, `wav_<encoding>_<rate>`, `mp3_<rate>_<kbit/s>`",
    known_names()
)]
pub struct UnknownFormatName {
    name: String,
}

impl UnknownFormatName {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.chars().take(40).collect(),
        }
    }
}

fn known_names() -> String {
    FormatName::CURRENT.map(FormatName::as_str).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "raw_pcm_f32le_48000"
            .parse::<FormatName>()
            .unwrap_err()
            .to_string();
        for name in FormatName::CURRENT {
            assert!(error.contains(name.as_str()), "{error}");
        }
        assert!(error.contains("\"raw_pcm_f32le_48000\""), "{error}");
    }

    #[test]
    fn every_replacement_is_a_current_name_of_the_same_format() {
        for name in FormatName::DEPRECATED {
            let replacement: FormatName = name.replacement().unwrap().parse().unwrap();
            assert_eq!(replacement.format(), name.format());
            assert_eq!(replacement.replacement(), None);
        }
    }
}
