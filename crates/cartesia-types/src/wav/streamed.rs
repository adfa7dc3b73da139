//! Audio that is written to a file while it arrives, and completed at its end.

use std::time::Duration;

use super::header::HeaderReader;
use super::{Patch, WavLayout};
use crate::format::OutputFormat;

/// Follows the bytes of an audio file while they are written, and says at the end how to complete
/// it: streamed WAV leaves its sizes open. It does no I/O itself.
///
/// A file that says how long it is, and is that long, stays as it came, byte for byte.
#[derive(Debug)]
pub struct StreamedFile {
    /// `None` when it is not known: then a file that begins as WAV is one.
    format: Option<OutputFormat>,
    written: u64,
    /// The header of a WAV file; `None` for what is no WAV file.
    header: Option<HeaderReader>,
}

/// The bytes that complete a streamed file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Completion {
    /// The length in bytes to which the file is cut first, where the audio ends within a sample; `None`
    /// where it does not.
    pub truncate_to: Option<u64>,
    /// The bytes to append: chunks of a RIFF file have even lengths.
    pub padding: &'static [u8],
    /// The bytes to overwrite, after the padding.
    pub patches: Vec<Patch>,
    /// Length of the file in bytes, header and padding included.
    pub file_bytes: u64,
    /// Playing time; for MP3 computed from the bit rate, and zero when the format is not known.
    pub duration: Duration,
}

impl StreamedFile {
    /// Creates an empty file of this format.
    pub fn new(format: impl Into<OutputFormat>) -> Self {
        let format = format.into();
        Self {
            format: Some(format),
            written: 0,
            header: matches!(format, OutputFormat::Wav(_)).then(HeaderReader::new),
        }
    }

    /// Creates a file of unknown format. If it begins as WAV, it is treated as WAV.
    pub fn of_unknown_format() -> Self {
        Self {
            format: None,
            written: 0,
            header: Some(HeaderReader::new()),
        }
    }

    /// Observes bytes that are written, the header included.
    pub fn push(&mut self, bytes: &[u8]) {
        self.written += bytes.len() as u64;
        // A file that is not WAV, although WAV was requested, stays unchanged.
        self.header.take_if(|header| header.push(bytes).is_err());
    }

    /// Returns the number of bytes of audio in the part that was observed so far. Before the header of a WAV
    /// file is complete, there are none; a file that is no WAV is all audio.
    pub fn audio_bytes(&self) -> u64 {
        match &self.header {
            None => self.written,
            Some(reader) => reader
                .header()
                .map_or(0, |header| self.written.saturating_sub(header.data_offset)),
        }
    }

    /// Returns the number of bytes of audio that the header of a WAV file announces; `None` when the header
    /// leaves it open, and for other files.
    pub fn announced_audio_bytes(&self) -> Option<u64> {
        let announced = self.header.as_ref()?.header()?.data_bytes?;
        // Programs that cannot seek write sizes close to the limits of 32 bits, signed or not.
        let is_open = [i32::MAX.unsigned_abs(), u32::MAX]
            .iter()
            .any(|limit| (0..=0xffff).contains(&u64::from(*limit).wrapping_sub(announced)));
        (!is_open).then_some(announced)
    }

    /// Returns how to complete the file, whether or not all of the audio arrived.
    pub fn finish(self) -> Completion {
        let header = self.header.and_then(|reader| reader.header());
        let layout =
            header.and_then(|header| Some((header.spec, WavLayout::of_header(header).ok()?)));
        let Some((spec, layout)) = layout else {
            return Completion {
                truncate_to: None,
                padding: &[],
                patches: Vec::new(),
                file_bytes: self.written,
                duration: self.format.map_or(Duration::ZERO, |format| {
                    format.duration_of_bytes(self.written)
                }),
            };
        };
        let arrived = self.written.saturating_sub(layout.data_offset());
        let data = match layout.data_bytes() {
            Some(announced) if announced <= arrived => {
                return Completion {
                    truncate_to: None,
                    padding: &[],
                    patches: Vec::new(),
                    file_bytes: self.written,
                    duration: layout.format().duration_of_bytes(announced),
                };
            }
            // Half a sample is no audio, and readers refuse a file with one.
            _ => arrived - arrived % spec.bytes_per_frame(),
        };
        let end = self.written - (arrived - data);
        let padding: &[u8] = if data % 2 == 1 { &[0] } else { &[] };
        Completion {
            truncate_to: (end < self.written).then_some(end),
            padding,
            patches: layout.patches(data),
            file_bytes: end + padding.len() as u64,
            duration: layout.format().duration_of_bytes(data),
        }
    }
}
