//! Bodies that break off or stall at an exact byte.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, BodyDataStream, HttpBody as _};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use futures_core::Stream;

use crate::wire::Breaker;

/// What happens to a body, and after how many bytes.
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
        let (mut head, body) = response.into_parts();
        if let Some(length) = body.size_hint().exact() {
            // Otherwise hyper no longer knows it, and would not say it.
            head.headers
                .entry(header::CONTENT_LENGTH)
                .or_insert(HeaderValue::from(length));
        }
        let body = body.into_data_stream();
        let interrupted = Interrupted {
            body,
            left,
            breaker,
            over: false,
        };
        Response::from_parts(head, Body::from_stream(interrupted))
    }
}

struct Interrupted {
    body: BodyDataStream,
    /// Bytes that are still let through.
    left: u64,
    /// What breaks the connection then; without, it stalls.
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
        // Nobody wakes this body again: hyper flushes before it waits, and with that the connection
        // breaks; or it waits until the client closes.
        Poll::Pending
    }
}
