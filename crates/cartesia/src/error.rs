//! One error over all crates of the family.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use cartesia_types::{ApiError, ErrorKind, UnknownFormatName};
#[cfg(any(feature = "http", feature = "ws"))]
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
    #[cfg(feature = "ws")]
    Ws(cartesia_ws::Error),
    #[cfg(feature = "playback")]
    Audio(cartesia_audio::Error),
    Local(Local),
}

/// What went wrong in this crate itself.
#[derive(Debug)]
struct Local {
    kind: ErrorKind,
    operation: &'static str,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Asks the error underneath, whichever it is. The second answer is that of audio, which knows nothing
/// of a service, and the third that of this crate.
macro_rules! underneath {
    ($this:ident, $error:ident => $answer:expr, $audio:ident => $of_audio:expr, $local:ident => $of_local:expr) => {
        match &$this.inner {
            #[cfg(feature = "http")]
            Inner::Http($error) => $answer,
            #[cfg(feature = "ws")]
            Inner::Ws($error) => $answer,
            #[cfg(feature = "playback")]
            Inner::Audio($audio) => $of_audio,
            Inner::Local($local) => $of_local,
        }
    };
}

impl Error {
    /// What a caller branches on.
    pub fn kind(&self) -> ErrorKind {
        underneath!(self, error => error.kind(), audio => audio.kind(), local => local.kind)
    }

    /// What was being done, for example `tts.sse`.
    pub fn operation(&self) -> &'static str {
        underneath!(self, error => error.operation(), audio => audio.operation(), local => local.operation)
    }

    /// Whether the same may succeed later. What broke after audio was delivered is not among it, since
    /// repeating it synthesizes (and bills) again from the start.
    pub fn is_retryable(&self) -> bool {
        underneath!(self, error => error.is_retryable(), _audio => false, _local => false)
    }

    /// The HTTP status, when a response arrived; of a WebSocket, when the service refused to open it.
    #[cfg(any(feature = "http", feature = "ws"))]
    #[cfg_attr(docsrs, doc(cfg(any(feature = "http", feature = "ws"))))]
    pub fn status(&self) -> Option<StatusCode> {
        underneath!(self, error => error.status(), _audio => None, _local => None)
    }

    /// What the service said, when it was the service that failed the call.
    pub fn api_error(&self) -> Option<&ApiError> {
        underneath!(self, error => error.api_error(), _audio => None, _local => None)
    }

    /// The id to quote to the vendor's support.
    pub fn request_id(&self) -> Option<&str> {
        underneath!(self, error => error.request_id(), _audio => None, _local => None)
    }

    /// How long the service asked to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        underneath!(self, error => error.retry_after(), _audio => None, _local => None)
    }

    /// Bytes of audio that were delivered before a stream or context failed; `None` for other calls.
    pub fn bytes_received(&self) -> Option<u64> {
        underneath!(self, error => error.bytes_received(), _audio => None, _local => None)
    }

    /// How a WebSocket ended, when that is what failed.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    pub fn closed(&self) -> Option<&cartesia_ws::CloseInfo> {
        self.as_ws()?.closed()
    }

    /// The text of a context that was not spoken when it failed, as far as that is known; see
    /// [`cartesia_ws::Error::unspoken`]. Never a part of `Display` or `Debug`.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    pub fn unspoken(&self) -> Option<&str> {
        self.as_ws()?.unspoken()
    }

    /// The error of the HTTP crate underneath, if it is one.
    #[cfg(feature = "http")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    pub fn as_http(&self) -> Option<&cartesia_http::Error> {
        let Inner::Http(error) = &self.inner else {
            return None;
        };
        Some(error)
    }

    /// The error of the WebSocket crate underneath, if it is one.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    pub fn as_ws(&self) -> Option<&cartesia_ws::Error> {
        let Inner::Ws(error) = &self.inner else {
            return None;
        };
        Some(error)
    }

    /// The error of the audio crate underneath, if it is one.
    #[cfg(feature = "playback")]
    #[cfg_attr(docsrs, doc(cfg(feature = "playback")))]
    pub fn as_audio(&self) -> Option<&cartesia_audio::Error> {
        let Inner::Audio(error) = &self.inner else {
            return None;
        };
        Some(error)
    }
}

impl Error {
    /// An error of this crate's own.
    pub(crate) fn local(
        kind: ErrorKind,
        operation: &'static str,
        message: impl Into<String>,
        source: Option<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let local = Local {
            kind,
            operation,
            message: message.into(),
            source,
        };
        Self {
            inner: Inner::Local(local),
        }
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.message)
    }
}

impl Local {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

impl From<UnknownFormatName> for Error {
    fn from(error: UnknownFormatName) -> Self {
        let message = error.to_string();
        Self::local(ErrorKind::InvalidRequest, "output_format", message, None)
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

#[cfg(feature = "ws")]
impl From<cartesia_ws::Error> for Error {
    fn from(error: cartesia_ws::Error) -> Self {
        Self {
            inner: Inner::Ws(error),
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
        underneath!(self, error => fmt::Display::fmt(error, f), audio => fmt::Display::fmt(audio, f), local => fmt::Display::fmt(local, f))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        underneath!(self, error => fmt::Debug::fmt(error, f), audio => fmt::Debug::fmt(audio, f), local => fmt::Debug::fmt(local, f))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        underneath!(self, error => error.source(), audio => audio.source(), local => local.source())
    }
}
