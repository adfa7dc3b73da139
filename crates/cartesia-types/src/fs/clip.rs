//! Clips into files.

use std::io;
use std::path::Path;

use super::{AudioFile, SavedAudio};
use crate::AudioClip;
use crate::format::OutputFormat;

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
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// An [`io::Error`] that names the path. An existing file is unchanged then.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<SavedAudio> {
        let mut file = match self.format() {
            OutputFormat::Raw(samples) => AudioFile::create_wav(path, samples)?,
            format => AudioFile::create(path, Some(format))?,
        };
        file.write(self.data())?;
        file.finish()
    }
}
