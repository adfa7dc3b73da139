//! How a WebSocket ended.

use std::fmt;

/// How a connection ended: the other side's close code and reason, or that there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseInfo {
    /// The close code (RFC 6455, section 7.4); `None` when the connection broke without a close
    /// frame, or with one that names no code.
    pub code: Option<u16>,
    /// What the other side gave as its reason; often empty.
    pub reason: String,
}

impl CloseInfo {
    /// A close frame with this code and reason.
    pub(crate) fn frame(code: u16, reason: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            reason: reason.into(),
        }
    }

    /// The connection broke, or ended without a word.
    pub(crate) fn without_frame() -> Self {
        Self {
            code: None,
            reason: String::new(),
        }
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
