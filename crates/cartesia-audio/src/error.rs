//! The error of this crate.

use std::error::Error as StdError;
use std::fmt;

use cartesia_types::ErrorKind;

/// What went wrong with a player, an utterance, a recorder or a device.
///
/// Branch on [`kind`](Self::kind); print it for people. `Display` says what was being done, what
/// happened and what to do about it. No error ever holds audio.
pub struct Error {
    // Boxed: a `Result` with this error stays as small as its value.
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    operation: &'static str,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// `operation` is what was being done, as a path of names: `player.open`.
    pub(crate) fn new(
        kind: ErrorKind,
        operation: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                operation,
                message: message.into(),
                source: None,
            }),
        }
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// What a caller branches on.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// What was being done, for example `player.open`.
    pub fn operation(&self) -> &'static str {
        self.inner.operation
    }

    /// What happened, without the operation in front.
    pub fn message(&self) -> &str {
        &self.inner.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.inner.operation, self.inner.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.inner.kind)
            .field("operation", &self.inner.operation)
            .field("message", &self.inner.message)
            .field("source", &self.inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
