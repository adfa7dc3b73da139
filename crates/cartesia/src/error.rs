//! One error over all crates of the family.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use cartesia_types::{ApiError, ErrorKind};
use http::StatusCode;

/// Any error of this SDK. Branch on [`kind`](Self::kind), print it for people.
///
/// The calls of the crates underneath have errors of their own; `?` turns them into this one.
pub struct Error {
    inner: Inner,
}

enum Inner {
    Http(cartesia_http::Error),
}

impl Error {
    /// What a caller branches on.
    pub fn kind(&self) -> ErrorKind {
        self.http().kind()
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.http().is_retryable()
    }

    /// The HTTP status, when a response arrived.
    pub fn status(&self) -> Option<StatusCode> {
        self.http().status()
    }

    /// What the service said, when it was the service that failed the call.
    pub fn api_error(&self) -> Option<&ApiError> {
        self.http().api_error()
    }

    /// The id to quote to the vendor's support.
    pub fn request_id(&self) -> Option<&str> {
        self.http().request_id()
    }

    /// How long the service asked to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.http().retry_after()
    }

    /// Bytes of audio that were delivered before a stream failed; `None` for other calls.
    pub fn bytes_received(&self) -> Option<u64> {
        self.http().bytes_received()
    }

    /// The error of the HTTP crate underneath, if it is one.
    pub fn as_http(&self) -> Option<&cartesia_http::Error> {
        Some(self.http())
    }

    fn http(&self) -> &cartesia_http::Error {
        let Inner::Http(error) = &self.inner;
        error
    }
}

impl From<cartesia_http::Error> for Error {
    fn from(error: cartesia_http::Error) -> Self {
        Self {
            inner: Inner::Http(error),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.http(), f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.http(), f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.http().source()
    }
}
