//! The two places that the program prints to. No other file names stdout or stderr.
//!
//! Text for people is made [safe](crate::text) here, so that no caller can forget it. A closed stderr
//! is no reason to fail: what happened decides the exit code.

use std::io::{self, IsTerminal as _, Stdout, Write as _};

use serde::Serialize;

use crate::failure::Failure;
use crate::text;

/// Prints text for people to stdout, as it is broken into lines.
pub(crate) fn block(text: &str) -> Result<(), Failure> {
    raw(format!("{}\n", text::safe(text)).as_bytes())
}

/// Prints one line for people to stdout.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    raw(format!("{}\n", text::one_line(text)).as_bytes())
}

/// Prints one line of JSON to stdout.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = text::json(value).map_err(|error| Failure::stdout(&error.into()))?;
    raw(format!("{text}\n").as_bytes())
}

/// Writes data to stdout as it is: audio, bodies, scripts.
pub(crate) fn raw(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| Failure::stdout(&error))
}

/// Stdout for audio, for a thread of its own.
pub(crate) fn stdout() -> Stdout {
    io::stdout()
}

/// Tells people something on stderr.
pub(crate) fn note(text: &str) {
    // A stderr that is closed has no reader to miss it.
    _ = writeln!(io::stderr(), "{}", text::safe(text));
}

/// Prints one line of JSON to stderr.
pub(crate) fn json_note(value: &impl Serialize) {
    // Strings and numbers always have a JSON form.
    let text = text::json(value).unwrap_or_default();
    _ = writeln!(io::stderr(), "{text}");
}

/// Draws a line of progress over the one before.
pub(crate) fn progress(line: &str) {
    at_once(&format!("\r{}", text::safe(line)));
}

/// Wipes a line of progress.
pub(crate) fn wipe(columns: usize) {
    at_once(&format!("\r{:columns$}\r", ""));
}

/// Writes to stderr, which has no buffer, in one piece: half a line is never seen.
fn at_once(text: &str) {
    _ = io::stderr().write_all(text.as_bytes());
}

/// Asks on the terminal; anything but `y` or `yes` is a no.
pub(crate) fn confirm(question: &str) -> bool {
    let answer = ask(&format!("{question} [y/N] "));
    matches!(answer.to_lowercase().as_str(), "y" | "yes")
}

/// Asks for a line on the terminal. Returns `None` without a terminal.
pub(crate) fn ask(question: &str) -> String {
    let mut answer = String::new();
    let mut err = io::stderr();
    let asked = write!(err, "{}", text::safe(question)).and_then(|()| err.flush());
    let read = asked.and_then(|()| io::stdin().read_line(&mut answer));
    if read.is_err() {
        answer.clear();
    }
    answer.trim().to_owned()
}

/// Whether a question can be asked: stdin and stderr are a terminal.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && is_terminal()
}

/// Whether stderr is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// As [`columns`], of stderr.
pub(crate) fn columns_for_notes() -> Option<usize> {
    columns_of(io::stderr())
}

/// The columns of stdout: those of `COLUMNS`, or else of the terminal. `None` for pipes and files,
/// in which nothing is cut.
pub(crate) fn columns() -> Option<usize> {
    columns_of(io::stdout())
}

#[cfg(unix)]
fn columns_of(stream: impl std::os::fd::AsFd) -> Option<usize> {
    columns_or(|| terminal_size::terminal_size_of(stream))
}

#[cfg(windows)]
fn columns_of(stream: impl std::os::windows::io::AsHandle) -> Option<usize> {
    columns_or(|| terminal_size::terminal_size_of(stream))
}

fn columns_or(
    measure: impl FnOnce() -> Option<(terminal_size::Width, terminal_size::Height)>,
) -> Option<usize> {
    let set = std::env::var("COLUMNS").ok();
    if let Some(columns @ 1..) = set.and_then(|text| text.trim().parse().ok()) {
        return Some(columns);
    }
    measure().map(|(width, _)| usize::from(width.0))
}
