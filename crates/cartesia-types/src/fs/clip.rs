//! Clips into files.

use std::io;
use std::path::Path;

use super::{AudioFile, SavedAudio};
use crate::format::OutputFormat;
use crate::{AudioClip, Error, ErrorKind, Result};

impl AudioClip {
    /// Saves the clip to a file: raw PCM as WAV, WAV and MP3 as they are. Sizes that a streamed WAV header
    /// leaves open are filled in.
    ///
    /// The file appears under its name once it is complete; see [`OutputFile`](super::OutputFile). This
    /// blocks the thread while it writes.
    ///
    /// ```
    /// use cartesia_types::{AudioClip, RawFormat};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("speech.wav");
    /// let clip = AudioClip::new(RawFormat::PCM_S16LE_24000, vec![0; 48_000]);
    /// let saved = clip.save(&path)?;
    /// assert_eq!((saved.bytes, saved.duration.as_secs()), (48_044, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`]; the message names the path. An existing file is unchanged then.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<SavedAudio> {
        let saved = self.save_to(path.as_ref());
        // It says which file it is about.
        saved.map_err(|error| {
            Error::new(ErrorKind::Io, "clip.save", error.to_string()).with_source(error)
        })
    }

    fn save_to(&self, path: &Path) -> io::Result<SavedAudio> {
        let mut file = match self.format() {
            OutputFormat::Raw(samples) => AudioFile::create_wav(path, samples)?,
            format => AudioFile::create(path, Some(format))?,
        };
        file.write(self.data())?;
        file.finish()
    }
}
