//! Settings from a file `.env` in the current folder, for what the environment does not say.
//!
//! Nothing of the process is changed: whoever makes a client asks here for what is missing. Only our
//! own variables are taken, so that the file of some other program does nothing to this one.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::rc::Rc;

use cartesia::BaseUrl;

pub(crate) const ADMIN_KEY: &str = "CARTESIA_ADMIN_KEY";
pub(crate) const API_KEY: &str = "CARTESIA_API_KEY";
pub(crate) const BASE_URL: &str = "CARTESIA_BASE_URL";
pub(crate) const VERSION: &str = "CARTESIA_VERSION";

const NAMES: [&str; 4] = [ADMIN_KEY, API_KEY, BASE_URL, VERSION];

/// What the file says, without what the environment says as well.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct EnvFile {
    values: BTreeMap<String, String>,
}

impl EnvFile {
    /// Reads the file, if there is one. What is wrong with it is told on stderr, and the rest of it
    /// is used.
    pub(crate) fn load() -> Self {
        let (file, warnings) = match read(Path::new(".env")) {
            Ok(text) => {
                let (file, mut warnings) = Self::parse(&text);
                let (file, refusal) = file.beside(|name| std::env::var_os(name).is_some());
                warnings.extend(refusal);
                (file, warnings)
            }
            Err(error) => (Self::default(), vec![format!("it cannot be read: {error}")]),
        };
        for warning in warnings {
            eprintln!("cartesia-rs: warning: .env: {warning}");
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
        // The parser refuses white space at the end of a last line that does not end.
        let text = format!("{}\n", text.strip_prefix('\u{feff}').unwrap_or(text));
        let given = Rc::new(Cell::new(0));
        let lines = Lines {
            rest: text.as_bytes(),
            at_start: true,
            given: Rc::clone(&given),
        };
        let (mut values, mut warnings) = (BTreeMap::new(), Vec::new());
        for item in dotenvy::from_read_iter(lines) {
            match item {
                Ok((name, value)) if NAMES.contains(&name.as_str()) => {
                    values.insert(name, value);
                }
                Ok(_) => {}
                // The error has the line in it, which may be a key: it is not told.
                Err(error) => {
                    let length = match &error {
                        dotenvy::Error::LineParse(lines, _) => lines.lines().count().max(1),
                        _ => 1,
                    };
                    let line = (given.get() + 1).saturating_sub(length);
                    warnings.push(format!(
                        "line {line} is not `NAME=value` and is not used (a value with spaces needs \
                         quotes)"
                    ));
                }
            }
        }
        (Self { values }, warnings)
    }

    /// Leaves out what the environment says, and an address to which the file of a folder somebody
    /// happens to be in would send a key that is not from there.
    fn beside(mut self, is_in_environment: impl Fn(&str) -> bool) -> (Self, Option<String>) {
        self.values.retain(|name, _| !is_in_environment(name));
        let foreign = |url: &str| {
            url.parse::<BaseUrl>()
                .is_ok_and(|url| !url.is_loopback() && url != BaseUrl::public())
        };
        let keys = [ADMIN_KEY, API_KEY];
        let refused =
            self.get(BASE_URL).is_some_and(foreign) && keys.into_iter().any(is_in_environment);
        if !refused {
            return (self, None);
        }
        self.values.remove(BASE_URL);
        let warning = format!(
            "{BASE_URL} is not used, for the key in the environment would be sent there; set both in \
             the file or both in the environment, or use --base-url"
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

/// The text of the file; nothing when there is none, or a folder of that name, as some keep their
/// Python environments in.
fn read(path: &Path) -> io::Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound || path.is_dir() => Ok(String::new()),
        outcome => outcome,
    }
}

/// A text that is given out line by line, and counts what it gave: the parser does not number lines.
struct Lines<'t> {
    rest: &'t [u8],
    at_start: bool,
    given: Rc<Cell<usize>>,
}

impl Read for Lines<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let newline = self.rest.iter().position(|&byte| byte == b'\n');
        let line = newline.map_or(self.rest.len(), |at| at + 1);
        let count = line.min(out.len());
        let (now, rest) = self.rest.split_at(count);
        if let Some(out) = out.get_mut(..count) {
            out.copy_from_slice(now);
        }
        if self.at_start && count > 0 {
            self.given.set(self.given.get() + 1);
        }
        self.at_start = now.ends_with(b"\n");
        self.rest = rest;
        Ok(count)
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
    fn our_own_settings_are_taken_however_they_are_written() {
        let file = parsed(
            "\u{feff}# a comment\n\nexport CARTESIA_API_KEY=\"sk_1\" # the key\r\n\
             CARTESIA_BASE_URL='http://127.0.0.1:8745'\nHTTPS_PROXY=http://proxy\n\
             CARTESIA_VERSION=2025-04-16\nCARTESIA_VERSION=2026-03-01  ",
        );
        assert_eq!(file.get(API_KEY), Some("sk_1"));
        assert_eq!(file.get(BASE_URL), Some("http://127.0.0.1:8745"));
        assert_eq!(file.get(VERSION), Some("2026-03-01"));
        assert_eq!(file.get("HTTPS_PROXY"), None);
        assert_eq!(parsed("CARTESIA_API_KEY=\n").get(API_KEY), None);
    }

    #[test]
    fn every_line_that_cannot_be_read_is_named_and_not_shown() {
        let text = "CARTESIA_VERSION=2026-03-01\n\nCARTESIA_API_KEY sk_canary\n# fine\n\
                    SOME='text\nof two lines'\nOTHER=two words sk_canary\nCARTESIA_BASE_URL=localhost\n\
                    CARTESIA_ADMIN_KEY=\"sk_canary\nwithout an end\n";
        let (file, warnings) = EnvFile::parse(text);
        let lines: Vec<&str> = warnings.iter().map(|warning| &warning[..7]).collect();
        assert_eq!(lines, ["line 3 ", "line 7 ", "line 9 "]);
        assert!(!warnings.concat().contains("canary"), "{warnings:?}");
        assert_eq!(file.get(VERSION), Some("2026-03-01"));
        assert_eq!(file.get(BASE_URL), Some("localhost"));
        assert_eq!(file.get(API_KEY), None);
    }

    #[test]
    fn lines_longer_than_any_buffer_are_counted_once() {
        let text = format!("# {}\nCARTESIA_API_KEY sk_canary\n", "x".repeat(100_000));
        let (_, warnings) = EnvFile::parse(&text);
        assert!(warnings[0].starts_with("line 2 "), "{warnings:?}");
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
        let foreign = parsed("CARTESIA_BASE_URL=https://elsewhere.example");
        for key in [API_KEY, ADMIN_KEY] {
            let (file, warning) = foreign.clone().beside(|name| name == key);
            assert_eq!(file.get(BASE_URL), None);
            assert!(
                warning
                    .unwrap()
                    .starts_with("CARTESIA_BASE_URL is not used")
            );
        }
        for harmless in ["http://127.0.0.1:8745", "https://api.cartesia.ai"] {
            let file = parsed(&format!("CARTESIA_BASE_URL={harmless}"));
            assert_eq!(file.clone().beside(|name| name == API_KEY), (file, None));
        }
        let whole = parsed("CARTESIA_API_KEY=sk\nCARTESIA_BASE_URL=https://elsewhere.example");
        assert_eq!(whole.clone().beside(|_| false), (whole, None));
    }

    #[test]
    fn debug_shows_no_values() {
        let file = parsed("CARTESIA_API_KEY=sk_canary");
        assert_eq!(format!("{file:?}"), r#"{"CARTESIA_API_KEY"}"#);
    }
}
