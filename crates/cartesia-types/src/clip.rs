//! A whole piece of audio in memory.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::format::{OutputFormat, RawFormat};
use crate::pcm::SampleDecoder;
use crate::wav::{self, WavLayout};

/// A whole piece of audio: its bytes and their format.
///
/// `Debug` shows the number of bytes, never the audio. Cloning is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct AudioClip {
    format: OutputFormat,
    data: Bytes,
}

impl AudioClip {
    /// Creates a clip from its bytes. For WAV and MP3, `data` is the whole file.
    pub fn new(format: impl Into<OutputFormat>, data: impl Into<Bytes>) -> Self {
        Self {
            format: format.into(),
            data: data.into(),
        }
    }

    /// Returns the format.
    pub fn format(&self) -> OutputFormat {
        self.format
    }

    /// Returns the bytes: samples, or the file.
    pub fn data(&self) -> &Bytes {
        &self.data
    }

    pub(crate) fn take_data(&mut self) -> Bytes {
        std::mem::take(&mut self.data)
    }

    /// Returns the bytes, without the format.
    pub fn into_data(self) -> Bytes {
        self.data
    }

    /// Returns the PCM inside: format and bytes. `None` for MP3, and for a file that is not readable as WAV.
    pub fn pcm(&self) -> Option<(RawFormat, Bytes)> {
        match self.format {
            OutputFormat::Raw(format) => Some((format, self.data.clone())),
            OutputFormat::Wav(_) => {
                let layout = WavLayout::parse(&self.data).ok()??;
                let start = usize::try_from(layout.data_offset()).ok()?;
                let rest = self.data.len().checked_sub(start)?;
                let length = layout
                    .data_bytes()
                    .and_then(|bytes| usize::try_from(bytes).ok())
                    .map_or(rest, |bytes| bytes.min(rest));
                Some((layout.format(), self.data.slice(start..start + length)))
            }
            OutputFormat::Mp3(_) => None,
        }
    }

    /// Returns the playing time. For MP3 it is computed from the bit rate, which is constant; headers and
    /// padding make it a few hundredths of a second too long.
    pub fn duration(&self) -> Duration {
        match (self.pcm(), self.format) {
            (Some((format, data)), _) => format.duration_of_bytes(data.len() as u64),
            (None, OutputFormat::Mp3(_)) => self.format.duration_of_bytes(self.data.len() as u64),
            (None, _) => Duration::ZERO,
        }
    }

    /// Returns the samples as floats from −1 to 1; `None` when there is no PCM inside.
    pub fn samples_f32(&self) -> Option<Vec<f32>> {
        let (format, data) = self.pcm()?;
        let mut samples = Vec::with_capacity(data.len() / format.bytes_per_sample());
        SampleDecoder::new(format.encoding).decode_f32(&data, &mut samples);
        Some(samples)
    }

    /// Returns the samples as 16-bit integers; `None` when there is no PCM inside.
    pub fn samples_i16(&self) -> Option<Vec<i16>> {
        let (format, data) = self.pcm()?;
        let mut samples = Vec::with_capacity(data.len() / format.bytes_per_sample());
        SampleDecoder::new(format.encoding).decode_i16(&data, &mut samples);
        Some(samples)
    }

    /// Returns the audio as a WAV file with true sizes (RF64 beyond 4 GiB); `None` when there is no PCM
    /// inside.
    pub fn to_wav(&self) -> Option<Vec<u8>> {
        let (format, data) = self.pcm()?;
        let length = data.len() as u64;
        let mut file = if length > wav::MAX_DATA_BYTES {
            wav::header_for_any_length(format, 1, Some(length))
        } else {
            wav::header(format, Some(length))
        };
        file.extend_from_slice(&data);
        if data.len() % 2 == 1 {
            file.push(0);
        }
        Some(file)
    }
}

impl fmt::Debug for AudioClip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioClip")
            .field("format", &self.format)
            .field("data", &format_args!("<{} bytes>", self.data.len()))
            .field("duration", &self.duration())
            .finish()
    }
}
