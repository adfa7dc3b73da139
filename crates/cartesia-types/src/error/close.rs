//! The end of a WebSocket.

use std::fmt;

use super::scrub;

/// The end of a connection: the close code and reason of the other side, or no close frame at all.
///
/// The reason never contains a credential: see [`Error`](crate::Error#credentials).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseInfo {
    /// The close code (RFC 6455, section 7.4); `None` when the connection broke without a close
    /// frame, or the frame had no code.
    pub code: Option<u16>,
    /// The reason that the other side gave; often empty.
    pub reason: String,
}

impl CloseInfo {
    /// Creates the information of a close frame with this code and reason. Credentials are removed from the
    /// reason.
    pub fn frame(code: impl Into<Option<u16>>, reason: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            reason: scrub::by_look(reason.into()),
        }
    }

    /// Creates the information for a connection that broke without a close frame.
    pub fn without_frame() -> Self {
        Self {
            code: None,
            reason: String::new(),
        }
    }

    /// Removes this secret from the reason.
    #[must_use]
    pub fn without_secret(mut self, secret: &str) -> Self {
        self.reason = scrub::by_value(self.reason, secret);
        self
    }
}

impl fmt::Display for CloseInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "close code {code}")?,
            None => write!(f, "no close frame")?,
        }
        if !self.reason.is_empty() {
            write!(f, ", {:?}", self.reason)?;
        }
        Ok(())
    }
}
