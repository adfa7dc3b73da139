//! Audio into a file, as it arrives.

use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::OutputFile;
use super::target::refused;
use crate::format::{OutputFormat, RawFormat, WavFormat};
use crate::wav::{self, StreamedFile};

/// Bytes that a WAV file can count: its sizes have 32 bits.
const WAV_LIMIT: u64 = wav::MAX_DATA_BYTES;

/// A saved audio file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedAudio {
    /// The path.
    pub path: PathBuf,
    /// The length in bytes, header included.
    pub bytes: u64,
    /// The playing time. For MP3 it is computed from the bit rate; zero if the format is not known.
    pub duration: Duration,
}

/// An audio file that is written as the audio arrives.
///
/// An [`OutputFile`] that also fills in the sizes that a streamed WAV header leaves open, when it is finished
/// and when it is given up: a partial file is playable. Dropping it is the same as
/// [`keep_partial`](Self::keep_partial). A FIFO or a device keeps the open sizes.
#[derive(Debug)]
pub struct AudioFile {
    file: OutputFile,
    /// `None` once the file was completed.
    streamed: Option<StreamedFile>,
    /// The first bytes, by which WAV is recognized.
    start: [u8; 4],
    /// Bytes that the caller wrote, without a header of ours.
    received: u64,
    limit: u64,
}

impl AudioFile {
    /// Opens a file whose bytes the caller writes as they are, in this format. Pass `None` if the format
    /// is not known: a file that starts as WAV is completed as WAV.
    ///
    /// # Errors
    ///
    /// Those of [`OutputFile::create`].
    pub fn create(path: impl AsRef<Path>, format: Option<OutputFormat>) -> io::Result<Self> {
        let file = OutputFile::create(path)?;
        let streamed = format.map_or_else(StreamedFile::of_unknown_format, StreamedFile::new);
        Ok(Self {
            file,
            streamed: Some(streamed),
            start: [0; 4],
            received: 0,
            limit: WAV_LIMIT,
        })
    }

    /// Opens a WAV file, to which the caller writes raw samples.
    ///
    /// # Errors
    ///
    /// Those of [`OutputFile::create`], and an [`io::Error`] when the header cannot be written.
    pub fn create_wav(path: impl AsRef<Path>, samples: RawFormat) -> io::Result<Self> {
        let format = OutputFormat::from(WavFormat::from(samples));
        let mut file = Self::create(path, Some(format))?;
        file.write(&wav::header(samples, None))?;
        file.received = 0;
        Ok(file)
    }

    /// Returns the requested path.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Returns whether the audio goes to a regular file; `false` for a device or FIFO.
    pub fn is_seekable(&self) -> bool {
        self.file.is_seekable()
    }

    /// Returns the number of bytes of audio that were written, without the header of
    /// [`create_wav`](Self::create_wav).
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Appends bytes. They may be cut anywhere.
    ///
    /// # Errors
    ///
    /// An [`io::Error`] when they cannot be written. [`FileTooLarge`](io::ErrorKind::FileTooLarge) when a
    /// WAV file would grow beyond the 4 GiB that its header can count; nothing of these bytes is written
    /// then.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let before = self.file.written();
        let at = usize::try_from(before).unwrap_or(usize::MAX);
        let missing = self.start.get_mut(at..).unwrap_or_default();
        for (to, from) in missing.iter_mut().zip(bytes) {
            *to = *from;
        }
        // A chunk of odd length gets one more byte.
        let after = before.saturating_add(bytes.len() as u64).saturating_add(1);
        if self.file.is_seekable() && self.start == *b"RIFF" && after > self.limit {
            let reason = "a WAV file holds at most 4 GiB; split the audio or use raw PCM";
            return Err(refused(
                self.file.path(),
                io::ErrorKind::FileTooLarge,
                reason,
            ));
        }
        self.file.write_all(bytes)?;
        self.received = self.received.saturating_add(bytes.len() as u64);
        if let Some(streamed) = &mut self.streamed {
            streamed.push(bytes);
        }
        Ok(())
    }

    /// Completes the header and the file, which then appears under its name.
    ///
    /// # Errors
    ///
    /// An [`io::Error`] that names the path, and the partial file in which the audio stays.
    pub fn finish(mut self) -> io::Result<SavedAudio> {
        let (bytes, duration) = self.complete()?;
        self.file.complete()?;
        Ok(SavedAudio {
            path: self.file.path().to_owned(),
            bytes,
            duration,
        })
    }

    /// Aborts: the target stays unchanged, and the audio that arrived stays in a playable partial file.
    /// Returns that file; `None` when no audio arrived or it was written through.
    pub fn keep_partial(mut self) -> Option<PathBuf> {
        self.leave()
    }

    /// Fills in what the header leaves open; returns length and playing time.
    fn complete(&mut self) -> io::Result<(u64, Duration)> {
        let Some(streamed) = self.streamed.take() else {
            return Ok((self.file.written(), Duration::ZERO));
        };
        let completion = streamed.finish();
        if !self.file.is_seekable() {
            return Ok((self.file.written(), completion.duration));
        }
        if let Some(length) = completion.truncate_to {
            self.file.truncate(length)?;
        }
        self.file.write_all(completion.padding)?;
        for patch in &completion.patches {
            self.file.seek(SeekFrom::Start(patch.offset))?;
            self.file.write_all(&patch.bytes)?;
        }
        Ok((completion.file_bytes, completion.duration))
    }

    fn leave(&mut self) -> Option<PathBuf> {
        if self.received == 0 {
            self.file.remove();
            return None;
        }
        // The error that ended the audio is the one to report; open sizes are readable as well.
        _ = self.complete();
        self.file.leave()
    }
}

impl Drop for AudioFile {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The limit of 4 GiB with fewer bytes.
    #[test]
    fn a_wav_file_ends_clearly_at_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.wav");
        for unknown in [false, true] {
            let mut file = if unknown {
                let mut file = AudioFile::create(&path, None).unwrap();
                let header = wav::header(RawFormat::PCM_S16LE_16000, None);
                for byte in header {
                    file.write(&[byte]).unwrap();
                }
                file
            } else {
                AudioFile::create_wav(&path, RawFormat::PCM_S16LE_16000).unwrap()
            };
            file.limit = 1_000;
            file.write(&[1; 900]).unwrap();
            let error = file.write(&[1; 100]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
            assert!(error.to_string().contains("4 GiB"), "{error}");
            let partial = file.keep_partial().unwrap();
            let kept = std::fs::read(partial).unwrap();
            assert_eq!(kept.len(), 944);
            assert_eq!(kept[40..44], 900_u32.to_le_bytes());
            assert!(!path.exists());
        }
    }

    #[test]
    fn other_formats_have_no_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.raw");
        let mut file = AudioFile::create(&path, Some(RawFormat::PCM_S16LE_16000.into())).unwrap();
        file.limit = 1_000;
        file.write(&[0; 5_000]).unwrap();
        assert_eq!(file.finish().unwrap().bytes, 5_000);
    }

    #[test]
    fn audio_that_breaks_off_within_a_sample_is_playable() {
        let folder = tempfile::tempdir().unwrap();
        let format = RawFormat::PCM_S16LE_16000;
        let mut file = AudioFile::create_wav(folder.path().join("cut.wav"), format).unwrap();
        file.write(&[1; 1_001]).unwrap();
        let partial = file.keep_partial().unwrap();
        let whole = crate::AudioClip::new(format, vec![1; 1_000])
            .to_wav()
            .unwrap();
        assert_eq!(std::fs::read(partial).unwrap(), whole);
    }
}
