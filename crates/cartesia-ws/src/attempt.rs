//! One attempt to open a connection: its purpose and its progress.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use cartesia_types::ErrorKind;
use tokio::time::Instant;

use crate::Error;

/// The stage of an attempt, for the error of a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stage {
    Token,
    Resolving,
    Connecting,
    ConnectingToProxy,
    Proxy,
    Tls,
    Upgrade,
}

impl Stage {
    const ALL: [Self; 7] = [
        Self::Token,
        Self::Resolving,
        Self::Connecting,
        Self::ConnectingToProxy,
        Self::Proxy,
        Self::Tls,
        Self::Upgrade,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "waiting for the token provider",
            Self::Resolving => "resolving the host name",
            Self::Connecting => "connecting over TCP",
            Self::ConnectingToProxy => "connecting to the proxy over TCP",
            Self::Proxy => "waiting for the proxy to connect",
            Self::Tls => "setting up TLS",
            Self::Upgrade => "waiting for the answer to the WebSocket upgrade",
        }
    }
}

/// One attempt to open a connection. Its clones share the stage.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// The operation in errors, for example `tts.connect`.
    pub(crate) operation: &'static str,
    /// The host of the service.
    pub(crate) host: Arc<str>,
    /// Until when the connection must be open.
    pub(crate) deadline: Instant,
    stage: Arc<AtomicU8>,
}

impl Attempt {
    pub(crate) fn new(operation: &'static str, host: &str, deadline: Instant) -> Self {
        Self {
            operation,
            host: host.into(),
            deadline,
            stage: Arc::new(AtomicU8::new(Stage::Token as u8)),
        }
    }

    /// Notes what is being done from now on.
    pub(crate) fn enter(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Relaxed);
    }

    pub(crate) fn stage(&self) -> Stage {
        let number = self.stage.load(Ordering::Relaxed);
        let found = Stage::ALL.into_iter().find(|stage| *stage as u8 == number);
        found.unwrap_or(Stage::Token)
    }

    /// The error of a connection that could not be made.
    pub(crate) fn failed(&self, why: impl fmt::Display) -> Error {
        let message = format!("no connection to {}: {why}", self.host);
        Error::new(ErrorKind::Connect, self.operation, message)
    }
}
