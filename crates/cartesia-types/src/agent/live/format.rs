//! The format of a call's audio.

use crate::{RawEncoding, RawFormat};

crate::open::open_string! {
    /// The format of the audio of a call, in both directions. Always mono; PCM is 16-bit
    /// little-endian.
    ///
    /// ```
    /// use cartesia_types::RawFormat;
    /// use cartesia_types::agent::CallFormat;
    ///
    /// assert_eq!(CallFormat::PCM_16000.raw(), Some(RawFormat::PCM_S16LE_16000));
    /// assert_eq!(CallFormat::from("opus").raw(), None);
    /// ```
    CallFormat {
        /// µ-law at 8 kHz, as telephones have it.
        MULAW_8000 = "mulaw_8000",
        /// PCM at 16 kHz.
        PCM_16000 = "pcm_16000",
        /// PCM at 24 kHz.
        PCM_24000 = "pcm_24000",
        /// PCM at 44.1 kHz.
        PCM_44100 = "pcm_44100",
    }
}

impl CallFormat {
    /// Returns the samples that the name stands for, also of a name that is not in [`KNOWN`](Self::KNOWN) but
    /// is built like those; `None` for other names.
    pub fn raw(&self) -> Option<RawFormat> {
        let (encoding, rate) = self.as_str().split_once('_')?;
        let encoding = match encoding {
            "pcm" => RawEncoding::PcmS16Le,
            "mulaw" => RawEncoding::PcmMulaw,
            "alaw" => RawEncoding::PcmAlaw,
            _ => return None,
        };
        let rate = rate.parse().ok().filter(|rate| *rate > 0)?;
        Some(RawFormat::new(encoding, rate))
    }
}
