//! Audio that is written to a file while it arrives, and completed at its end.

use std::time::Duration;

use super::{Patch, WavLayout};
use crate::format::OutputFormat;

/// Bytes at the start of a WAV file among which its header must end.
const HEADER_LIMIT: usize = 64 * 1024;

/// Follows the bytes of an audio file while they are written, and says at the end how to complete
/// it: streamed WAV leaves its sizes open. It does no I/O itself.
#[derive(Debug)]
pub struct StreamedFile {
    /// None when nobody said it: then a file that begins as WAV is one.
    format: Option<OutputFormat>,
    written: u64,
    /// The start of a WAV file, until its layout is known.
    start: Vec<u8>,
    layout: Option<WavLayout>,
}

/// How to complete a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Completion {
    /// What to append: chunks of a RIFF file have even lengths.
    pub padding: &'static [u8],
    /// What to overwrite, after the padding.
    pub patches: Vec<Patch>,
    /// Length of the file in bytes, header and padding included.
    pub file_bytes: u64,
    /// Playing time; for MP3 computed from the bit rate, and zero when the format is not known.
    pub duration: Duration,
}

impl StreamedFile {
    /// A file of this format, still empty.
    pub fn new(format: impl Into<OutputFormat>) -> Self {
        Self {
            format: Some(format.into()),
            written: 0,
            start: Vec::new(),
            layout: None,
        }
    }

    /// A file of whatever format it turns out to be. What begins as WAV is taken for it.
    pub fn of_unknown_format() -> Self {
        Self {
            format: None,
            written: 0,
            start: Vec::new(),
            layout: None,
        }
    }

    /// Takes note of bytes that are written, the header included.
    pub fn push(&mut self, bytes: &[u8]) {
        self.written += bytes.len() as u64;
        let header_is_open = matches!(self.format, None | Some(OutputFormat::Wav(_)))
            && self.layout.is_none()
            && self.start.len() < HEADER_LIMIT;
        if header_is_open {
            self.start.extend_from_slice(bytes);
            // What is no WAV although one was asked for stays as it came.
            self.layout = WavLayout::parse(&self.start).ok().flatten();
            if self.layout.is_some() {
                self.start = Vec::new();
            }
        }
    }

    /// How to complete the file, whether or not all of the audio arrived.
    pub fn finish(self) -> Completion {
        let Some(layout) = self.layout else {
            return Completion {
                padding: &[],
                patches: Vec::new(),
                file_bytes: self.written,
                duration: self.format.map_or(Duration::ZERO, |format| {
                    format.duration_of_bytes(self.written)
                }),
            };
        };
        let data = self.written.saturating_sub(layout.data_offset());
        let padding: &[u8] = if data % 2 == 1 { &[0] } else { &[] };
        Completion {
            padding,
            patches: layout.patches(data),
            file_bytes: self.written + padding.len() as u64,
            duration: layout.format().duration_of_bytes(data),
        }
    }
}
