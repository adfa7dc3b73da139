//! Names of files that are written: refused, cleaned, and free ones.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use cartesia_types::fs;

use crate::failure::Failure;
use crate::text;

/// Bytes of a name; file systems take 255, and a partial file has a longer name.
const MAX_BYTES: usize = 200;

/// Names of devices on Windows, with any extension.
const RESERVED: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

/// Refuses an output that cannot be written, before anything is sent and billed.
pub(crate) fn check(output: &Path) -> Result<(), Failure> {
    if is_stdout(output) {
        return Ok(());
    }
    fs::check(output).map_err(|error| Failure::io(&error))
}

/// Whether the output is stdout: `-`.
pub(crate) fn is_stdout(output: &Path) -> bool {
    output == Path::new("-")
}

/// The path itself, or else `name-2.ext`, `name-3.ext` and so on: one that is not there yet.
pub(crate) fn free(path: &Path) -> PathBuf {
    let is_free = |path: &Path| path.symlink_metadata().is_err();
    let numbered = (2_u32..).map(|number| {
        let mut name = path.file_stem().map(OsString::from).unwrap_or_default();
        name.push(format!("-{number}"));
        if let Some(extension) = path.extension() {
            name.push(".");
            name.push(extension);
        }
        path.with_file_name(name)
    });
    std::iter::once(path.to_owned())
        .chain(numbered)
        .find(|path| is_free(path))
        .unwrap_or_else(|| path.to_owned())
}

/// A harmless name for a file in this folder, made from one that a server chose. `None` when nothing of
/// it can be used.
///
/// Folders, leading dots and dashes, control characters and characters with a meaning on Windows go
/// away, so that the file is neither hidden nor an option nor a device.
pub(crate) fn clean(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let replaced: String = text::one_line(last)
        .chars()
        .map(|c| match c {
            '\u{fffd}' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c => c,
        })
        .collect();
    let name = replaced
        .trim_start_matches(|c: char| matches!(c, '.' | '-' | '~') || c.is_whitespace())
        .trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let name = shortened(name);
    if name.chars().all(|c| c == '_') {
        return None;
    }
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    let is_port = ["com", "lpt"]
        .iter()
        .any(|port| stem.strip_prefix(port).is_some_and(is_one_digit));
    if RESERVED.contains(&stem.trim_end()) || is_port {
        return Some(format!("_{name}"));
    }
    Some(name)
}

fn is_one_digit(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'9'])
}

/// Keeps the extension of a name that is too long.
fn shortened(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 10 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let (kept, _) = text::split_before(stem, MAX_BYTES - extension.len());
    format!("{kept}{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_server_become_harmless() {
        for (name, cleaned) in [
            ("office.wav", Some("office.wav")),
            ("two words (1).wav", Some("two words (1).wav")),
            ("日本語.wav", Some("日本語.wav")),
            (".env", Some("env")),
            (".bashrc", Some("bashrc")),
            ("..", None),
            ("-rf", Some("rf")),
            ("--output=x", Some("output=x")),
            (" .-. a", Some("a")),
            ("~root", Some("root")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Windows\\a.wav", Some("a.wav")),
            ("C:a.wav", Some("C_a.wav")),
            ("a\u{1b}[2J\u{202e}b\n.wav", Some("a_[2J_b .wav")),
            ("\u{1b}\u{1b}", None),
            ("nul.wav", Some("_nul.wav")),
            ("COM7", Some("_COM7")),
            ("compact.wav", Some("compact.wav")),
            ("a.wav. ", Some("a.wav")),
            ("", None),
            ("/", None),
        ] {
            assert_eq!(clean(name).as_deref(), cleaned, "{name:?}");
        }
        let long = clean(&format!("{}.wav", "日".repeat(300))).unwrap();
        assert!(long.len() <= 200 && long.ends_with("日.wav"), "{long}");
        assert!(clean(&"x".repeat(1_000)).unwrap().len() <= 200);
    }

    #[test]
    fn free_names_are_numbered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("speech.wav");
        assert_eq!(free(&path), path);
        std::fs::write(&path, "").unwrap();
        assert_eq!(free(&path), folder.path().join("speech-2.wav"));
        std::fs::write(folder.path().join("speech-2.wav"), "").unwrap();
        assert_eq!(free(&path), folder.path().join("speech-3.wav"));
        let bare = folder.path().join("speech");
        std::fs::write(&bare, "").unwrap();
        assert_eq!(free(&bare), folder.path().join("speech-2"));
    }
}
