//! The encodings of headerless audio for speech to text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::format::RawEncoding;

/// The encoding of one PCM sample that speech to text understands. Multi-byte samples are
/// little-endian.
///
/// It has more encodings than synthesis ([`RawEncoding`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SttEncoding {
    /// Signed 16-bit integer.
    #[serde(rename = "pcm_s16le")]
    PcmS16Le,
    /// Signed 32-bit integer.
    #[serde(rename = "pcm_s32le")]
    PcmS32Le,
    /// 16-bit float (IEEE 754 binary16), nominally from −1 to 1.
    #[serde(rename = "pcm_f16le")]
    PcmF16Le,
    /// 32-bit float, nominally from −1 to 1.
    #[serde(rename = "pcm_f32le")]
    PcmF32Le,
    /// ITU-T G.711 µ-law, 8 bits.
    #[serde(rename = "pcm_mulaw")]
    PcmMulaw,
    /// ITU-T G.711 A-law, 8 bits.
    #[serde(rename = "pcm_alaw")]
    PcmAlaw,
}

impl SttEncoding {
    /// Every encoding.
    pub const ALL: [Self; 6] = [
        Self::PcmS16Le,
        Self::PcmS32Le,
        Self::PcmF16Le,
        Self::PcmF32Le,
        Self::PcmMulaw,
        Self::PcmAlaw,
    ];

    /// Returns the number of bytes of one sample.
    pub const fn bytes_per_sample(self) -> usize {
        match self {
            Self::PcmS32Le | Self::PcmF32Le => 4,
            Self::PcmS16Le | Self::PcmF16Le => 2,
            Self::PcmMulaw | Self::PcmAlaw => 1,
        }
    }

    /// Returns the byte that silence consists of: 0 for linear PCM, 0xFF for µ-law, 0xD5 for A-law.
    pub const fn silence(self) -> u8 {
        match self {
            Self::PcmS16Le | Self::PcmS32Le | Self::PcmF16Le | Self::PcmF32Le => 0,
            Self::PcmMulaw => 0xff,
            Self::PcmAlaw => 0xd5,
        }
    }

    /// Returns the name on the wire, such as `pcm_s16le`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PcmS16Le => "pcm_s16le",
            Self::PcmS32Le => "pcm_s32le",
            Self::PcmF16Le => "pcm_f16le",
            Self::PcmF32Le => "pcm_f32le",
            Self::PcmMulaw => "pcm_mulaw",
            Self::PcmAlaw => "pcm_alaw",
        }
    }
}

impl From<RawEncoding> for SttEncoding {
    fn from(encoding: RawEncoding) -> Self {
        match encoding {
            RawEncoding::PcmF32Le => Self::PcmF32Le,
            RawEncoding::PcmS16Le => Self::PcmS16Le,
            RawEncoding::PcmMulaw => Self::PcmMulaw,
            RawEncoding::PcmAlaw => Self::PcmAlaw,
        }
    }
}

impl fmt::Display for SttEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SttEncoding {
    type Err = UnknownSttEncoding;

    /// Reads the name on the wire (`pcm_s16le`) or a usual one, as
    /// [`RawEncoding`] does.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        match name.strip_prefix("pcm_").unwrap_or(&name) {
            "s32le" | "s32" | "i32" | "int32" => Ok(Self::PcmS32Le),
            "f16le" | "f16" | "fp16" | "float16" => Ok(Self::PcmF16Le),
            // Encodings of synthesis are also encodings of transcription.
            _ => name
                .parse::<RawEncoding>()
                .map(Self::from)
                .map_err(|_| UnknownSttEncoding(())),
        }
    }
}

impl TryFrom<&str> for SttEncoding {
    type Error = UnknownSttEncoding;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A text that is not an encoding of speech to text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownSttEncoding(());

impl fmt::Display for UnknownSttEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = SttEncoding::ALL.map(SttEncoding::as_str).join(", ");
        write!(f, "unknown encoding; use one of {names}")
    }
}

impl std::error::Error for UnknownSttEncoding {}
