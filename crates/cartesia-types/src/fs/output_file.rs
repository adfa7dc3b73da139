//! A file that appears under its name once it is complete.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::target::{Target, failed, refused};

/// Names that are tried for a partial file.
const MAX_NAMES: u32 = 10_000;

/// An output file that appears under its name once it is complete.
///
/// Bytes go to a new file beside the target: `speech.partial.wav` for `speech.wav`, or `speech.partial-2.wav`
/// if that name is taken. [`finish`](Self::finish) renames it. Until then an existing file keeps its content,
/// and after a failure what was written stays in the partial file. A replaced file passes on its permissions;
/// symbolic links are followed.
///
/// A path that leads to something else than a regular file (a device, a FIFO, `/dev/stdout`) is opened and
/// written through: there is no partial file, and [`is_seekable`](Self::is_seekable) is false.
///
/// Dropping it is the same as [`keep_partial`](Self::keep_partial). Writes are not buffered.
///
/// ```
/// use std::io::Write as _;
///
/// use cartesia_types::fs::OutputFile;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("notes.txt");
/// let mut file = OutputFile::create(&path)?;
/// file.write_all(b"complete")?;
/// assert!(!path.exists());
/// file.finish()?;
/// assert_eq!(std::fs::read(&path)?, b"complete");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct OutputFile {
    file: File,
    /// The path, as the caller gave it.
    path: PathBuf,
    /// `None` for what is written through, and once the file was renamed or removed.
    beside: Option<Beside>,
    written: u64,
    position: u64,
}

/// The partial file and what it will replace.
#[derive(Debug)]
struct Beside {
    partial: PathBuf,
    target: PathBuf,
}

impl OutputFile {
    /// Opens the output for `path`. A regular file that is there is not touched yet.
    ///
    /// Opening a FIFO waits for its reader.
    ///
    /// # Errors
    ///
    /// Those of [`check`](super::check), and an [`io::Error`] that names the path when the partial file cannot
    /// be created.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let (file, beside) = match Target::find(path)? {
            Target::Regular {
                path: target,
                existing,
            } => {
                let (file, partial) = create_beside(&target, existing.as_ref())
                    .map_err(|error| failed(path, "be created", &error))?;
                (file, Some(Beside { partial, target }))
            }
            Target::Stream { append } => {
                let mut options = OpenOptions::new();
                let options = options.write(true).append(append);
                let opened = options.open(path);
                (
                    opened.map_err(|error| failed(path, "be opened", &error))?,
                    None,
                )
            }
        };
        Ok(Self {
            file,
            path: path.to_owned(),
            beside,
            written: 0,
            position: 0,
        })
    }

    /// Returns the requested path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of the partial file; `None` when bytes are written through.
    pub fn partial_path(&self) -> Option<&Path> {
        self.beside.as_ref().map(|beside| &*beside.partial)
    }

    /// Returns whether bytes can be changed after they were written: true for regular files.
    pub fn is_seekable(&self) -> bool {
        self.beside.is_some()
    }

    /// Returns the number of bytes in the file so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Completes the file: flushes it to the disk and renames it to its name.
    ///
    /// # Errors
    ///
    /// An [`io::Error`] that names the path, and the partial file in which the bytes stay.
    pub fn finish(mut self) -> io::Result<()> {
        self.complete()
    }

    pub(super) fn complete(&mut self) -> io::Result<()> {
        let Some(beside) = &self.beside else {
            return self.file.flush();
        };
        let completed = self
            .file
            .sync_all()
            .and_then(|()| replace(&beside.partial, &beside.target));
        completed.map_err(|error| {
            let what = format!(
                "be completed, and its content is in `{}`",
                beside.partial.display()
            );
            failed(&self.path, &what, &error)
        })?;
        self.beside = None;
        Ok(())
    }

    /// Aborts: the target stays unchanged, and what was written stays in the partial file. Returns that file,
    /// or `None` when nothing was written or bytes were written through. An empty partial file is removed.
    pub fn keep_partial(mut self) -> Option<PathBuf> {
        self.leave()
    }

    /// Aborts, and removes the partial file. Bytes that were written through stay.
    pub fn discard(mut self) {
        self.remove();
    }

    /// Cuts the file to this length, and goes on from there.
    pub(super) fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.written = length;
        self.seek(SeekFrom::Start(length))?;
        Ok(())
    }

    pub(super) fn remove(&mut self) {
        if let Some(beside) = self.beside.take() {
            // It may be gone already.
            _ = fs::remove_file(beside.partial);
        }
    }

    pub(super) fn leave(&mut self) -> Option<PathBuf> {
        let Beside { partial, .. } = self.beside.take()?;
        if self.written > 0 {
            return Some(partial);
        }
        // It may be gone already.
        _ = fs::remove_file(partial);
        None
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.position = self.position.saturating_add(count as u64);
        self.written = self.written.max(self.position);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Only regular files move; others can tell their position.
impl Seek for OutputFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if self.is_seekable() {
            self.position = self.file.seek(to)?;
        } else if to != SeekFrom::Current(0) {
            let reason = "it is not a regular file, so written bytes cannot be changed";
            return Err(refused(&self.path, io::ErrorKind::NotSeekable, reason));
        }
        Ok(self.position)
    }
}

/// A new file in the folder of `target`, where renaming it is one step.
fn create_beside(target: &Path, existing: Option<&Metadata>) -> io::Result<(File, PathBuf)> {
    let stem = target.file_stem().unwrap_or_default().to_owned();
    match create_as(&stem, target, existing) {
        // The name is as long as the file system permits, and `.partial` makes it longer.
        Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {
            create_as(&OsString::from("output"), target, existing)
        }
        outcome => outcome,
    }
}

fn create_as(
    stem: &OsString,
    target: &Path,
    existing: Option<&Metadata>,
) -> io::Result<(File, PathBuf)> {
    for number in 1..=MAX_NAMES {
        let mut name = stem.clone();
        name.push(".partial");
        if number > 1 {
            name.push(format!("-{number}"));
        }
        if let Some(extension) = target.extension() {
            name.push(".");
            name.push(extension);
        }
        let partial = target.with_file_name(name);
        let mut options = OpenOptions::new();
        // Never a file that is there: it may be the rest of an earlier failure, or be written right now.
        options.write(true).create_new(true);
        match options.open(&partial) {
            Ok(file) => {
                if let Some(existing) = existing
                    && let Err(error) = inherit(&file, existing)
                {
                    _ = fs::remove_file(&partial);
                    return Err(error);
                }
                return Ok((file, partial));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    let message = "too many partial files exist beside it; remove them";
    Err(io::Error::new(io::ErrorKind::AlreadyExists, message))
}

/// Gives a new file the owner and permissions of the one that it will replace.
fn inherit(file: &File, existing: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (existing.uid(), existing.gid()) {
            // Only a privileged process may give a file away; others keep theirs.
            _ = fchown(file, Some(existing.uid()), Some(existing.gid()));
        }
    }
    file.set_permissions(existing.permissions())
}

fn replace(partial: &Path, target: &Path) -> io::Result<()> {
    match fs::rename(partial, target) {
        // A file that is mounted into a container on its own cannot be renamed over.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices
            ) =>
        {
            fs::copy(partial, target)?;
            fs::remove_file(partial)
        }
        outcome => outcome,
    }
}
