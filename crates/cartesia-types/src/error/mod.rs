//! The error of the whole SDK.

mod api_error;
mod cause;
mod close;
mod deadline;
mod from;
mod kind;
mod scrub;
mod shape;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

pub use api_error::{ApiError, ErrorCode};
pub use close::CloseInfo;
pub use deadline::Deadline;
pub use kind::ErrorKind;

/// The result of every fallible call of this SDK.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of every call, stream, connection and device of this SDK.
///
/// Branch on [`kind`](Self::kind); print it for people. Details are in the accessors. An error is one
/// pointer wide and cheap to clone.
///
/// # What it prints
///
/// `Display` is one line: the operation, the reason, the request id for the vendor's support, and
/// what to do. `Debug`, which is what `fn main() -> cartesia::Result<()>` prints, adds the causes
/// underneath, as `anyhow` does. Neither contains a transcript or audio, unless the service quotes it.
///
/// The reason includes what the cause says, so [`source`](StdError::source) continues *underneath*
/// that cause, as it does for [`std::io::Error`]: a report that prints the whole chain never prints
/// the same text twice. [`get_ref`](Self::get_ref) returns the cause itself, to downcast it.
///
/// # Credentials
///
/// Everything that looks like an API key or access token is removed from every text that an error
/// takes: the message, the service's answer, a close reason, the texts of the causes. The transports
/// of this SDK also remove the credential in use by its value, see
/// [`without_secret`](Self::without_secret). A cause that showed one is replaced by its scrubbed text
/// and can no longer be downcast.
///
/// ```
/// use cartesia_types::{Error, ErrorKind};
///
/// let refused = std::io::Error::other("no route for sk_car_3fb2c1");
/// let error = Error::new(ErrorKind::Connect, "tts.sse", "cannot connect").with_source(refused);
/// assert_eq!(error.summary().to_string(), "tts.sse: cannot connect: no route for <redacted>");
/// ```
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
    partial_file: Option<PathBuf>,
    cause: Option<cause::Shared>,
    /// The number of causes that the message already includes.
    said: usize,
}

impl Error {
    /// Creates an error. `operation` names the failed operation (`tts.sse`, `player.open`); `message` says
    /// what went wrong, without the operation.
    pub fn new(kind: ErrorKind, operation: &'static str, message: impl Into<String>) -> Self {
        let inner = Inner {
            kind,
            operation,
            message: scrub::by_look(message.into()),
            api: None,
            status: None,
            request_id: None,
            retry_after: None,
            attempts: 0,
            deadline: None,
            closed: None,
            bytes_received: None,
            unspoken: None,
            partial_file: None,
            cause: None,
            said: 0,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Creates an error from the service's own: its kind and its text.
    pub fn api(operation: &'static str, error: ApiError) -> Self {
        Self::new(error.kind(), operation, error.to_string()).with_api_error(error)
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.inner));
        self
    }

    /// Changes the kind.
    #[must_use]
    pub fn with_kind(self, kind: ErrorKind) -> Self {
        self.with(|inner| inner.kind = kind)
    }

    /// Adds the cause. Its text becomes part of the message, unless the message already contains the
    /// text of this cause or of one underneath it.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.with_cause(Arc::from(source.into()), |cause| cause::texts(cause).next())
    }

    /// Adds the cause as [`with_source`](Self::with_source) does, but with the text of its innermost cause in
    /// the message. For libraries whose outer errors only repeat the operation.
    #[must_use]
    pub fn with_root_cause(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.with_cause(Arc::from(source.into()), |cause| cause::texts(cause).last())
    }

    fn with_cause(
        self,
        cause: cause::Shared,
        quoted: impl FnOnce(&cause::Shared) -> Option<String>,
    ) -> Self {
        let cause = cause::scrubbed(cause, &scrub::by_look);
        self.with(|inner| {
            inner.said = cause::said(&inner.message, &cause);
            if inner.said == 0
                && let Some(text) = quoted(&cause)
            {
                inner.message = format!("{}: {}", inner.message, cause::cut(&text));
                inner.said = cause::said(&format!("{}{text}", inner.message), &cause);
            }
            inner.cause = Some(cause);
        })
    }

    /// Adds the service's own error.
    #[must_use]
    pub fn with_api_error(self, error: ApiError) -> Self {
        let error = error.scrubbed(&scrub::by_look);
        self.with(|inner| inner.api = Some(error))
    }

    /// Sets the status of the HTTP response.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        self.with(|inner| inner.status = Some(status))
    }

    /// Sets the request id of the response or connection.
    #[must_use]
    pub fn with_request_id(self, id: impl Into<Option<String>>) -> Self {
        let id = id.into().map(scrub::by_look);
        self.with(|inner| inner.request_id = id)
    }

    /// Sets the delay before the next attempt.
    #[must_use]
    pub fn with_retry_after(self, wait: impl Into<Option<Duration>>) -> Self {
        let wait = wait.into();
        self.with(|inner| inner.retry_after = wait)
    }

    /// Sets the number of attempts.
    #[must_use]
    pub fn with_attempts(self, attempts: u32) -> Self {
        self.with(|inner| inner.attempts = attempts)
    }

    /// Sets which deadline passed.
    #[must_use]
    pub fn with_deadline(self, deadline: Deadline) -> Self {
        self.with(|inner| inner.deadline = Some(deadline))
    }

    /// Adds how the connection ended.
    #[must_use]
    pub fn with_closed(self, closed: CloseInfo) -> Self {
        // The fields are public: the reason may not have come through the constructor.
        let closed = CloseInfo::frame(closed.code, closed.reason);
        self.with(|inner| inner.closed = Some(closed))
    }

    /// Sets the number of bytes that were delivered before the failure.
    #[must_use]
    pub fn with_bytes_received(self, bytes: u64) -> Self {
        self.with(|inner| inner.bytes_received = Some(bytes))
    }

    /// Adds the path of the partial file with the audio received before the error.
    #[must_use]
    pub fn with_partial_file(self, path: impl Into<PathBuf>) -> Self {
        self.with(|inner| inner.partial_file = Some(path.into()))
    }

    /// Adds the text that was not spoken. It is never printed.
    #[must_use]
    pub fn with_unspoken(self, text: impl Into<Option<String>>) -> Self {
        let text = text.into();
        self.with(|inner| inner.unspoken = text)
    }

    /// Removes this secret from every text of the error, causes included, however it looks.
    ///
    /// A secret shorter than six characters is left alone: removing it would garble the message.
    #[must_use]
    pub fn without_secret(self, secret: &str) -> Self {
        let scrub = |text: String| scrub::by_value(text, secret);
        self.with(|inner| {
            inner.request_id = inner.request_id.take().map(scrub);
            if let Some(api) = inner.api.take() {
                let quotes_api = inner.message == api.to_string();
                let api = api.without_secret(secret);
                if quotes_api {
                    // Where the service's text was cut in the middle of the secret, the message was.
                    inner.message = api.to_string();
                }
                inner.api = Some(api);
            }
            inner.message = scrub(std::mem::take(&mut inner.message));
            let closed = inner.closed.take();
            inner.closed = closed.map(|closed| closed.without_secret(secret));
            let cause = inner.cause.take();
            inner.cause = cause.map(|cause| cause::scrubbed(cause, &scrub));
        })
    }

    /// Returns the kind of error, for callers to branch on.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Returns the operation that failed, for example `tts.sse` or `player.open`.
    pub fn operation(&self) -> &'static str {
        self.inner.operation
    }

    /// Returns the reason, without the operation and the advice.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// Returns the status of the service's error, or else of the HTTP response. An error that the service
    /// reports inside a stream has its own status, not the 200 that the stream began with.
    pub fn status(&self) -> Option<StatusCode> {
        let own = self.inner.api.as_ref().map(|error| error.status);
        let own = own.and_then(|status| StatusCode::from_u16(status).ok());
        own.or(self.inner.status)
    }

    /// Returns the service's own error, if the service rejected the request or failed.
    pub fn api_error(&self) -> Option<&ApiError> {
        self.inner.api.as_ref()
    }

    /// Returns the id to quote to the vendor's support: of the service's error, or else of the response or
    /// connection.
    pub fn request_id(&self) -> Option<&str> {
        let own = self.inner.api.as_ref();
        own.and_then(|error| error.request_id.as_deref())
            .or(self.inner.request_id.as_deref())
    }

    /// Returns the delay that the service asked for before the next attempt (`Retry-After`).
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Returns the number of attempts to send the request or to connect; 0 when it was refused before the
    /// first, or when the call's own timeout passed.
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// Returns the deadline of a connection that passed, if one did.
    pub fn deadline(&self) -> Option<Deadline> {
        self.inner.deadline
    }

    /// Returns the close code and reason of the WebSocket, if the connection failed.
    pub fn closed(&self) -> Option<&CloseInfo> {
        self.inner.closed.as_ref()
    }

    /// Returns the number of bytes that were delivered before a stream, download or context failed; `None`
    /// for other calls.
    pub fn bytes_received(&self) -> Option<u64> {
        self.inner.bytes_received
    }

    /// Returns the partial file with the audio received before the error, if it was being saved.
    pub fn partial_file(&self) -> Option<&Path> {
        self.inner.partial_file.as_deref()
    }

    /// Returns the text of a context that was not spoken when it failed, as far as known: everything after
    /// the last word in the timestamps. Without timestamps it is known only if no audio arrived. Never part
    /// of `Display` or `Debug`.
    pub fn unspoken(&self) -> Option<&str> {
        self.inner.unspoken.as_deref()
    }

    /// Returns the cause whose text the message contains, to downcast it; [`source`](StdError::source)
    /// continues underneath.
    pub fn get_ref(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.inner.cause.as_deref()
    }

    /// Returns whether retrying may succeed: the service was busy or failed, could not be reached, or the
    /// connection was lost. Always `false` once audio was delivered, since a retry would synthesize (and
    /// bill) it again. It does not promise that the request was not carried out.
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

    /// Returns `Display` without the advice, for programs that give their own.
    pub fn summary(&self) -> impl fmt::Display + '_ {
        Summary(&self.inner, self.request_id())
    }
}

struct Summary<'a>(&'a Inner, Option<&'a str>);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(inner, request_id) = self;
        write!(f, "{}: {}", inner.operation, inner.message)?;
        if let Some(closed) = &inner.closed {
            write!(f, " ({closed})")?;
        }
        if inner.attempts > 1 {
            write!(f, " ({} attempts)", inner.attempts)?;
        }
        if let Some(bytes) = inner.bytes_received.filter(|bytes| *bytes > 0) {
            write!(f, " (after {bytes} bytes)")?;
        }
        if let Some(path) = &inner.partial_file {
            write!(f, " (saved so far: `{}`)", path.display())?;
        }
        match request_id {
            Some(id) => write!(f, " [request id {id}]"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.summary())?;
        match self.kind().advice() {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let Some(source) = self.source() else {
            return Ok(());
        };
        write!(f, "\n\nCaused by:")?;
        for cause in cause::chain(source) {
            write!(f, "\n    {}", cause.to_string().replace('\n', "\n    "))?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let cause = self.inner.cause.as_deref()?;
        cause::chain(cause).nth(self.inner.said)
    }
}
