//! One error over all crates of the family.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use cartesia_types::{ApiError, ErrorKind};
#[cfg(feature = "http")]
use http::StatusCode;

/// Any error of this SDK. Branch on [`kind`](Self::kind), print it for people.
///
/// The calls of the crates underneath have errors of their own; `?` turns them into this one.
pub struct Error {
    inner: Inner,
}

enum Inner {
    #[cfg(feature = "http")]
    Http(cartesia_http::Error),
    #[cfg(feature = "playback")]
    Audio(cartesia_audio::Error),
}

/// Asks the error underneath, whichever it is. The second answer is that of audio, which knows nothing
/// of a service.
macro_rules! underneath {
    ($this:ident, $error:ident => $answer:expr, $audio:ident => $local:expr) => {
        match &$this.inner {
            #[cfg(feature = "http")]
            Inner::Http($error) => $answer,
            #[cfg(feature = "playback")]
            Inner::Audio($audio) => $local,
        }
    };
}

impl Error {
    /// What a caller branches on.
    pub fn kind(&self) -> ErrorKind {
        underneath!(self, error => error.kind(), audio => audio.kind())
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        underneath!(self, error => error.is_retryable(), _audio => false)
    }

    /// The HTTP status, when a response arrived.
    #[cfg(feature = "http")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    pub fn status(&self) -> Option<StatusCode> {
        underneath!(self, error => error.status(), _audio => None)
    }

    /// What the service said, when it was the service that failed the call.
    pub fn api_error(&self) -> Option<&ApiError> {
        underneath!(self, error => error.api_error(), _audio => None)
    }

    /// The id to quote to the vendor's support.
    pub fn request_id(&self) -> Option<&str> {
        underneath!(self, error => error.request_id(), _audio => None)
    }

    /// How long the service asked to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        underneath!(self, error => error.retry_after(), _audio => None)
    }

    /// Bytes of audio that were delivered before a stream failed; `None` for other calls.
    pub fn bytes_received(&self) -> Option<u64> {
        underneath!(self, error => error.bytes_received(), _audio => None)
    }

    /// The error of the HTTP crate underneath, if it is one.
    #[cfg(feature = "http")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    pub fn as_http(&self) -> Option<&cartesia_http::Error> {
        underneath!(self, error => Some(error), _audio => None)
    }

    /// The error of the audio crate underneath, if it is one.
    #[cfg(feature = "playback")]
    #[cfg_attr(docsrs, doc(cfg(feature = "playback")))]
    pub fn as_audio(&self) -> Option<&cartesia_audio::Error> {
        underneath!(self, _error => None, audio => Some(audio))
    }
}

#[cfg(feature = "http")]
impl From<cartesia_http::Error> for Error {
    fn from(error: cartesia_http::Error) -> Self {
        Self {
            inner: Inner::Http(error),
        }
    }
}

#[cfg(feature = "playback")]
impl From<cartesia_audio::Error> for Error {
    fn from(error: cartesia_audio::Error) -> Self {
        Self {
            inner: Inner::Audio(error),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        underneath!(self, error => fmt::Display::fmt(error, f), audio => fmt::Display::fmt(audio, f))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        underneath!(self, error => fmt::Debug::fmt(error, f), audio => fmt::Debug::fmt(audio, f))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        underneath!(self, error => error.source(), audio => audio.source())
    }
}
