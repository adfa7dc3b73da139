//! The target of a path: a regular file to be replaced, or a device or pipe that is written directly.

use std::fs::{self, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Symbolic links that are followed at most, as on Linux.
const MAX_LINKS: usize = 40;

/// The target of the bytes for a path.
#[derive(Debug)]
pub(super) enum Target {
    /// A regular file, or none yet. It is replaced by renaming.
    Regular {
        /// Its own path: symbolic links are followed, so that renaming replaces the file and not the link.
        path: PathBuf,
        /// The file that is there now.
        existing: Option<Metadata>,
    },
    /// A device, a FIFO or an open descriptor. Bytes go straight to it; nothing can be renamed over it.
    Stream {
        /// A descriptor may stand in the middle of a regular file, so writes go to its end.
        append: bool,
    },
}

/// Checks that `path` can be written, without creating or changing anything.
///
/// Refuses an empty path, `..`, a folder, a missing parent folder and an existing file without write
/// permission. Call it before a request whose answer is to be saved. Whether the parent folder permits new
/// files is only known when [`OutputFile::create`](super::OutputFile::create) creates one.
///
/// # Errors
///
/// An [`io::Error`] whose message names the path and the reason.
pub fn check(path: impl AsRef<Path>) -> io::Result<()> {
    Target::find(path.as_ref()).map(drop)
}

impl Target {
    pub(super) fn find(path: &Path) -> io::Result<Self> {
        if let Some(reason) = unusable_name(path) {
            return Err(refused(path, io::ErrorKind::InvalidInput, reason));
        }
        match fs::metadata(path) {
            Ok(there) if there.is_dir() => Err(refused(
                path,
                io::ErrorKind::IsADirectory,
                "it is a folder; add a file name",
            )),
            Ok(there) if !there.is_file() => Ok(Self::Stream { append: false }),
            Ok(there) => {
                let target = follow(path, Some(there))?;
                if let Self::Regular { path: own, .. } = &target {
                    // Renaming would replace a write-protected file; opening it finds that out.
                    let opened = OpenOptions::new().write(true).open(own);
                    opened.map_err(|error| failed(path, "be written", &error))?;
                }
                Ok(target)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => match follow(path, None)? {
                Self::Stream { .. } => Err(failed(path, "be opened", &error)),
                target @ Self::Regular { .. } => Ok(target),
            },
            Err(error) => Err(failed(path, "be written", &error)),
        }
    }
}

/// Returns why no file can have this name, if so.
fn unusable_name(path: &Path) -> Option<&'static str> {
    let text = path.as_os_str().as_encoded_bytes();
    if text.is_empty() {
        return Some("the path is empty");
    }
    let is_separator = |byte: u8| std::path::is_separator(char::from(byte));
    let names_folder = match text {
        [.., last] if is_separator(*last) => true,
        [.., before, b'.'] if is_separator(*before) => true,
        _ => path.file_name().is_none(),
    };
    names_folder.then_some("it names a folder; add a file name")
}

/// Follows symbolic links, dangling ones included, to the file that is meant.
fn follow(path: &Path, existing: Option<Metadata>) -> io::Result<Target> {
    let mut next = path.to_owned();
    for _ in 0..MAX_LINKS {
        let folder = match next.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = fs::canonicalize(folder).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => refused(path, error.kind(), "its folder does not exist"),
            _ => failed(path, "be written", &error),
        })?;
        if holds_descriptors(&folder) {
            return Ok(Target::Stream { append: true });
        }
        let Some(name) = next.file_name() else {
            let reason = "it leads to a folder";
            return Err(refused(path, io::ErrorKind::InvalidInput, reason));
        };
        let own = folder.join(name);
        match fs::read_link(&own) {
            Ok(to) => next = folder.join(to),
            // Not a link, or nothing there.
            Err(_) => {
                return Ok(Target::Regular {
                    path: own,
                    existing,
                });
            }
        }
    }
    let reason = "too many symbolic links";
    Err(refused(path, io::ErrorKind::InvalidInput, reason))
}

/// Whether the entries of a folder are the open descriptors of a process: `/dev/stdout` leads there, and
/// so does the shell's `>(…)`.
fn holds_descriptors(folder: &Path) -> bool {
    let is_fd = folder.file_name().is_some_and(|name| name == "fd");
    is_fd && (folder.starts_with("/proc") || folder.starts_with("/dev"))
}

pub(super) fn refused(path: &Path, kind: io::ErrorKind, reason: &str) -> io::Error {
    let message = format!("`{}` cannot be written: {reason}", path.display());
    io::Error::new(kind, message)
}

/// Adds the path to an error of the system.
pub(super) fn failed(path: &Path, what: &str, error: &io::Error) -> io::Error {
    let message = format!("`{}` cannot {what}: {error}", path.display());
    io::Error::new(error.kind(), message)
}
