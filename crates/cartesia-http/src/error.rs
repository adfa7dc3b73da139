//! The one error of this crate.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use cartesia_types::{ApiError, ErrorKind};
use http::StatusCode;

use crate::response::ResponseInfo;

/// What went wrong with a call or a stream.
///
/// Branch on [`kind`](Self::kind); print it for people. `Display` says what was being done, what
/// happened, the request id to quote to the vendor's support, and what to do; the cause underneath
/// is in [`source`](StdError::source). Neither ever shows a credential, and of this crate's own words
/// none shows a transcript or audio. What the service wrote is passed on, without the credential.
pub struct Error {
    // Boxed: a `Result` with this error stays as small as its value.
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    operation: &'static str,
    message: String,
    api: Option<ApiError>,
    info: Option<ResponseInfo>,
    attempts: u32,
    retry_after: Option<Duration>,
    bytes_received: Option<u64>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
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
                api: None,
                info: None,
                attempts: 0,
                retry_after: None,
                bytes_received: None,
                source: None,
            }),
        }
    }

    /// The service's own error, with the response that carried it.
    pub(crate) fn api(operation: &'static str, api: ApiError, info: ResponseInfo) -> Self {
        let mut error = Self::new(api.kind(), operation, api.to_string()).with_info(info);
        error.inner.api = Some(api);
        error
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    pub(crate) fn with_info(mut self, info: ResponseInfo) -> Self {
        self.inner.attempts = info.attempts();
        self.inner.info = Some(info);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.inner.attempts = attempts;
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.inner.retry_after = retry_after;
        self
    }

    pub(crate) fn with_bytes_received(mut self, bytes: u64) -> Self {
        self.inner.bytes_received = Some(bytes);
        self
    }

    /// What a caller branches on.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// What was being done, for example `tts.sse`.
    pub fn operation(&self) -> &'static str {
        self.inner.operation
    }

    /// The HTTP status, when a response arrived.
    pub fn status(&self) -> Option<StatusCode> {
        self.inner.info.as_ref().map(ResponseInfo::status)
    }

    /// The response that the error came with, without its body.
    pub fn info(&self) -> Option<&ResponseInfo> {
        self.inner.info.as_ref()
    }

    /// What the service said, when it was the service that failed the call.
    pub fn api_error(&self) -> Option<&ApiError> {
        self.inner.api.as_ref()
    }

    /// The id to quote to the vendor's support: from the error itself, or else from the response.
    pub fn request_id(&self) -> Option<&str> {
        let own = self
            .inner
            .api
            .as_ref()
            .and_then(|api| api.request_id.as_deref());
        own.or_else(|| self.inner.info.as_ref().and_then(ResponseInfo::request_id))
    }

    /// How long the service asked to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// How often the request was sent or tried; 0 when it was refused before that, or when the
    /// call's own timeout cut it short.
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// Bytes of audio that were delivered before a stream failed; `None` for other calls.
    pub fn bytes_received(&self) -> Option<u64> {
        self.inner.bytes_received
    }

    /// Whether the same call may succeed later: the service was busy or failed, or could not be
    /// reached. A stream that broke is not among them, since repeating it synthesizes (and bills)
    /// again from the start.
    pub fn is_retryable(&self) -> bool {
        let transient = matches!(
            self.kind(),
            ErrorKind::Connect | ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout
        );
        transient && self.inner.bytes_received.is_none()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.inner;
        write!(f, "{}: {}", inner.operation, inner.message)?;
        if inner.attempts > 1 {
            write!(f, " ({} attempts)", inner.attempts)?;
        }
        if let Some(id) = self.request_id() {
            write!(f, " [request id {id}]")?;
        }
        match inner.kind.advice() {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.inner;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("operation", &inner.operation)
            .field("message", &inner.message)
            .field("api", &inner.api)
            .field("info", &inner.info)
            .field("attempts", &inner.attempts)
            .field("retry_after", &inner.retry_after)
            .field("bytes_received", &inner.bytes_received)
            .field("source", &inner.source)
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
