//! The file itself: tables of text, edited without losing comments.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, value};

use super::config_failure;
use crate::failure::Failure;

/// More is no file of settings.
const MAX_BYTES: u64 = 256 * 1024;

/// A configuration file, and where it is.
pub(crate) struct ConfigFile {
    path: PathBuf,
    document: DocumentMut,
}

impl ConfigFile {
    /// Reads the file; without one, there are no settings.
    ///
    /// # Errors
    ///
    /// A failure of kind [`cartesia::ErrorKind::Config`] when it cannot be read or is no TOML.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let unusable = |reason: &str| config_failure(&format!("{}: {reason}", path.display()));
        let text = match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(unusable(&error.to_string())),
            Ok(there) if !there.is_file() || there.len() > MAX_BYTES => {
                return Err(unusable("it is not a regular file of at most 256 KiB"));
            }
            Ok(_) => fs::read_to_string(path).map_err(|error| unusable(&error.to_string()))?,
        };
        let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
            // The line may hold a key: it is not quoted.
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            unusable(&format!(
                "line {line} is not `name = \"value\"` or `[profile]`"
            ))
        })?;
        Ok(Self {
            path: path.to_owned(),
            document,
        })
    }

    /// The names of all profiles, in their order.
    pub(crate) fn profiles(&self) -> Vec<String> {
        let tables = self
            .document
            .iter()
            .filter(|(_, item)| item.is_table_like());
        tables.map(|(name, _)| name.to_owned()).collect()
    }

    pub(crate) fn has(&self, profile: &str) -> bool {
        self.document.get(profile).is_some_and(Item::is_table_like)
    }

    /// The settings of a profile, in their order. What is no text is written as it stands.
    pub(crate) fn settings(&self, profile: &str) -> Vec<(String, String)> {
        let table = self.document.get(profile).and_then(Item::as_table_like);
        let settings = table.into_iter().flat_map(|table| table.iter());
        let text = |item: &Item| match item.as_str() {
            Some(text) => text.to_owned(),
            None => item.to_string().trim().to_owned(),
        };
        settings
            .map(|(name, item)| (name.to_owned(), text(item)))
            .collect()
    }

    pub(crate) fn set(&mut self, profile: &str, name: &str, text: &str) {
        let table = self.document.entry(profile);
        let table = table.or_insert_with(|| Item::Table(Table::new()));
        if let Some(table) = table.as_table_like_mut() {
            table.insert(name, value(text));
        }
    }

    /// Removes a setting; whether there was one.
    pub(crate) fn unset(&mut self, profile: &str, name: &str) -> bool {
        let table = self.document.get_mut(profile);
        let table = table.and_then(Item::as_table_like_mut);
        let Some(table) = table else { return false };
        let removed = table.remove(name).is_some();
        if table.is_empty() {
            self.document.remove(profile);
        }
        removed
    }

    /// Writes the file: it is never half a file, and only its owner can read it.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let text = self.document.to_string();
        replace(&self.path, text.as_bytes())
            .map_err(|error| Failure::file("written", &self.path, &error))
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link to a file that is kept elsewhere stays one.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let beside = folder.join(format!(".config.{}.new", std::process::id()));
    let written = create_private(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    if written.is_err() {
        _ = fs::remove_file(&beside);
    }
    written
}

fn create_private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Whether others than its owner may read the file.
#[cfg(unix)]
pub(crate) fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_: &Path) -> bool {
    false
}

/// Lets its owner alone read the file.
#[cfg(unix)]
pub(crate) fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
pub(crate) fn close_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_other_profiles_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("config.toml");
        let mut file = ConfigFile::read(&path).unwrap();
        file.set("default", "voice", "Katie");
        file.write().unwrap();
        let text = format!("# mine\n{}", fs::read_to_string(&path).unwrap());
        fs::write(&path, text).unwrap();

        let mut file = ConfigFile::read(&path).unwrap();
        file.set("work", "voice", "Ada \"the\" first");
        file.set("default", "voice", "Skylar");
        file.write().unwrap();

        let file = ConfigFile::read(&path).unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("# mine\n"));
        assert_eq!(file.profiles(), ["default", "work"]);
        let expected = ("voice".to_owned(), "Ada \"the\" first".to_owned());
        assert_eq!(file.settings("work"), [expected]);
        assert_eq!(file.settings("none"), []);
    }

    #[test]
    fn a_profile_without_settings_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = ConfigFile::read(&folder.path().join("c.toml")).unwrap();
        file.set("work", "voice", "Katie");
        assert!(!file.unset("work", "model") && !file.unset("none", "voice"));
        assert!(file.unset("work", "voice"));
        assert!(!file.has("work"));
    }

    #[test]
    fn what_is_no_toml_is_not_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        fs::write(&path, "[default]\napi_key = sk_canary\n").unwrap();
        let failure = ConfigFile::read(&path).err().unwrap();
        assert!(
            failure.message().contains("line 2"),
            "{}",
            failure.message()
        );
        assert!(!failure.message().contains("canary"));
        assert!(ConfigFile::read(folder.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn it_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        let mut file = ConfigFile::read(&path).unwrap();
        file.set("default", "api_key", "sk_1");
        file.write().unwrap();
        assert!(!is_open_to_others(&path));
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        assert!(is_open_to_others(&path));
        close_to_others(&path).unwrap();
        assert!(!is_open_to_others(&path));
    }
}
