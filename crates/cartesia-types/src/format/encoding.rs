//! The encoding of one sample.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The encoding of one PCM sample. Multi-byte samples are little-endian.
///
/// This enum is closed: guessing the size of an unknown sample would be worse than failing.
#[doc(alias = "mu-law")]
#[doc(alias = "µ-law")]
#[doc(alias = "ulaw")]
#[doc(alias = "A-law")]
#[doc(alias = "G.711")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RawEncoding {
    /// 32-bit float, nominally from −1 to 1.
    #[serde(rename = "pcm_f32le")]
    PcmF32Le,
    /// Signed 16-bit integer.
    #[serde(rename = "pcm_s16le")]
    PcmS16Le,
    /// ITU-T G.711 µ-law, 8 bits.
    #[serde(rename = "pcm_mulaw")]
    PcmMulaw,
    /// ITU-T G.711 A-law, 8 bits.
    #[serde(rename = "pcm_alaw")]
    PcmAlaw,
}

impl RawEncoding {
    /// Every encoding.
    pub const ALL: [Self; 4] = [
        Self::PcmF32Le,
        Self::PcmS16Le,
        Self::PcmMulaw,
        Self::PcmAlaw,
    ];

    /// Returns the number of bytes of one sample.
    pub const fn bytes_per_sample(self) -> usize {
        match self {
            Self::PcmF32Le => 4,
            Self::PcmS16Le => 2,
            Self::PcmMulaw | Self::PcmAlaw => 1,
        }
    }

    /// Returns the name on the wire, such as `pcm_f32le`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PcmF32Le => "pcm_f32le",
            Self::PcmS16Le => "pcm_s16le",
            Self::PcmMulaw => "pcm_mulaw",
            Self::PcmAlaw => "pcm_alaw",
        }
    }
}

impl fmt::Display for RawEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
