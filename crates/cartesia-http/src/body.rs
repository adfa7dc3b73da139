//! Reading a response body piece by piece, each within the idle limit.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use cartesia_types::ErrorKind;
use http_body::Body as _;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{Error, Result};

/// A response body. Dropping it closes the connection, but for a body that was read to its end, whose connection goes back to the pool.
pub(crate) struct BodyReader {
    body: Option<reqwest::Body>,
    operation: &'static str,
    idle: IdleLimit,
}

impl BodyReader {
    pub(crate) fn new(body: reqwest::Body, idle: Duration, operation: &'static str) -> Self {
        Self {
            body: Some(body),
            operation,
            idle: IdleLimit::new(idle),
        }
    }

    /// The next piece, never empty; `None` at the end of the body.
    ///
    /// An end that was not announced, as by a connection that breaks, is `ErrorKind::Incomplete`;
    /// a pause longer than the idle limit is `ErrorKind::Timeout`. After an error comes `None`.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        loop {
            let Some(body) = &mut self.body else {
                return Poll::Ready(Ok(None));
            };
            let outcome = match Pin::new(body).poll_frame(cx) {
                Poll::Pending => {
                    ready!(self.idle.poll_exceeded(cx));
                    let limit = self.idle.limit;
                    let message =
                        format!("nothing arrived within the limit of {limit:?} (`Timeouts::idle`)");
                    Err(Error::new(ErrorKind::Timeout, self.operation, message))
                }
                Poll::Ready(Some(Ok(frame))) => {
                    self.idle.note_activity();
                    match frame.into_data() {
                        Ok(data) if !data.is_empty() => Ok(Some(data)),
                        // Trailers carry nothing that we need.
                        _ => continue,
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    let message = "the connection broke in the middle of the response";
                    Err(Error::new(ErrorKind::Incomplete, self.operation, message)
                        .with_root_cause(error.without_url()))
                }
                Poll::Ready(None) => Ok(None),
            };
            if !matches!(outcome, Ok(Some(_))) {
                self.body = None;
            }
            return Poll::Ready(outcome);
        }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Lets go of the body. If its end has already arrived, the connection can be used again.
    pub(crate) fn release(&mut self, cx: &mut Context<'_>) {
        if let Some(mut body) = self.body.take() {
            // One look: whoever waits here would wait for a server that has nothing to say.
            let _ = Pin::new(&mut body).poll_frame(cx);
        }
    }
}

impl fmt::Debug for BodyReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyReader")
            .field("open", &self.body.is_some())
            .finish_non_exhaustive()
    }
}

/// A limit on each wait. It counts from the moment when a wait begins and not from the last piece: a
/// caller who takes its time between two pieces is not the server's fault. The timer is set only
/// when something is waited for, and moved only when it fires too early: pieces come by the thousand.
struct IdleLimit {
    limit: Duration,
    waiting_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl IdleLimit {
    fn new(limit: Duration) -> Self {
        Self {
            limit,
            waiting_since: None,
            timer: None,
        }
    }

    fn note_activity(&mut self) {
        self.waiting_since = None;
    }

    /// Ready once a wait is longer than the limit.
    fn poll_exceeded(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        // A limit beyond the end of time is no limit.
        let Some(deadline) = since.checked_add(self.limit) else {
            return Poll::Pending;
        };
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
    }
}
