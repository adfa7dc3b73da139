//! The kinds of errors.

use std::fmt;

/// The kind of an [`Error`](crate::Error), for callers to branch on.
#[doc(alias = "retryable")]
#[doc(alias = "error code")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client is configured wrongly: no key, an unusable base URL, no root certificates. Or it is
    /// used where it cannot work: a blocking call in async code, a connection without a runtime.
    Config,
    /// The connection could not be opened (name resolution, TCP, TLS, proxy). Nothing was sent, so it is safe
    /// to retry.
    Connect,
    /// A deadline passed; the message says which.
    Timeout,
    /// The credential is missing, wrong, expired, or lacks the permission (401, 403).
    Auth,
    /// The plan does not include this, or its credits are used up (402).
    Quota,
    /// Too many requests or concurrent generations (429). Wait, then retry.
    RateLimited,
    /// The request is invalid: rejected by the service (400, 409, 413, 415, 422 and similar) or by a check
    /// before sending. Retrying it unchanged does not help.
    InvalidRequest,
    /// The voice, model or other resource does not exist (404, 410).
    NotFound,
    /// The chosen API version, socket or format does not support this. Nothing was sent.
    Unsupported,
    /// The service failed (5xx). Retrying may help.
    Server,
    /// The other side violated the protocol: an unexpected status, content type or message.
    Protocol,
    /// A message could not be decoded (JSON, base64, UTF-8).
    Decode,
    /// The stream ended before its announced end: the response is incomplete.
    Incomplete,
    /// The connection was closed while it was in use.
    Closed,
    /// The reader fell behind: more data was buffered than the budget allows.
    SlowConsumer,
    /// The caller cancelled.
    Cancelled,
    /// A file or another local resource could not be read or written.
    Io,
    /// An audio device could not be opened or used.
    Device,
}

impl ErrorKind {
    /// Returns the stable name for programs, for example in JSON reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Auth => "auth",
            Self::Quota => "quota",
            Self::RateLimited => "rate_limited",
            Self::InvalidRequest => "invalid_request",
            Self::NotFound => "not_found",
            Self::Unsupported => "unsupported",
            Self::Server => "server",
            Self::Protocol => "protocol",
            Self::Decode => "decode",
            Self::Incomplete => "incomplete",
            Self::Closed => "closed",
            Self::SlowConsumer => "slow_consumer",
            Self::Cancelled => "cancelled",
            Self::Io => "io",
            Self::Device => "device",
        }
    }

    /// Returns the advice for the caller, in one clause; `None` when the message already says it.
    ///
    /// Methods are named as in this SDK. A program with options of its own prints
    /// [`Error::summary`](crate::Error::summary) and its own advice instead.
    pub const fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Connect => "check the network, the base URL and the proxy settings",
            Self::Timeout => "try again, or raise the limit that the message names",
            Self::Auth => "check that the API key or access token is valid and has the permission",
            Self::Quota => "check the plan and its credits",
            Self::RateLimited => "wait before the next attempt, or run fewer generations at once",
            Self::NotFound => "check the identifier",
            Self::Unsupported => {
                "choose an API version that has it, or skip the check with `unchecked()` on the call"
            }
            Self::Server => "try again later",
            Self::Protocol => "check that the base URL leads to the Cartesia API",
            Self::SlowConsumer => "read faster",
            Self::Incomplete => "the response is incomplete; request it again",
            _ => return None,
        })
    }

    /// Maps an HTTP status to the kind it stands for.
    pub const fn from_status(status: u16) -> Self {
        match status {
            401 | 403 | 407 => Self::Auth,
            402 => Self::Quota,
            404 | 410 => Self::NotFound,
            408 => Self::Timeout,
            429 => Self::RateLimited,
            400..=499 => Self::InvalidRequest,
            500..=599 => Self::Server,
            _ => Self::Protocol,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
