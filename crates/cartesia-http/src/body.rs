//! Reading a response body piece by piece, each wait within a limit.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::runtime::is_main;
use bytes::Bytes;
use cartesia_core::Alarm;
use cartesia_core::limiter::Permit;
use cartesia_core::time::{deadline_after, overdue};
use cartesia_types::{Deadline, ErrorKind};
use http_body::Body as _;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::read_ahead::ReadAhead;
use crate::{Error, Result};

/// Bytes that are read of a body before a task may read ahead: most answers are shorter.
const SHORT: usize = 64 * 1024;

/// A response body. Dropping it closes the connection, unless the body was read to its end: then the
/// connection goes back to the pool.
pub(crate) struct BodyReader {
    body: Option<Body>,
    /// Bytes that were read of it.
    read: usize,
    /// Held until the body has ended.
    permit: Option<Permit>,
    operation: &'static str,
    patience: Patience,
    /// Whether every byte is progress; otherwise only `progress` is.
    bytes_count: bool,
    /// Where the request was sent, and limits are kept: the body may be read anywhere.
    runtime: Option<Handle>,
}

enum Body {
    Direct(reqwest::Body),
    Ahead(ReadAhead),
}

impl BodyReader {
    pub(crate) fn new(
        body: reqwest::Body,
        silence: Option<Duration>,
        operation: &'static str,
    ) -> Self {
        Self {
            body: Some(Body::Direct(body)),
            read: 0,
            permit: None,
            operation,
            patience: Patience::new(Deadline::Silence, silence),
            bytes_count: true,
            runtime: Handle::try_current().ok(),
        }
    }

    /// Holds a permit for as long as the body lasts.
    pub(crate) fn hold(&mut self, permit: Option<Permit>) {
        self.permit = permit;
    }

    /// From now on only [`progress`](Self::progress) counts as progress. The first must come within `limit`. When the
    /// caller is given anything else, [`pause`](Self::pause) notes that.
    pub(crate) fn await_first_audio(&mut self, limit: Option<Duration>) {
        self.patience = Patience::new(Deadline::FirstAudio, limit);
        self.bytes_count = false;
    }

    /// Notes progress; the next piece of it is to arrive within `silence`.
    pub(crate) fn progress(&mut self, silence: Option<Duration>) {
        self.patience.renew(Deadline::Silence, silence);
    }

    /// Notes that something came that is not progress, and that the caller has it: the time that it takes does not
    /// count.
    pub(crate) fn pause(&mut self) {
        self.patience.pause();
    }

    /// The next piece, never empty; `None` at the end of the body.
    ///
    /// An end that was not announced, as by a connection that breaks, is `ErrorKind::Incomplete`;
    /// a wait longer than the limit is `ErrorKind::Timeout`. After an error comes `None`.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        loop {
            let polled = match &mut self.body {
                Some(Body::Direct(body)) => Pin::new(body)
                    .poll_frame(cx)
                    .map_ok(|frame| frame.into_data().unwrap_or_default()),
                Some(Body::Ahead(body)) => body.poll_next(cx),
                None => return Poll::Ready(Ok(None)),
            };
            let outcome = match polled {
                Poll::Pending => {
                    if self.read_ahead() {
                        continue;
                    }
                    ready!(self.patience.poll_exceeded(cx, self.runtime.as_ref()));
                    Err(self.patience.error(self.operation))
                }
                Poll::Ready(Some(Ok(data))) => {
                    if self.bytes_count {
                        self.patience.reset();
                    }
                    // Trailers carry nothing that we need.
                    if data.is_empty() {
                        continue;
                    }
                    self.read = self.read.saturating_add(data.len());
                    Ok(Some(data))
                }
                Poll::Ready(Some(Err(error))) => Err(broken(self.operation, error)),
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
        let body = match self.body.take() {
            Some(Body::Direct(body)) => Some(body),
            Some(Body::Ahead(mut body)) => body.take_body(),
            None => None,
        };
        if let Some(mut body) = body {
            // Polled once: waiting here could block on a server that has no more data.
            let _ = Pin::new(&mut body).poll_frame(cx);
        }
    }

    /// Lets a task read a long body from now on, if the reader is the main future of a runtime; whether that is new.
    fn read_ahead(&mut self) -> bool {
        if self.read < SHORT || !matches!(self.body, Some(Body::Direct(_))) {
            return false;
        }
        if !is_main() {
            return false;
        }
        let (Ok(runtime), Some(Body::Direct(body))) = (Handle::try_current(), self.body.take())
        else {
            return false;
        };
        self.body = Some(Body::Ahead(ReadAhead::start(body, &runtime)));
        true
    }
}

impl fmt::Debug for BodyReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyReader")
            .field("open", &self.body.is_some())
            .finish_non_exhaustive()
    }
}

/// The error of a body that broke off. If the connection just ended, the library's text only names the part of
/// the framing in which it did.
fn broken(operation: &'static str, error: reqwest::Error) -> Error {
    let message = "the connection broke in the middle of the response";
    let broken = Error::new(ErrorKind::Incomplete, operation, message);
    let mut cause = error.source();
    while let Some(inner) = cause {
        let io = inner.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof) {
            return broken.with_source(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        cause = inner.source();
    }
    broken.with_root_cause(error.without_url())
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
    timer: Option<Alarm>,
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

    /// The wait is over for now, but not forgotten.
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
    fn poll_exceeded(&mut self, cx: &mut Context<'_>, runtime: Option<&Handle>) -> Poll<()> {
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let left = self.limit.map(|limit| limit.saturating_sub(self.waited));
        let Some(deadline) = deadline_after(since, left) else {
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| {
            let _runtime = runtime.map(Handle::enter);
            Alarm::at(deadline.into())
        });
        // A limit that became shorter.
        if timer.time() > deadline.into() {
            timer.reset(deadline.into());
        }
        loop {
            ready!(timer.poll(cx));
            if timer.time() >= deadline.into() {
                return Poll::Ready(());
            }
            timer.reset(deadline.into());
        }
    }
}
