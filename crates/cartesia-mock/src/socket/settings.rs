//! The settings of the sockets of a server.

use std::time::Duration;

/// The settings of the sockets of a server.
#[derive(Debug, Clone)]
pub(crate) struct SocketSettings {
    /// Bytes of audio in a chunk.
    pub(crate) chunk_size: usize,
    pub(crate) context_limit: Option<usize>,
    pub(crate) socket_limit: Option<usize>,
    /// The limit of transcriptions at once.
    pub(crate) stream_limit: Option<usize>,
    /// The time that a context stays open after its last audio or input.
    pub(crate) expiry: Duration,
    /// The time that a connection stays open without traffic, if it is not the endpoint's default.
    pub(crate) idle: Option<Duration>,
}

/// When a connection is closed for want of traffic.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Idle {
    pub(crate) after: Duration,
    /// Whether pings are traffic.
    pub(crate) pings: bool,
    /// Whether messages of the server count as traffic.
    pub(crate) answers: bool,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            // Behavior observed of the service.
            chunk_size: 16_384,
            context_limit: None,
            socket_limit: None,
            stream_limit: None,
            expiry: Duration::from_secs(1),
            idle: None,
        }
    }
}
