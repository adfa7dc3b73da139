//! The names of deadlines.

/// Which deadline of a connection passed; see [`Error::deadline`](crate::Error::deadline).
///
/// The variants are named like the fields of the WebSocket client's `Deadlines` that set them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Deadline {
    /// The connection was not open in time.
    Connect,
    /// The first audio of a context did not arrive in time.
    FirstAudio,
    /// A context that still owed audio was silent for too long.
    Silence,
    /// A ping was not answered in time.
    Pong,
}

impl Deadline {
    /// The name of the field that sets it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::FirstAudio => "first_audio",
            Self::Silence => "silence",
            Self::Pong => "pong",
        }
    }
}
