//! The body of a recorded response.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_core::Stream;

use super::matching::{context_of, renamed};
use crate::pace::{Pace, Paced, Piece, Source};
use crate::recording::line::Payload;
use crate::recording::{Exchange, StepKind};
use crate::wire::Breaker;

/// The body, with the name that the client has for the context of the request.
pub(super) fn of(
    exchange: &Exchange,
    context: Option<&str>,
    pace: Pace,
    breaker: Option<Breaker>,
) -> Body {
    let recorded = exchange.body.as_ref().and_then(context_of);
    let mut pieces = VecDeque::new();
    for step in &exchange.steps {
        let StepKind::Received(payload) = &step.kind else {
            continue;
        };
        let bytes = match (payload, recorded, context) {
            (Payload::Text(text), Some(old), Some(new)) => Some(renamed(text, old, new).into()),
            _ => payload.bytes(),
        };
        let position = Duration::from_millis(step.at_ms.saturating_sub(exchange.began));
        pieces.extend(bytes.map(|bytes| Piece { bytes, position }));
    }
    let is_whole = exchange.end.is_some_and(|(_, complete)| complete);
    Body::from_stream(Played {
        pieces: Paced::new(Pieces(pieces), pace, Duration::ZERO),
        breaker: breaker.filter(|_| !is_whole),
    })
}

struct Pieces(VecDeque<Piece>);

impl Source for Pieces {
    fn next(&mut self) -> Option<Piece> {
        self.0.pop_front()
    }
}

/// Ends as the recorded body did: what was cut off then breaks off now.
struct Played {
    pieces: Paced<Pieces>,
    breaker: Option<Breaker>,
}

impl Stream for Played {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let next = ready!(Pin::new(&mut this.pieces).poll_next(cx));
        match (&next, &this.breaker) {
            (None, Some(breaker)) => {
                breaker.trip();
                Poll::Pending
            }
            _ => Poll::Ready(next),
        }
    }
}
