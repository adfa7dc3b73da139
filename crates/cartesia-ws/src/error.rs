//! The one error of this crate.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cartesia_types::{ApiError, ErrorKind};
use http::StatusCode;

use crate::close::CloseInfo;
use crate::deadlines::Deadline;

/// What went wrong with a connection or a context.
///
/// Branch on [`kind`](Self::kind); print it for people. `Display` says what was being done, what
/// happened, the request id to quote to the vendor's support, and what to do; the cause underneath
/// is in [`source`](StdError::source). Neither ever shows a credential, and of this crate's own words
/// none shows a transcript or audio. What the service wrote is passed on, without the credential.
///
/// Cloning is cheap: the loss of a connection is one error that all its contexts get.
#[derive(Clone)]
pub struct Error {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    operation: &'static str,
    message: String,
    api: Option<ApiError>,
    status: Option<StatusCode>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    deadline: Option<Deadline>,
    closed: Option<CloseInfo>,
    bytes_received: Option<u64>,
    unspoken: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        operation: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                kind,
                operation,
                message: message.into(),
                api: None,
                status: None,
                request_id: None,
                retry_after: None,
                attempts: 0,
                deadline: None,
                closed: None,
                bytes_received: None,
                unspoken: None,
                source: None,
            }),
        }
    }

    /// A deadline of this length passed; `what` says what had not happened by then.
    pub(crate) fn overdue(
        operation: &'static str,
        deadline: Deadline,
        limit: Duration,
        what: impl fmt::Display,
    ) -> Self {
        let name = deadline.as_str();
        let message = format!("{what} within {limit:?} (`Deadlines::{name}`)");
        Self::new(ErrorKind::Timeout, operation, message).with(|it| it.deadline = Some(deadline))
    }

    /// The service's own error.
    pub(crate) fn api(operation: &'static str, api: ApiError) -> Self {
        let mut error = Self::new(api.kind(), operation, api.to_string());
        error.edit(|inner| inner.api = Some(api));
        error
    }

    fn edit(&mut self, change: impl FnOnce(&mut Inner)) {
        change(Arc::make_mut(&mut self.inner));
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        self.edit(change);
        self
    }

    pub(crate) fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.with(|inner| inner.source = Some(Arc::from(source.into())))
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        self.with(|inner| inner.status = Some(status))
    }

    pub(crate) fn with_request_id(self, id: Option<String>) -> Self {
        self.with(|inner| inner.request_id = id)
    }

    pub(crate) fn with_retry_after(self, retry_after: Option<Duration>) -> Self {
        self.with(|inner| inner.retry_after = retry_after)
    }

    pub(crate) fn with_attempts(self, attempts: u32) -> Self {
        self.with(|inner| inner.attempts = attempts)
    }

    pub(crate) fn with_closed(self, closed: CloseInfo) -> Self {
        self.with(|inner| inner.closed = Some(closed))
    }

    /// Completes an error with the connection's request id.
    pub(crate) fn with_request_id_if_none(self, id: Option<&str>) -> Self {
        if self.inner.request_id.is_some() {
            return self;
        }
        self.with_request_id(id.map(str::to_owned))
    }

    /// The end of a connection is another thing for whoever has heard the beginning.
    pub(crate) fn incomplete_if(self, begun: bool) -> Self {
        if begun && self.kind() == ErrorKind::Closed {
            return self.with(|inner| inner.kind = ErrorKind::Incomplete);
        }
        self
    }

    pub(crate) fn with_bytes_received(self, bytes: u64) -> Self {
        self.with(|inner| inner.bytes_received = Some(bytes))
    }

    pub(crate) fn with_unspoken(self, text: Option<String>) -> Self {
        self.with(|inner| inner.unspoken = text)
    }

    /// What a caller branches on.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// What was being done, for example `tts.connect`.
    pub fn operation(&self) -> &'static str {
        self.inner.operation
    }

    /// The HTTP status, when the service refused to open the WebSocket.
    pub fn status(&self) -> Option<StatusCode> {
        self.inner.status
    }

    /// What the service said, when it was the service that failed the context or the connection.
    pub fn api_error(&self) -> Option<&ApiError> {
        self.inner.api.as_ref()
    }

    /// The id to quote to the vendor's support: from the error itself, or else of the connection.
    pub fn request_id(&self) -> Option<&str> {
        let own = self
            .inner
            .api
            .as_ref()
            .and_then(|api| api.request_id.as_deref());
        own.or(self.inner.request_id.as_deref())
    }

    /// How long the service asked to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// How often a connection was tried; 0 when that is not what failed.
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// Which deadline passed, when one did.
    pub fn deadline(&self) -> Option<Deadline> {
        self.inner.deadline
    }

    /// How the connection ended, when that is what failed.
    pub fn closed(&self) -> Option<&CloseInfo> {
        self.inner.closed.as_ref()
    }

    /// Bytes of audio of this context that were received before it failed.
    pub fn bytes_received(&self) -> Option<u64> {
        self.inner.bytes_received
    }

    /// The text of a context that was not spoken when it failed, as far as it is known: everything
    /// after the last word that the timestamps told. Without timestamps it is known only where no
    /// audio came at all. Never a part of `Display` or `Debug`.
    pub fn unspoken(&self) -> Option<&str> {
        self.inner.unspoken.as_deref()
    }

    /// Whether the same may succeed later: the service was busy or failed, or could not be reached. A
    /// context of which audio was delivered is not among them, since repeating it says that again.
    pub fn is_retryable(&self) -> bool {
        let transient = matches!(
            self.kind(),
            ErrorKind::Connect
                | ErrorKind::RateLimited
                | ErrorKind::Server
                | ErrorKind::Timeout
                | ErrorKind::Closed
        );
        transient && self.inner.bytes_received.unwrap_or(0) == 0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.inner;
        write!(f, "{}: {}", inner.operation, inner.message)?;
        if let Some(closed) = &inner.closed {
            write!(f, " ({closed})")?;
        }
        if inner.attempts > 1 {
            write!(f, " ({} attempts)", inner.attempts)?;
        }
        if let Some(bytes) = inner.bytes_received.filter(|bytes| *bytes > 0) {
            write!(f, " after {bytes} bytes of audio")?;
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
        let unspoken = inner.unspoken.as_ref().map(String::len);
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("operation", &inner.operation)
            .field("message", &inner.message)
            .field("api", &inner.api)
            .field("status", &inner.status)
            .field("request_id", &inner.request_id)
            .field("retry_after", &inner.retry_after)
            .field("attempts", &inner.attempts)
            .field("deadline", &inner.deadline)
            .field("closed", &inner.closed)
            .field("bytes_received", &inner.bytes_received)
            .field("unspoken_bytes", &unspoken)
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
