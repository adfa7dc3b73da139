//! A body that is passed on and recorded.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use futures_core::Stream;
use hyper::body::{Body as _, Incoming};

use super::recorder::Log;
use super::upstream::Driver;
use crate::journal::secrets;
use crate::recording::line::{Event, Payload, Side};
use crate::wire::Breaker;

/// JSON that is recorded as a whole, so that no secret in it goes across two pieces.
const LARGEST_JSON: usize = 16 << 20;

pub(super) fn body(
    body: Incoming,
    headers: &HeaderMap,
    driver: Driver,
    breaker: Breaker,
    log: Log,
) -> Body {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let form = if kind.starts_with("text/event-stream") {
        Form::Events
    } else if kind.starts_with("text/") || kind.contains("json") {
        Form::Text
    } else {
        Form::Bytes
    };
    let length = headers.get(header::CONTENT_LENGTH);
    let is_empty = body.is_end_stream();
    let mut tap = Tap {
        body: Body::new(body).into_data_stream(),
        form,
        left: length.and_then(|length| length.to_str().ok()?.parse().ok()),
        waiting: Vec::new(),
        ended: false,
        log,
        breaker,
        _driver: driver,
    };
    if is_empty {
        tap.end(Side::Server, true);
    }
    Body::from_stream(tap)
}

/// The form in which a body is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Piece by piece as it arrives.
    Bytes,
    /// The whole message.
    Text,
    /// Event by event.
    Events,
}

struct Tap {
    body: BodyDataStream,
    form: Form,
    /// Bytes that are still to come, if that is known: no more is read after the last of them.
    left: Option<u64>,
    /// Passed on, and not recorded yet.
    waiting: Vec<u8>,
    ended: bool,
    log: Log,
    /// Lets the client see all that came before the upstream broke off, and then the same.
    breaker: Breaker,
    _driver: Driver,
}

impl Tap {
    fn see(&mut self, bytes: &[u8]) {
        match self.form {
            Form::Bytes => self.record(Payload::of_bytes(bytes)),
            Form::Text => {
                self.waiting.extend_from_slice(bytes);
                if self.waiting.len() > LARGEST_JSON {
                    self.flush();
                }
            }
            Form::Events => {
                self.waiting.extend_from_slice(bytes);
                let end = |window: &[u8]| window == b"\n\n";
                while let Some(at) = self.waiting.windows(2).position(end) {
                    let rest = self.waiting.split_off(at + 2);
                    let event = std::mem::replace(&mut self.waiting, rest);
                    self.record(Payload::of_text(&event));
                }
            }
        }
    }

    fn flush(&mut self) {
        let rest = std::mem::take(&mut self.waiting);
        if !rest.is_empty() {
            self.record(Payload::of_text(&rest));
        }
    }

    fn record(&self, payload: Payload) {
        // If it fails, the next request gets the error.
        let _ = self.log.write(Event::Body(scrubbed(payload)));
    }

    fn end(&mut self, from: Side, complete: bool) {
        if !std::mem::replace(&mut self.ended, true) {
            self.flush();
            super::end(&self.log, from, complete);
        }
    }
}

/// A payload of a server without secrets, since the server creates tokens. A payload without secrets stays
/// unchanged to the byte.
pub(super) fn scrubbed(payload: Payload) -> Payload {
    let Payload::Text(text) = payload else {
        return payload;
    };
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) {
        let mut clean = json.clone();
        secrets::json(&mut clean);
        return Payload::Text(if clean == json {
            text
        } else {
            clean.to_string()
        });
    }
    Payload::Text(secrets::text(&text).into_owned())
}

impl Stream for Tap {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(Pin::new(&mut self.body).poll_next(cx));
        match next {
            Some(Ok(bytes)) => {
                self.see(&bytes);
                self.left = self
                    .left
                    .map(|left| left.saturating_sub(bytes.len() as u64));
                if self.left == Some(0) {
                    self.end(Side::Server, true);
                }
                Poll::Ready(Some(Ok(bytes)))
            }
            Some(Err(_)) => {
                self.end(Side::Server, false);
                self.breaker.trip();
                Poll::Pending
            }
            None => {
                self.end(Side::Server, true);
                Poll::Ready(None)
            }
        }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.end(Side::Client, false);
    }
}
