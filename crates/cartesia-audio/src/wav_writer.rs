//! WAV files that are written piece by piece.

use std::fmt;
use std::io::{self, Seek, SeekFrom, Write};

use cartesia_types::{ErrorKind, RawFormat, pcm, wav};

use crate::{Error, Result, SourceFormat};

pub(crate) const WRITE: &str = "wav.write";

/// Writes a WAV file piece by piece, in any encoding and number of channels: for example the output of an
/// [`OfflineOutput`](crate::OfflineOutput) or a [`Recorder`](crate::Recorder).
///
/// Until [`finish`](Self::finish) the header leaves the length open, which readers treat as "to the end": a
/// file that a crash cut off can still be played. Audio beyond the 4 GiB of a WAV file turns it into an RF64
/// file (EBU Tech 3306). A target that cannot seek, for example a pipe, keeps the open length.
///
/// ```
/// use std::io::Cursor;
///
/// use cartesia_audio::{OfflineOptions, Player, WavWriter};
/// use cartesia_types::RawFormat;
///
/// # fn main() -> Result<(), cartesia_audio::Error> {
/// let (player, mut output) = Player::offline(OfflineOptions::new(48_000).keep(false))?;
/// let utterance = player.utterance(RawFormat::PCM_S16LE_24000)?;
/// utterance.try_write(&[0; 4_800])?;
/// utterance.finish();
///
/// // `WavFile` writes to a path.
/// let mut file = WavWriter::new(Cursor::new(Vec::new()), output.format())?;
/// while utterance.report().is_none() {
///     file.write_samples(output.step(480))?;
/// }
/// assert!(file.finish()?.into_inner().starts_with(b"RIFF"));
/// # Ok(())
/// # }
/// ```
pub struct WavWriter<W: Write + Seek> {
    out: W,
    format: SourceFormat,
    /// Where the file begins in `out`.
    start: u64,
    /// Bytes of samples so far.
    written: u64,
    encoded: Vec<u8>,
}

impl<W: Write + Seek> WavWriter<W> {
    /// Starts a WAV file at the current position of `out`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] for a rate or number of channels out of range, [`ErrorKind::Io`]
    /// when the header cannot be written.
    pub fn new(mut out: W, format: impl Into<SourceFormat>) -> Result<Self> {
        let format = format.into().check(WRITE)?;
        let start = out.stream_position().map_err(failed)?;
        out.write_all(&header(format, None)).map_err(failed)?;
        Ok(Self {
            out,
            format,
            start,
            written: 0,
            encoded: Vec::new(),
        })
    }

    /// Returns the format of the file.
    pub fn format(&self) -> SourceFormat {
        self.format
    }

    /// Returns the playing time of the audio written so far.
    pub fn duration(&self) -> std::time::Duration {
        let frame = self.format.bytes_per_frame().max(1) as u64;
        self.format.duration_of_frames(self.written / frame)
    }

    /// Writes audio in the format of the file. Pieces may be cut anywhere, in the middle of a sample too.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when it cannot be written.
    pub fn write(&mut self, audio: &[u8]) -> Result<()> {
        self.out.write_all(audio).map_err(failed)?;
        self.written += audio.len() as u64;
        Ok(())
    }

    /// Writes samples from −1 to 1, channels interleaved, in the encoding of the file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when they cannot be written.
    pub fn write_samples(&mut self, samples: &[f32]) -> Result<()> {
        // Pieces, so that an hour of audio is not in memory twice.
        for piece in samples.chunks(16 * 1024) {
            let mut encoded = std::mem::take(&mut self.encoded);
            encoded.clear();
            pcm::encode_f32(self.format.encoding, piece, &mut encoded);
            let outcome = self.write(&encoded);
            self.encoded = encoded;
            outcome?;
        }
        Ok(())
    }

    /// Writes the length into the header, and returns the writer, positioned at the end of the file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when it cannot be written.
    pub fn finish(mut self) -> Result<W> {
        self.complete().map_err(failed)?;
        Ok(self.out)
    }

    fn complete(&mut self) -> io::Result<()> {
        if self.written % 2 == 1 {
            // Chunks have even lengths.
            self.out.write_all(&[0])?;
        }
        let end = self.out.stream_position()?;
        match self.out.seek(SeekFrom::Start(self.start)) {
            Err(error) if error.kind() == io::ErrorKind::NotSeekable => return self.out.flush(),
            outcome => outcome?,
        };
        self.out
            .write_all(&header(self.format, Some(self.written)))?;
        self.out.seek(SeekFrom::Start(end))?;
        self.out.flush()
    }
}

impl<W: Write + Seek> fmt::Debug for WavWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WavWriter")
            .field("format", &self.format)
            .field("duration", &self.duration())
            .finish_non_exhaustive()
    }
}

fn header(format: SourceFormat, data_bytes: Option<u64>) -> Vec<u8> {
    let raw = RawFormat::new(format.encoding, format.sample_rate);
    wav::header_for_any_length(raw, format.channels, data_bytes)
}

pub(crate) fn failed(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, WRITE, "the WAV file cannot be written").with_source(error)
}
