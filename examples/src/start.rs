//! The first line of every example.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use cartesia_mock::MockServer;

use crate::Error;

/// Says to the program that [`start`] has started it.
const STARTED: &str = "CARTESIA_EXAMPLE_STARTED";

const KEY: &str = "CARTESIA_API_KEY";
const ADDRESS: &str = "CARTESIA_BASE_URL";

/// Where [`player`](crate::player) writes what would be heard.
pub(crate) const OUTPUT: &str = "CARTESIA_EXAMPLE_OUTPUT";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq)]
struct Options {
    mock: bool,
    output: Option<OsString>,
    /// What is for the example itself.
    rest: Vec<OsString>,
}

/// Prepares the environment in which the example runs:
///
/// - Variables of Cartesia's in a file `.env` in the current folder, as far as they are not set.
/// - With `--mock`, or without any key, the address of an offline server, which runs as long as the
///   example does, and a key for it. The server hums the words instead of speaking them.
/// - With `--output FILE.wav`, a file instead of the speakers.
///
/// A program cannot safely change its own environment, so where there is anything to change, the
/// example is started once more in a changed one, and this does not return.
///
/// # Errors
///
/// When `--output` has no file, or no server or program can be started.
pub fn start() -> Result<(), Error> {
    if env::var_os(STARTED).is_some() {
        return Ok(());
    }
    let options = parse(env::args_os().skip(1))?;
    let mut command = Command::new(env::current_exe()?);
    command.args(&options.rest).env(STARTED, "1");
    let settings = from_file();
    command.envs(
        settings
            .iter()
            .filter(|(name, _)| env::var_os(name).is_none()),
    );
    if let Some(file) = &options.output {
        command.env(OUTPUT, file);
    }
    let is_set = |name| settings.contains_key(name) || env::var_os(name).is_some();
    let nothing_is_set = !is_set(KEY) && !is_set(ADDRESS);
    let mock = if options.mock || nothing_is_set {
        let server = MockServer::start_on_thread()?;
        let reason = if options.mock {
            "--mock"
        } else {
            "CARTESIA_API_KEY is not set"
        };
        tell(&format!(
            "{reason}: an offline server hums the words; nothing leaves this machine"
        ));
        command.env(KEY, "sk_mock").env(ADDRESS, server.url());
        Some(server)
    } else {
        None
    };
    if mock.is_none() && settings.is_empty() && options.output.is_none() {
        return Ok(());
    }
    let status = command.status()?;
    drop(mock);
    std::process::exit(status.code().unwrap_or(1));
}

fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Options, Error> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--mock") => options.mock = true,
            Some("--output") => {
                let file = arguments
                    .next()
                    .ok_or("--output needs the name of a file")?;
                options.output = Some(file);
            }
            _ => options.rest.push(argument),
        }
    }
    Ok(options)
}

/// Our variables of a file `.env`. In a program of your own, `dotenvy::dotenv()` as the first thing that
/// `main` does is enough.
fn from_file() -> BTreeMap<String, String> {
    let path = Path::new(".env");
    match fs::read_to_string(path) {
        Ok(text) => parse_file(&text, tell),
        // Some keep their Python environments in a folder of that name.
        Err(error) if error.kind() == ErrorKind::NotFound || path.is_dir() => BTreeMap::new(),
        Err(error) => {
            tell(&format!(".env cannot be read: {error}"));
            BTreeMap::new()
        }
    }
}

/// Lines that cannot be read are named, and not shown: they may hold a key.
fn parse_file(text: &str, mut tell: impl FnMut(&str)) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        if !line.contains("CARTESIA_") || line.trim_start().starts_with('#') {
            continue;
        }
        let line = format!("{line}\n");
        match dotenvy::from_read_iter(line.as_bytes()).next() {
            Some(Ok((name, value))) => {
                settings.insert(name, value);
            }
            _ => tell(&format!(
                "line {number} of .env is not NAME=value, and is not used"
            )),
        }
    }
    settings
}

#[expect(clippy::print_stderr, reason = "examples talk to those who run them")]
pub(crate) fn tell(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Options, Error> {
        parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn arguments_of_the_example_are_left_to_it() {
        let options = parsed(&["a.wav", "--mock", "--output", "--b.wav", "--flag"]).unwrap();
        let expected = Options {
            mock: true,
            output: Some("--b.wav".into()),
            rest: vec!["a.wav".into(), "--flag".into()],
        };
        assert_eq!(options, expected);
        assert_eq!(parsed(&[]).unwrap(), Options::default());
    }

    #[test]
    fn a_file_gives_our_variables_and_names_lines_that_cannot_be_read() {
        let text = "# CARTESIA_API_KEY=sk_comment\nPATH=/elsewhere\nCARTESIA_API_KEY='sk_1' \n\
                    CARTESIA_VERSION: sk_canary";
        let mut observed = Vec::new();
        let settings = parse_file(text, |line| observed.push(line.to_owned()));
        assert_eq!(
            settings.into_iter().collect::<Vec<_>>(),
            [("CARTESIA_API_KEY".to_owned(), "sk_1".to_owned())]
        );
        assert_eq!(
            observed,
            ["line 4 of .env is not NAME=value, and is not used"]
        );
    }

    #[test]
    fn an_output_needs_a_name() {
        let error = parsed(&["--output"]).unwrap_err();
        assert_eq!(error.to_string(), "--output needs the name of a file");
    }
}
