//! Settings from a file `.env` in the current folder, for what the environment does not say.
//!
//! Nothing of the process is changed: what makes a client asks here for what is missing. Only our own
//! variables are taken, so that the file of some other program does nothing to this one. The file may
//! be a stranger's, in a folder that was cloned or unpacked: what it says is believed as far as it
//! cannot harm.

mod file;
mod parse;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use cartesia::BaseUrl;

use crate::print;

pub(crate) const ADMIN_KEY: &str = "CARTESIA_ADMIN_KEY";
pub(crate) const API_KEY: &str = "CARTESIA_API_KEY";
pub(crate) const BASE_URL: &str = "CARTESIA_BASE_URL";
pub(crate) const VERSION: &str = "CARTESIA_VERSION";

const NAMES: [&str; 4] = [ADMIN_KEY, API_KEY, BASE_URL, VERSION];

/// The settings of the file, without those of the environment.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct EnvFile {
    values: BTreeMap<String, String>,
}

impl EnvFile {
    /// Reads the file, if there is one. Mistakes in it are warnings on stderr, and the rest of it is
    /// used. `has_key` says that the profile has a key, which goes to no address of the file either.
    pub(crate) fn load(has_key: bool) -> Self {
        let (file, warnings) = match file::read(Path::new(".env")) {
            Ok(text) => {
                let (file, mut warnings) = Self::parse(&text.unwrap_or_default());
                let has_own_key = file.get(API_KEY).is_some();
                let (file, refusal) = file.beside(|name| {
                    std::env::var_os(name).is_some() || (name == API_KEY && has_key && !has_own_key)
                });
                warnings.extend(refusal);
                (file, warnings)
            }
            Err(error) => (Self::default(), vec![format!("it is not read: {error}")]),
        };
        for warning in warnings {
            print::note(&format!("cartesia-rs: warning: .env: {warning}"));
        }
        file
    }

    /// A setting that the file has and the environment has not.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The settings, and what is wrong with lines that have none. The last of several of one name
    /// counts.
    fn parse(text: &str) -> (Self, Vec<String>) {
        let (mut values, mut warnings) = (BTreeMap::new(), Vec::new());
        for (number, line) in parse::lines(text) {
            match line {
                Ok(Some((name, value))) if NAMES.contains(&name.as_str()) => {
                    values.insert(name, value);
                }
                Ok(_) => {}
                // The line may be a key: it is not quoted.
                Err(()) => warnings.push(format!(
                    "line {number} is not `NAME=value` and is not used (a value with spaces needs \
                     quotes)"
                )),
            }
        }
        (Self { values }, warnings)
    }

    /// Leaves out what the environment says, and an address to which a key of the environment would be sent:
    /// the author of the file would get the key. Another port of this machine may be the author's, too.
    fn beside(mut self, is_in_environment: impl Fn(&str) -> bool) -> (Self, Option<String>) {
        self.values.retain(|name, _| !is_in_environment(name));
        let foreign = |url: &str| url.parse().ok() != Some(BaseUrl::public());
        let keys = [ADMIN_KEY, API_KEY];
        let refused =
            self.get(BASE_URL).is_some_and(foreign) && keys.into_iter().any(is_in_environment);
        if !refused {
            return (self, None);
        }
        self.values.remove(BASE_URL);
        let warning = format!(
            "{BASE_URL} is not used, for the key in the environment or profile would be sent there; set \
             both in the file or both in the environment, or use --base-url"
        );
        (self, Some(warning))
    }
}

impl fmt::Debug for EnvFile {
    /// Names alone: values may be keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// Whether a variable has a value, in the environment or, if it is not there, in the file.
pub(crate) fn is_set(file: &EnvFile, name: &str) -> bool {
    match std::env::var_os(name) {
        Some(value) => value.as_os_str() != OsStr::new(""),
        None => file.get(name).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> EnvFile {
        let (file, warnings) = EnvFile::parse(text);
        assert!(warnings.is_empty(), "{warnings:?}");
        file
    }

    #[test]
    fn our_names_alone_are_taken_and_the_last_one_counts() {
        let file = parsed("OTHER=x\nCARTESIA_API_KEY=first\nexport CARTESIA_API_KEY=\"last\"\n");
        assert_eq!(file.get(API_KEY), Some("last"));
        assert_eq!(file.get("OTHER"), None);
        assert_eq!(parsed("CARTESIA_API_KEY=").get(API_KEY), None);
    }

    #[test]
    fn nothing_is_substituted() {
        let file = parsed("CARTESIA_BASE_URL=https://${PATH}.example\nCARTESIA_API_KEY='$HOME'");
        assert_eq!(file.get(BASE_URL), Some("https://${PATH}.example"));
        assert_eq!(file.get(API_KEY), Some("$HOME"));
        // What once grew to gigabytes stays as long as it is.
        let nested = "${A".repeat(100) + &"}".repeat(100);
        let file = parsed(&format!("A=x\nCARTESIA_VERSION={nested}"));
        assert_eq!(file.get(VERSION), Some(nested.as_str()));
    }

    #[test]
    fn warnings_name_lines_and_not_their_content() {
        let (file, warnings) = EnvFile::parse("# ours\nCARTESIA_API_KEY: sk_canary\nA B\n");
        assert_eq!(file, EnvFile::default());
        assert_eq!(warnings.len(), 2);
        assert!(warnings[0].starts_with("line 2 ") && warnings[1].starts_with("line 3 "));
        assert!(!warnings.concat().contains("canary"));
    }

    #[test]
    fn the_environment_wins() {
        let file = parsed("CARTESIA_API_KEY=sk_file\nCARTESIA_VERSION=2025-04-16");
        let (file, warning) = file.beside(|name| name == API_KEY);
        assert_eq!((file.get(API_KEY), warning), (None, None));
        assert_eq!(file.get(VERSION), Some("2025-04-16"));
    }

    #[test]
    fn a_key_of_the_environment_goes_to_no_address_of_a_file() {
        for address in [
            "https://elsewhere.example",
            "http://127.0.0.1:8745",
            "localhost:1",
            "http://[::1]:80",
            "no address",
        ] {
            let foreign = parsed(&format!("CARTESIA_BASE_URL='{address}'"));
            for key in [API_KEY, ADMIN_KEY] {
                let (file, warning) = foreign.clone().beside(|name| name == key);
                assert_eq!(file.get(BASE_URL), None, "{address}");
                assert!(
                    warning
                        .unwrap()
                        .starts_with("CARTESIA_BASE_URL is not used")
                );
            }
            // With its own key, or when none is in the environment, it may.
            let (file, warning) = foreign.beside(|_| false);
            assert_eq!((file.get(BASE_URL), warning), (Some(address), None));
        }
        let public = parsed("CARTESIA_BASE_URL=https://api.cartesia.ai");
        assert_eq!(
            public.clone().beside(|name| name == API_KEY),
            (public, None)
        );
    }

    #[test]
    fn debug_shows_no_values() {
        let file = parsed("CARTESIA_API_KEY=sk_canary");
        assert_eq!(format!("{file:?}"), r#"{"CARTESIA_API_KEY"}"#);
    }
}
