//! Bodies that break off or stall at an exact byte, or come byte by byte.

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody as _};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use futures_core::Stream;
use tokio::time::Sleep;

use crate::wire::Breaker;

/// The interruption of a body, and the number of bytes before it.
#[derive(Debug)]
pub(crate) enum Interrupt {
    Cut(u64, Breaker),
    Stall(u64),
}

impl Interrupt {
    pub(crate) fn apply(self, response: Response) -> Response {
        let (left, breaker) = match self {
            Self::Cut(after, breaker) => (after, Some(breaker)),
            Self::Stall(after) => (after, None),
        };
        with_body(response, |body| Interrupted {
            body,
            left,
            breaker,
            over: false,
        })
    }
}

/// The response with its body as another stream of the same length.
fn with_body<S>(response: Response, work: impl FnOnce(BodyDataStream) -> S) -> Response
where
    S: Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
{
    let (mut head, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        // hyper does not know the length of a stream, and would not send it.
        head.headers
            .entry(header::CONTENT_LENGTH)
            .or_insert(HeaderValue::from(length));
    }
    let body = work(body.into_data_stream());
    Response::from_parts(head, Body::from_stream(body))
}

/// A body that comes one byte at a time.
#[derive(Debug)]
pub(crate) struct Drip(pub(crate) Duration);

impl Drip {
    pub(crate) fn apply(self, response: Response) -> Response {
        with_body(response, |body| Dripping {
            body,
            every: self.0,
            waiting: Bytes::new(),
            sleep: None,
        })
    }
}

struct Dripping {
    body: BodyDataStream,
    every: Duration,
    /// Bytes that were made and not sent.
    waiting: Bytes,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Stream for Dripping {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while this.waiting.is_empty() {
            // The bodies of this server are made in memory and do not fail.
            let Some(Ok(bytes)) = ready!(Pin::new(&mut this.body).poll_next(cx)) else {
                return Poll::Ready(None);
            };
            this.waiting = bytes;
        }
        let every = this.every;
        let sleep = this
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(every)));
        ready!(sleep.as_mut().poll(cx));
        this.sleep = None;
        Poll::Ready(Some(Ok(this.waiting.split_to(1))))
    }
}

struct Interrupted {
    body: BodyDataStream,
    /// Bytes that are still let through.
    left: u64,
    /// Breaks the connection; without it, the body stalls.
    breaker: Option<Breaker>,
    /// Whether there was more than was let through.
    over: bool,
}

impl Stream for Interrupted {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.over {
            // The bodies of this server are made in memory and do not fail.
            let Some(Ok(mut bytes)) = ready!(Pin::new(&mut self.body).poll_next(cx)) else {
                return Poll::Ready(None);
            };
            self.over = bytes.len() as u64 > self.left;
            bytes.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
            self.left -= bytes.len() as u64;
            if !bytes.is_empty() {
                return Poll::Ready(Some(Ok(bytes)));
            }
        }
        if let Some(breaker) = &self.breaker {
            breaker.trip();
        }
        // This body is not woken again: hyper flushes before it waits, which breaks the connection; or it
        // waits until the client closes.
        Poll::Pending
    }
}
