//! Reading a response body piece by piece, each wait within a limit.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use cartesia_core::limiter::Permit;
use cartesia_core::time::{deadline_after, overdue};
use cartesia_types::{Deadline, ErrorKind};
use http_body::Body as _;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{Error, Result};

/// A response body. Dropping it closes the connection, unless the body was read to its end: then the
/// connection goes back to the pool.
pub(crate) struct BodyReader {
    body: Option<reqwest::Body>,
    /// Held until the body has ended.
    permit: Option<Permit>,
    operation: &'static str,
    patience: Patience,
    /// Whether every byte is progress; otherwise only `progress` is.
    bytes_count: bool,
}

impl BodyReader {
    pub(crate) fn new(
        body: reqwest::Body,
        silence: Option<Duration>,
        operation: &'static str,
    ) -> Self {
        Self {
            body: Some(body),
            permit: None,
            operation,
            patience: Patience::new(Deadline::Silence, silence),
            bytes_count: true,
        }
    }

    /// Holds a permit for as long as the body lasts.
    pub(crate) fn hold(&mut self, permit: Option<Permit>) {
        self.permit = permit;
    }

    /// From now on only [`progress`](Self::progress) counts as progress. The first must come within `limit`.
    pub(crate) fn await_first_audio(&mut self, limit: Option<Duration>) {
        self.patience = Patience::new(Deadline::FirstAudio, limit);
        self.bytes_count = false;
    }

    /// Notes progress; the next piece of it is to arrive within `silence`.
    pub(crate) fn progress(&mut self, silence: Option<Duration>) {
        self.patience.renew(Deadline::Silence, silence);
    }

    /// The next piece, never empty; `None` at the end of the body.
    ///
    /// An end that was not announced, as by a connection that breaks, is `ErrorKind::Incomplete`;
    /// a wait longer than the limit is `ErrorKind::Timeout`. After an error comes `None`.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        loop {
            let Some(body) = &mut self.body else {
                return Poll::Ready(Ok(None));
            };
            let outcome = match Pin::new(body).poll_frame(cx) {
                Poll::Pending => {
                    ready!(self.patience.poll_exceeded(cx));
                    Err(self.patience.error(self.operation))
                }
                Poll::Ready(Some(Ok(frame))) => {
                    if self.bytes_count {
                        self.patience.reset();
                    } else {
                        self.patience.pause();
                    }
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
                self.permit = None;
            }
            return Poll::Ready(outcome);
        }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Lets go of the body. If its end has already arrived, the connection can be used again.
    pub(crate) fn release(&mut self, cx: &mut Context<'_>) {
        self.permit = None;
        if let Some(mut body) = self.body.take() {
            // Polled once: waiting here could block on a server that has no more data.
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

/// A limit on the wait for progress. Only the time counts in which a piece is waited for: a caller who
/// takes its time between two pieces is not the server's fault. The timer is set only when something is
/// waited for, and moved only when it fires too early: pieces come by the thousand.
struct Patience {
    deadline: Deadline,
    limit: Option<Duration>,
    /// The sum of earlier waits since the last progress.
    waited: Duration,
    waiting_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    fn new(deadline: Deadline, limit: Option<Duration>) -> Self {
        Self {
            deadline,
            limit,
            waited: Duration::ZERO,
            waiting_since: None,
            timer: None,
        }
    }

    /// Progress was made.
    fn reset(&mut self) {
        self.waited = Duration::ZERO;
        self.waiting_since = None;
    }

    /// Progress was made, and another limit applies to the next.
    fn renew(&mut self, deadline: Deadline, limit: Option<Duration>) {
        self.deadline = deadline;
        self.limit = limit;
        self.reset();
    }

    /// Something came that is not progress: the wait is over for now, but not forgotten.
    fn pause(&mut self) {
        if let Some(since) = self.waiting_since.take() {
            self.waited += since.elapsed();
        }
    }

    fn error(&self, operation: &'static str) -> Error {
        let what = match self.deadline {
            Deadline::FirstAudio => "no audio came",
            _ => "nothing more came",
        };
        overdue(operation, self.deadline, self.limit, what)
    }

    /// Ready once the waits are longer than the limit.
    fn poll_exceeded(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let left = self.limit.map(|limit| limit.saturating_sub(self.waited));
        let Some(deadline) = deadline_after(since, left) else {
            return Poll::Pending;
        };
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        // A limit that became shorter.
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
    }
}
