//! What runs made, and whether it is the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::program::results;
use crate::Result;

/// The audio files of a folder, by their names in it, with their sizes.
#[derive(Debug)]
pub(super) struct Audio {
    folder: PathBuf,
    files: BTreeMap<String, u64>,
}

impl Audio {
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        find(folder, "", &mut files)?;
        Ok(Self {
            folder: folder.to_owned(),
            files,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// Fails unless each file in a folder is as long as here: none appears before it is whole.
    pub(super) fn check_sizes(&self, folder: &Path) -> Result {
        for (name, bytes) in Self::read(folder)?.files {
            if self.files.get(&name) != Some(&bytes) {
                return Err(format!("{name} has {bytes} bytes after a kill").into());
            }
        }
        Ok(())
    }

    /// Fails unless the other folder has the same files with the same bytes, and nothing unfinished.
    pub(super) fn compare(&self, other: &Self) -> Result {
        if self.files != other.files {
            let (here, there) = (self.files.len(), other.files.len());
            return Err(format!("{there} files are not the {here} of a run without kills").into());
        }
        for name in self.files.keys() {
            if fs::read(self.folder.join(name))? != fs::read(other.folder.join(name))? {
                return Err(format!("{name} is not what a run without kills made").into());
            }
        }
        if let Some(left) = fs::read_dir(other.folder.join(".batch"))?.next() {
            return Err(format!("{} was left behind", left?.path().display()).into());
        }
        Ok(())
    }

    /// Fails unless each file has one result in a folder. Returns the number of torn lines.
    pub(super) fn check_results(&self, folder: &Path) -> Result<usize> {
        let mut left = self.files.clone();
        let mut torn = 0;
        for line in results(folder)? {
            let Ok(record) = serde_json::from_str::<Value>(&line) else {
                torn += 1;
                continue;
            };
            let name = record["file"].as_str().unwrap_or_default();
            if left.remove(name) != record["bytes"].as_u64() {
                return Err(format!("a result is wrong, or there twice: {line}").into());
            }
        }
        match left.keys().next() {
            None => Ok(torn),
            Some(name) => Err(format!("{name} has no result").into()),
        }
    }
}

fn find(folder: &Path, prefix: &str, files: &mut BTreeMap<String, u64>) -> Result {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().ok_or("a name is not UTF-8")?;
        let inside = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            if name != ".batch" {
                find(&entry.path(), &format!("{inside}/"), files)?;
            }
        } else if Path::new(name)
            .extension()
            .is_some_and(|extension| extension == "wav")
        {
            files.insert(inside, entry.metadata()?.len());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of the test, with an audio file and its result.
    fn folder(name: &str, audio: &str, lines: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("xtask-batch-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join("part")).unwrap();
        fs::create_dir_all(folder.join(".batch")).unwrap();
        fs::write(folder.join("part/a.wav"), audio).unwrap();
        fs::write(folder.join("results.jsonl"), lines).unwrap();
        folder
    }

    #[test]
    fn audio_is_there_once_and_right() {
        let line = r#"{"file":"part/a.wav","bytes":3}"#;
        let whole = folder("whole", "abc", line);
        let audio = Audio::read(&whole).unwrap();
        assert_eq!(audio.len(), 1);
        assert_eq!(audio.check_results(&whole).unwrap(), 0);
        audio.compare(&audio).unwrap();
        for (name, content, lines) in [
            ("other", "abd", line),
            ("short", "ab", line),
            ("twice", "abc", &format!("{line}\n{line}")),
            ("none", "abc", r#"{"fi"#),
        ] {
            let made = folder(name, content, lines);
            let same = audio.compare(&Audio::read(&made).unwrap());
            let right = audio.check_results(&made);
            assert!(same.is_err() || right.is_err(), "{name}");
            assert_eq!(audio.check_sizes(&made).is_err(), name == "short");
            fs::remove_dir_all(made).unwrap();
        }
        let torn = folder("torn", "abc", &format!("{{\"fi\n{line}"));
        assert_eq!(audio.check_results(&torn).unwrap(), 1);
        fs::write(torn.join(".batch/left"), "").unwrap();
        assert!(audio.compare(&Audio::read(&torn).unwrap()).is_err());
        fs::remove_dir_all(torn).unwrap();
        fs::remove_dir_all(whole).unwrap();
    }
}
