//! The names of deadlines.

/// The time limit that passed; see [`Error::deadline`](crate::Error::deadline).
///
/// The variants are named like the fields of the clients' `Timeouts` that set them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Deadline {
    /// The connection was not open in time.
    Connect,
    /// The headers of a response did not arrive in time.
    Response,
    /// The first audio did not arrive in time.
    FirstAudio,
    /// A body, stream or context made no progress for too long, although more was due.
    Silence,
    /// A call that returns one value took too long as a whole.
    Total,
    /// A ping was not answered in time.
    Pong,
}

impl Deadline {
    /// Returns the name of the field that sets it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Response => "response",
            Self::FirstAudio => "first_audio",
            Self::Silence => "silence",
            Self::Total => "total",
            Self::Pong => "pong",
        }
    }
}
