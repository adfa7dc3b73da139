//! WAV files that grow while audio is rendered or recorded.

use std::fmt;
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

use cartesia_types::ErrorKind;
use cartesia_types::fs::OutputFile;

use crate::wav_writer::{WRITE, failed};
use crate::{Error, Result, SourceFormat, WavWriter};

/// A WAV file on disk that is written piece by piece: a [`WavWriter`] with a path.
///
/// The file gets its name in [`finish`](Self::finish), which replaces an existing file. Until then, and after
/// a failure, it has `.partial` before the extension.
///
/// ```
/// use cartesia_audio::{OfflineOptions, Player, WavFile};
/// use cartesia_types::RawFormat;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("speech.wav");
/// let (player, mut output) = Player::offline(OfflineOptions::new(48_000).keep(false))?;
/// let utterance = player.utterance(RawFormat::PCM_S16LE_24000)?;
/// utterance.try_write(&[0; 4_800])?;
/// utterance.finish();
///
/// let mut file = WavFile::create(&path, output.format())?;
/// while utterance.report().is_none() {
///     file.write_samples(output.step(480))?;
/// }
/// file.finish()?;
/// # assert!(path.exists());
/// # Ok(())
/// # }
/// ```
pub struct WavFile {
    writer: WavWriter<BufWriter<OutputFile>>,
}

impl WavFile {
    /// Creates a file that will be at `path`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] for a sample rate or number of channels out of range,
    /// [`ErrorKind::Io`] when the file cannot be created.
    pub fn create(path: impl AsRef<Path>, format: impl Into<SourceFormat>) -> Result<Self> {
        let format = format.into().check(WRITE)?;
        let file = OutputFile::create(path).map_err(named)?;
        let writer = WavWriter::new(BufWriter::new(file), format)?;
        Ok(Self { writer })
    }

    /// Returns the format of the file.
    pub fn format(&self) -> SourceFormat {
        self.writer.format()
    }

    /// Returns the playing time of the audio written so far.
    pub fn duration(&self) -> Duration {
        self.writer.duration()
    }

    /// Writes audio in the format of the file; see [`WavWriter::write`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when it cannot be written.
    pub fn write(&mut self, audio: &[u8]) -> Result<()> {
        self.writer.write(audio)
    }

    /// Writes samples from −1 to 1, channels interleaved, in the encoding of the file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when they cannot be written.
    pub fn write_samples(&mut self, samples: &[f32]) -> Result<()> {
        self.writer.write_samples(samples)
    }

    /// Writes the length into the header, and gives the file its final name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when it cannot be written; the message names the file in which the audio stays.
    pub fn finish(self) -> Result<()> {
        let file = self.writer.finish()?.into_inner();
        let file = file.map_err(|error| failed(error.into_error()))?;
        file.finish().map_err(named)
    }
}

impl fmt::Debug for WavFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WavFile")
            .field("format", &self.format())
            .field("duration", &self.duration())
            .finish_non_exhaustive()
    }
}

/// An error whose text names the file already.
fn named(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, WRITE, error.to_string()).with_source(error)
}
