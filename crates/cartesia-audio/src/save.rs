//! Clips into files.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use cartesia_types::{AudioClip, ErrorKind};

use crate::{Error, Result};

/// Writes a clip to a file: raw PCM of any encoding as WAV, WAV with its true length in the header even
/// if it was streamed without one, MP3 as it is.
///
/// The file appears under its name once it is whole, and replaces what was there. Until then it stands
/// beside it under another name, which a failure removes.
///
/// It writes files, so in a program with tasks it belongs on a thread for blocking work.
///
/// ```
/// use cartesia_audio::save_clip;
/// use cartesia_types::{AudioClip, RawFormat};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("speech.wav");
/// let clip = AudioClip::new(RawFormat::PCM_S16LE_24000, vec![0; 48_000]);
/// save_clip(&clip, &path)?;
/// assert_eq!(std::fs::metadata(&path)?.len(), 48_044);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`ErrorKind::Io`] when the file cannot be written.
pub fn save_clip(clip: &AudioClip, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let beside = name_beside(path);
    let outcome = match clip.to_wav() {
        Some(file) => write(&beside, &file),
        // MP3, or a kind of WAV that has more than a clip can say of itself.
        None => write(&beside, clip.data()),
    };
    outcome
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|error| {
            // It may not be there; the first error is the one to tell.
            _ = fs::remove_file(&beside);
            let message = format!("{} cannot be written", path.display());
            Error::new(ErrorKind::Io, "clip.save", message).with_source(error)
        })
}

/// A name that nobody else writes to, in the same folder: only there is it renamed at once.
fn name_beside(path: &Path) -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{number}.partial", std::process::id()));
    path.with_file_name(name)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)
}
