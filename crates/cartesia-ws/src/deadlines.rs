//! The time limits of a connection.

use std::fmt;
use std::time::Duration;

use cartesia_types::ErrorKind;

use crate::{Deadline, Error};

/// Time limits of a connection and what is done on it. `None` means no limit.
///
/// ```
/// use std::time::Duration;
/// use cartesia_ws::Deadlines;
///
/// let patient = Deadlines::default().with_connect(Duration::from_secs(30)).with_silence(None);
/// # let _ = patient;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadlines {
    /// For a connection to be open: token provider, name resolution, TCP, proxy, TLS and upgrade
    /// together. 10 s by default.
    pub connect: Duration,
    /// For the first audio of a context to arrive, from the moment from which the service may not gather
    /// text any longer: its buffering delay after the first text, or a flush, or the end of the text.
    /// 10 s by default.
    pub first_audio: Option<Duration>,
    /// Between two messages of a context that has begun to speak and still owes audio. 20 s by
    /// default. Without it a service that falls silent is waited for without end; it was seen to do
    /// so instead of reporting an exceeded rate limit.
    pub silence: Option<Duration>,
    /// How often a connection is tried by a ping. 20 s by default. A broken path may swallow what is
    /// sent and never say so.
    pub ping_interval: Option<Duration>,
    /// For the answer to a ping. 20 s by default.
    pub pong: Duration,
    /// For the service to agree to the end of the connection. 5 s by default.
    pub close: Duration,
    /// How long a connection stays open with no context on it. 270 s by default: after 300 s the
    /// service closes it by itself, perhaps just as something is sent.
    pub idle: Option<Duration>,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_audio: Some(Duration::from_secs(10)),
            silence: Some(Duration::from_secs(20)),
            ping_interval: Some(Duration::from_secs(20)),
            pong: Duration::from_secs(20),
            close: Duration::from_secs(5),
            idle: Some(Duration::from_secs(270)),
        }
    }
}

impl Deadlines {
    /// Sets the limit for a connection to be open.
    #[must_use]
    pub fn with_connect(mut self, limit: Duration) -> Self {
        self.connect = limit;
        self
    }

    /// Sets the limit for the first audio of a context.
    #[must_use]
    pub fn with_first_audio(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.first_audio = limit.into();
        self
    }

    /// Sets the limit between two messages of a context.
    #[must_use]
    pub fn with_silence(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.silence = limit.into();
        self
    }

    /// Sets how often a connection is tried by a ping.
    #[must_use]
    pub fn with_ping_interval(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.ping_interval = interval.into();
        self
    }

    /// Sets the limit for the answer to a ping.
    #[must_use]
    pub fn with_pong(mut self, limit: Duration) -> Self {
        self.pong = limit;
        self
    }

    /// Sets the limit for the service to agree to the end of the connection.
    #[must_use]
    pub fn with_close(mut self, limit: Duration) -> Self {
        self.close = limit;
        self
    }

    /// Sets how long a connection stays open with no context on it.
    #[must_use]
    pub fn with_idle(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.idle = limit.into();
        self
    }
}

/// The error of a deadline that passed; `what` says what had not happened by then.
pub(crate) fn overdue(
    operation: &'static str,
    deadline: Deadline,
    limit: Duration,
    what: impl fmt::Display,
) -> Error {
    let name = deadline.as_str();
    let message = format!("{what} within {limit:?} (`Deadlines::{name}`)");
    Error::new(ErrorKind::Timeout, operation, message).with_deadline(deadline)
}
