//! The failure of a run: kind, exit code, and one line for people or programs.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cartesia::ErrorKind;
use serde::Serialize;

use crate::signals::Signal;
use crate::{advice, print, text};

/// The failure of a run. Exit codes follow from the kind; they are a contract.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    status: Option<u16>,
    request_id: Option<String>,
    bytes: Option<u64>,
    saved: Option<PathBuf>,
    heard: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The command line asks for something impossible.
    Usage,
    /// The reader of stdout closed it: it has read enough.
    ReaderLeft,
    /// A signal ended the run.
    Stopped(Signal),
    Of(ErrorKind),
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(crate) fn of(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::new(Kind::Of(kind), message)
    }

    pub(crate) fn stopped(signal: Signal) -> Self {
        let message = match signal {
            Signal::Interrupt => "interrupted",
            Signal::Terminate => "terminated",
            Signal::Hangup => "the terminal was closed",
        };
        Self::new(Kind::Stopped(signal), message)
    }

    /// An error whose message names the file.
    pub(crate) fn io(error: &io::Error) -> Self {
        Self::of(ErrorKind::Io, error.to_string())
    }

    pub(crate) fn file(what: &str, path: &Path, error: &io::Error) -> Self {
        Self::of(
            ErrorKind::Io,
            format!("{} cannot be {what}: {error}", path.display()),
        )
    }

    pub(crate) fn stdout(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Kind::ReaderLeft, "stdout was closed");
        }
        Self::of(ErrorKind::Io, format!("stdout cannot be written: {error}"))
    }

    /// Says first where it happened.
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// Says first which file it is about.
    pub(crate) fn about(mut self, path: &Path) -> Self {
        let name = path.display().to_string();
        if !self.message.contains(&name) {
            self.message = format!("{name}: {}", self.message);
        }
        self
    }

    /// Whether nothing else can go well: the reader of stdout left, or a signal came.
    pub(crate) fn ends_run(&self) -> bool {
        matches!(self.kind, Kind::ReaderLeft | Kind::Stopped(_))
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn kind(&self) -> Option<ErrorKind> {
        match self.kind {
            Kind::Of(kind) => Some(kind),
            Kind::Stopped(_) => Some(ErrorKind::Cancelled),
            Kind::Usage | Kind::ReaderLeft => None,
        }
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            request_id: None,
            bytes: None,
            saved: None,
            heard: None,
        }
    }

    /// Adds how many bytes of audio had arrived.
    pub(crate) fn with_bytes(mut self, bytes: u64) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// Adds the file in which the audio that arrived was kept.
    pub(crate) fn with_saved(mut self, saved: Option<PathBuf>) -> Self {
        self.saved = saved;
        self
    }

    /// Adds the text that was heard until then.
    #[cfg(feature = "playback")]
    pub(crate) fn with_heard(mut self, heard: String) -> Self {
        self.heard = Some(heard);
        self
    }

    pub(crate) fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Usage => "usage",
            Kind::ReaderLeft => "io",
            Kind::Stopped(_) => ErrorKind::Cancelled.as_str(),
            Kind::Of(kind) => kind.as_str(),
        }
    }

    fn exit_code(&self) -> u8 {
        let kind = match self.kind {
            Kind::Usage => return 2,
            Kind::ReaderLeft => return 0,
            Kind::Stopped(signal) => return signal.exit_code(),
            Kind::Of(kind) => kind,
        };
        match kind {
            ErrorKind::Io => 2,
            ErrorKind::Config => 3,
            ErrorKind::Auth | ErrorKind::Quota => 4,
            ErrorKind::RateLimited => 5,
            ErrorKind::InvalidRequest | ErrorKind::Unsupported => 6,
            ErrorKind::NotFound => 7,
            ErrorKind::Server => 8,
            ErrorKind::Connect | ErrorKind::Timeout => 9,
            ErrorKind::Device => 11,
            ErrorKind::Cancelled => 130,
            // Protocol, Decode, Incomplete, Closed, SlowConsumer, and what a later version adds.
            _ => 10,
        }
    }

    /// Prints it to stderr, and returns the exit code.
    pub(crate) fn report(self, as_json: bool) -> ExitCode {
        let code = self.exit_code();
        if self.kind == Kind::ReaderLeft {
            return ExitCode::from(code);
        }
        let saved = self.saved.as_deref().map(Path::to_string_lossy);
        if as_json {
            print::json_note(&Line {
                outcome: "error",
                kind: self.kind_name(),
                message: &self.message,
                status: self.status,
                request_id: self.request_id.as_deref(),
                bytes: self.bytes,
                saved: saved.as_deref(),
                heard: self.heard.as_deref(),
            });
        } else {
            print::note(&format!("cartesia-rs: {}", text::one_line(&self.message)));
            if let Some(heard) = self.heard {
                print::note(&format!("Heard: {}", text::one_line(&heard)));
            }
            if let Some(saved) = saved {
                print::note(&format!("The audio received so far is in {saved}."));
            }
        }
        ExitCode::from(code)
    }
}

/// A failure as programs read it; the order of the fields is part of it.
#[derive(Serialize)]
struct Line<'a> {
    outcome: &'static str,
    kind: &'static str,
    message: &'a str,
    status: Option<u16>,
    request_id: Option<&'a str>,
    bytes: Option<u64>,
    /// The file with the audio that arrived; left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    saved: Option<&'a str>,
    /// The text that was heard; left out when nothing was played.
    #[serde(skip_serializing_if = "Option::is_none")]
    heard: Option<&'a str>,
}

impl From<cartesia::Error> for Failure {
    fn from(error: cartesia::Error) -> Self {
        let mut message = error.summary().to_string();
        let causes: Vec<String> = std::iter::successors(error.source(), |cause| (*cause).source())
            .map(ToString::to_string)
            .collect();
        if !causes.is_empty() {
            _ = write!(message, " (caused by: {})", causes.join(": "));
        }
        let mut message = advice::in_shell_words(&message);
        if let Some(advice) = advice::of(error.kind()) {
            _ = write!(message, "; {advice}");
        }
        Self {
            status: error.status().map(|status| status.as_u16()),
            request_id: error.request_id().map(str::to_owned),
            bytes: error.bytes_received(),
            ..Self::of(error.kind(), message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_a_contract() {
        for (kind, code) in [
            (ErrorKind::Config, 3),
            (ErrorKind::Auth, 4),
            (ErrorKind::Quota, 4),
            (ErrorKind::RateLimited, 5),
            (ErrorKind::InvalidRequest, 6),
            (ErrorKind::Unsupported, 6),
            (ErrorKind::NotFound, 7),
            (ErrorKind::Server, 8),
            (ErrorKind::Connect, 9),
            (ErrorKind::Timeout, 9),
            (ErrorKind::Protocol, 10),
            (ErrorKind::Decode, 10),
            (ErrorKind::Incomplete, 10),
            (ErrorKind::Closed, 10),
            (ErrorKind::SlowConsumer, 10),
            (ErrorKind::Io, 2),
            (ErrorKind::Device, 11),
            (ErrorKind::Cancelled, 130),
        ] {
            assert_eq!(Failure::of(kind, "").exit_code(), code, "{kind}");
        }
        assert_eq!(Failure::usage("").exit_code(), 2);
        let closed = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(Failure::stdout(&closed).exit_code(), 0);
    }
}
