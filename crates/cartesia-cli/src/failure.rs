//! How a run fails: kind, exit code, and one line for people or programs.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use cartesia::ErrorKind;
use serde::Serialize;

/// Why a run failed. Exit codes follow from the kind; they are a contract.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    status: Option<u16>,
    request_id: Option<String>,
    bytes: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The command line asks for something that cannot be.
    Usage,
    /// The reader of our stdout went away. Nobody is left to be told.
    NobodyListens,
    Of(ErrorKind),
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(crate) fn of(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::new(Kind::Of(kind), message)
    }

    pub(crate) fn interrupted() -> Self {
        Self::of(ErrorKind::Cancelled, "interrupted")
    }

    pub(crate) fn file(what: &str, path: &Path, error: &io::Error) -> Self {
        Self::of(
            ErrorKind::Io,
            format!("{} cannot be {what}: {error}", path.display()),
        )
    }

    pub(crate) fn stdout(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Kind::NobodyListens, "stdout was closed");
        }
        Self::of(ErrorKind::Io, format!("stdout cannot be written: {error}"))
    }

    /// An error says only what it knows itself; the line for people has the causes as well.
    pub(crate) fn with_causes(kind: ErrorKind, error: &dyn StdError) -> Self {
        let causes: Vec<String> = std::iter::successors(error.source(), |cause| (*cause).source())
            .map(ToString::to_string)
            .collect();
        let mut message = error.to_string();
        if !causes.is_empty() {
            _ = write!(message, " (caused by: {})", causes.join(": "));
        }
        Self::of(kind, message)
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn kind(&self) -> Option<ErrorKind> {
        match self.kind {
            Kind::Of(kind) => Some(kind),
            _ => None,
        }
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            request_id: None,
            bytes: None,
        }
    }

    /// Adds how many bytes of audio had arrived.
    pub(crate) fn with_bytes(mut self, bytes: u64) -> Self {
        self.bytes = Some(bytes);
        self
    }

    pub(crate) fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Usage => "usage",
            Kind::NobodyListens => "io",
            Kind::Of(kind) => kind.as_str(),
        }
    }

    fn exit_code(&self) -> u8 {
        let kind = match self.kind {
            Kind::Usage => return 2,
            Kind::NobodyListens => return 0,
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

    /// Tells it on stderr, and gives the exit code.
    pub(crate) fn report(self, as_json: bool) -> ExitCode {
        let code = self.exit_code();
        if self.kind == Kind::NobodyListens {
            return ExitCode::from(code);
        }
        if as_json {
            print_json_line(&Line {
                outcome: "error",
                kind: self.kind_name(),
                message: &self.message,
                status: self.status,
                request_id: self.request_id.as_deref(),
                bytes: self.bytes,
            });
        } else {
            eprintln!("cartesia-rs: {}", self.message);
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
}

/// Writes one line of JSON to stderr.
pub(crate) fn print_json_line(value: &impl Serialize) {
    // Strings and numbers always have a JSON form.
    eprintln!("{}", serde_json::to_string(value).unwrap_or_default());
}

impl From<cartesia::Error> for Failure {
    fn from(error: cartesia::Error) -> Self {
        Self {
            status: error.status().map(|status| status.as_u16()),
            request_id: error.request_id().map(str::to_owned),
            bytes: error.bytes_received(),
            ..Self::with_causes(error.kind(), &error)
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
