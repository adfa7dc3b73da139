//! Reading a file that another user may have put into the current folder.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// More is no file of settings.
const MAX_BYTES: u64 = 64 * 1024;

/// The text of the file; `None` when there is none, or a folder of that name, as some keep their
/// Python environments in.
///
/// # Errors
///
/// When it is not a regular file of at most 64 KiB that belongs to the user or to root, or cannot be
/// read. Nothing else is opened: a FIFO would block, and a device may do anything.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    let there = match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => return Ok(None),
        Ok(there) => there,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    refuse(&there)?;
    let file = open(path)?;
    // The path may lead elsewhere by now.
    refuse(&file.metadata()?)?;
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(too_large());
    }
    Ok(Some(text))
}

fn refuse(file: &Metadata) -> io::Result<()> {
    if !file.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if file.len() > MAX_BYTES {
        return Err(too_large());
    }
    refuse_owner(file)
}

fn too_large() -> io::Error {
    io::Error::other("it is larger than 64 KiB")
}

#[cfg(unix)]
fn refuse_owner(file: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    if is_trusted(file.uid(), rustix::process::geteuid().as_raw()) {
        return Ok(());
    }
    Err(io::Error::other("it belongs to another user"))
}

/// Whether a user may follow the settings in a file of this owner.
#[cfg(unix)]
fn is_trusted(owner: u32, user: u32) -> bool {
    owner == user || owner == 0
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same form as with owners")]
fn refuse_owner(_: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let mut options = File::options();
    options.read(true).custom_flags(flags.bits().cast_signed());
    options.open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_small_regular_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        assert!(read(&path).unwrap().is_none());
        std::fs::write(&path, "A=b").unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some("A=b"));
        std::fs::write(&path, vec![b'#'; 64 * 1024]).unwrap();
        assert!(read(&path).is_ok());
        std::fs::write(&path, vec![b'#'; 64 * 1024 + 1]).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("64 KiB"));
        assert!(read(folder.path()).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_files_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(folder.path().join("settings"), "A=b").unwrap();
        std::os::unix::fs::symlink("settings", &path).unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some("A=b"));
        for device in ["/dev/zero", "/dev/null", "/dev/tty"] {
            std::fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink(device, &path).unwrap();
            assert!(read(&path).is_err(), "{device}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn files_of_other_users_are_not_trusted() {
        assert!(is_trusted(1000, 1000) && is_trusted(0, 1000) && is_trusted(0, 0));
        assert!(!is_trusted(1001, 1000) && !is_trusted(1000, 0));
    }
}
