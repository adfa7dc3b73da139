//! How the sockets of a server behave.

use std::time::Duration;

/// How the sockets of a server behave.
#[derive(Debug, Clone)]
pub(crate) struct SocketSettings {
    /// Bytes of audio in a chunk.
    pub(crate) chunk_size: usize,
    pub(crate) context_limit: Option<usize>,
    pub(crate) socket_limit: Option<usize>,
    /// How much may be transcribed at once.
    pub(crate) stream_limit: Option<usize>,
    /// How long a context lives after its last audio or input.
    pub(crate) expiry: Duration,
    /// How long a connection lives without traffic, if it is not as long as the endpoint has it.
    pub(crate) idle: Option<Duration>,
}

/// When a connection is closed for want of traffic.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Idle {
    pub(crate) after: Duration,
    /// Whether pings are traffic.
    pub(crate) pings: bool,
    /// Whether what the server says is traffic.
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
