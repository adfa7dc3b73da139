//! The configuration file: settings by name, in profiles.
//!
//! Flags win over the environment, that wins over a file `.env`, and that over the profile.

pub(crate) mod file;
mod key;
mod verb;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use cartesia::{ApiVersion, ErrorKind, Language, ModelId};

use crate::args::VoiceName;
use crate::failure::Failure;
use crate::global::ProxyFlag;

pub(crate) use file::ConfigFile;
pub(crate) use key::ProfileKey;
pub(crate) use verb::{ConfigVerb, run};

/// The variable that names a profile.
pub(crate) const PROFILE: &str = "CARTESIA_PROFILE";

/// The profile without a name.
const DEFAULT: &str = "default";

/// The setting that is never shown and never an argument.
const API_KEY: &str = "api_key";

/// The setting in its place for those who keep the key elsewhere.
const API_KEY_COMMAND: &str = "api_key_command";

/// A key is much shorter.
const MAX_KEY_BYTES: usize = 4 * 1024;

/// The settings of a profile, with their descriptions.
pub(crate) const SETTINGS: [(&str, &str); 8] = [
    (API_KEY, "the API key; read from stdin, and never shown"),
    (
        API_KEY_COMMAND,
        "a command that prints the key, as of a keyring; used if api_key is not set",
    ),
    ("base_url", "the address of the service"),
    ("api_version", "the API version, a date"),
    ("proxy", "the proxy, or `none`"),
    ("voice", "the voice of `speak`, by its id or name"),
    ("model", "the model of `speak`"),
    ("language", "the language of `speak`, such as `en`"),
];

/// The settings of one profile, checked.
#[derive(Clone, Default)]
pub(crate) struct Profile {
    pub(crate) api_key: Option<ProfileKey>,
    pub(crate) base_url: Option<String>,
    pub(crate) api_version: Option<ApiVersion>,
    pub(crate) proxy: Option<ProxyFlag>,
    pub(crate) voice: Option<VoiceName>,
    pub(crate) model: Option<ModelId>,
    pub(crate) language: Option<Language>,
}

impl Profile {
    /// The profile that a flag, the variable or else the file itself names.
    ///
    /// # Errors
    ///
    /// A failure of kind [`ErrorKind::Config`] when the file cannot be read, or a profile that was named is
    /// not in it.
    pub(crate) fn load(flag: Option<&str>) -> Result<Self, Failure> {
        let named = flag.map(str::to_owned).or_else(|| variable(PROFILE));
        let Some(path) = path() else {
            return match named {
                None => Ok(Self::default()),
                Some(name) => Err(no_such(&name, "there is no home folder")),
            };
        };
        let file = ConfigFile::read(&path)?;
        let name = named.as_deref().unwrap_or(DEFAULT);
        if named.is_some() && !file.has(name) {
            return Err(no_such(name, &format!("{} has none", path.display())));
        }
        let mut profile = Self::default();
        for (setting, value) in file.settings(name) {
            profile.set(&setting, &value).map_err(|reason| {
                let place = format!("{setting} of the profile {name}");
                config_failure(&format!("{}: {place} {reason}", path.display()))
            })?;
        }
        Ok(profile)
    }

    /// Takes a setting.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the rest of a sentence that never quotes the value.
    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        if value.is_empty() {
            return Err("is empty".to_owned());
        }
        match name {
            API_KEY => {
                cartesia::ApiKey::new(value).map_err(|error| format!("is invalid: {error}"))?;
                self.api_key = Some(ProfileKey::Text(value.to_owned()));
            }
            API_KEY_COMMAND => {
                let command = ProfileKey::Command(value.to_owned());
                self.api_key.get_or_insert(command);
            }
            "base_url" => {
                value
                    .parse::<cartesia::BaseUrl>()
                    .map_err(|error| format!("is invalid: {error}"))?;
                self.base_url = Some(value.to_owned());
            }
            "api_version" => {
                let version = value.parse();
                let version = version.map_err(|error| format!("is invalid: {error}"))?;
                self.api_version = Some(version);
            }
            "proxy" => self.proxy = Some(ProxyFlag(value.to_owned())),
            "voice" => self.voice = Some(VoiceName(value.to_owned())),
            "model" => self.model = Some(ModelId::from(value)),
            "language" => self.language = Some(Language::from(value)),
            _ => return Err(format!("is no setting; there are {}", names())),
        }
        Ok(())
    }
}

/// Keeps a key in a profile.
///
/// # Errors
///
/// A usage error when it cannot be a key; and when the file cannot be written.
pub(crate) fn set_key(
    file: &mut ConfigFile,
    profile: Option<&str>,
    key: &str,
) -> Result<(), Failure> {
    Profile::default()
        .set(API_KEY, key)
        .map_err(|reason| Failure::usage(format!("the key {reason}")))?;
    file.set(profile.unwrap_or(DEFAULT), API_KEY, key);
    file.write()
}

/// Names of settings, as a list in a sentence.
fn names() -> String {
    SETTINGS.map(|(name, _)| name).join(", ")
}

impl fmt::Debug for Profile {
    /// Neither key nor proxy, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").finish_non_exhaustive()
    }
}

/// The place of the configuration file: `$XDG_CONFIG_HOME/cartesia-rs/config.toml`, in `~/.config` if that is
/// not set, and in `%APPDATA%` on Windows.
pub(crate) fn path() -> Option<PathBuf> {
    let folder = variable_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        // The specification has relative paths ignored.
        .filter(|folder| folder.is_absolute())
        .or_else(|| {
            if cfg!(windows) {
                variable_os("APPDATA").map(PathBuf::from)
            } else {
                variable_os("HOME").map(|home| PathBuf::from(home).join(".config"))
            }
        })?;
    Some(folder.join("cartesia-rs").join("config.toml"))
}

fn variable_os(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn no_such(name: &str, why: &str) -> Failure {
    config_failure(&format!(
        "there is no profile {name:?}: {why}; `cartesia-rs config list` shows them"
    ))
}

fn config_failure(message: &str) -> Failure {
    Failure::of(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_checked_and_values_are_not_quoted() {
        let mut profile = Profile::default();
        for (name, value) in [
            (API_KEY, "sk_car_1"),
            (API_KEY_COMMAND, "echo sk_car_2"),
            ("base_url", "localhost:8745"),
            ("api_version", "2025-04-16"),
            ("proxy", "none"),
            ("voice", "Katie"),
            ("model", "sonic-3"),
            ("language", "fr"),
        ] {
            profile.set(name, value).unwrap();
        }
        assert_eq!(profile.language, Some(Language::FR));
        let key = profile.api_key.as_ref().map(ProfileKey::read);
        assert_eq!(key.unwrap().unwrap(), "sk_car_1");
        for (name, value) in [
            (API_KEY, "sk canary\n"),
            ("base_url", "ftp://canary"),
            ("api_version", "canary"),
            ("nonsense", "canary"),
            ("voice", ""),
        ] {
            let reason = profile.set(name, value).unwrap_err();
            let quotes_secret = name == API_KEY && reason.contains("canary");
            assert!(!quotes_secret, "{reason}");
        }
        assert_eq!(format!("{profile:?}"), "Profile { .. }");
    }
}
