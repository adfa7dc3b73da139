//! Fault injection, for testing clients.
//!
//! A [`Fault`] hits a request, a [`Rule`](crate::Rule) of a script hits a moment of a connection. What both do to
//! single messages is the same: [`damage`].

mod body;
mod canned;
mod damage;
mod messages;
mod plan;
mod spec;

use std::time::Duration;

pub(crate) use body::{Drip, Interrupt};
pub use canned::CannedResponse;
pub(crate) use damage::{Damaged, Failure, Outgoing, Then, damage, set_field, unknown_type};
pub(crate) use messages::Messages;
pub use plan::FaultPlan;
pub(crate) use plan::FaultQueue;
pub use spec::InvalidFault;
#[cfg(feature = "cli")]
pub(crate) use spec::NAMES;

use crate::socket::{Action, is_socket};

/// A fault of one request, or of the WebSocket that it opens.
///
/// Inject it with [`MockServer::inject`](crate::MockServer::inject). Alone it hits the next suitable request;
/// [`on`](Self::on), [`times`](Self::times) and [`always`](Self::always) make a [`FaultPlan`] of it.
///
/// Every fault acts on HTTP responses and on WebSockets, where the bytes and messages are those of the server
/// after the handshake, except where it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Answers with this response only. It rejects a WebSocket, too.
    Respond(CannedResponse),
    /// Reads the request and closes the connection.
    CloseBeforeHeaders,
    /// Reads the request and sends nothing until the client gives up.
    StallBeforeHeaders,
    /// Sends the response with another status or content type, and the same body. Not for WebSockets.
    Relabel {
        /// The status; the right one by default.
        status: Option<u16>,
        /// The content type, or an empty text for none; the right one by default.
        content_type: Option<String>,
    },
    /// Closes the connection after this many bytes. A response that is not longer is sent whole.
    CutBody {
        /// Bytes that still arrive, not counting headers and the framing of HTTP.
        after: u64,
    },
    /// Sends nothing more after this many bytes, and keeps the connection open.
    StallBody {
        /// Bytes that still arrive, not counting headers and the framing of HTTP.
        after: u64,
    },
    /// Sends the body one byte at a time.
    DripBody {
        /// The wait before each byte.
        every: Duration,
    },
    /// Damages one message: an event of an event stream, or a message of a WebSocket. Other responses are not
    /// hit.
    Message {
        /// Messages that arrive before. In a shorter stream `done` is hit.
        after: usize,
        /// What happens to it; see [`Moment::Messages`](crate::Moment::Messages).
        action: Action,
    },
}

impl Fault {
    /// Creates a response with this status and no body; [`CannedResponse`] adds to it.
    pub fn status(status: u16) -> Self {
        Self::Respond(CannedResponse::new(status))
    }

    /// Creates a response with status 200 and this JSON, for example `{"data":null}`. It is sent unchanged,
    /// so it may also be invalid.
    pub fn json(body: impl Into<String>) -> Self {
        let response = CannedResponse::new(200)
            .with_header("content-type", "application/json")
            .with_body(body.into());
        Self::Respond(response)
    }

    /// Damages the message after this many.
    pub fn message(after: usize, action: Action) -> Self {
        Self::Message { after, action }
    }

    /// Ends a stream regularly, but without `done`, after this many messages.
    pub fn end_after(messages: usize) -> Self {
        let (code, reason) = (1000, String::new());
        Self::message(messages, Action::Close { code, reason })
    }

    /// Ends a stream with an error event after this many messages.
    pub fn error_after(messages: usize, status: u16) -> Self {
        Self::message(messages, Action::error(status))
    }

    /// Hits requests for this path alone.
    pub fn on(self, path: impl Into<String>) -> FaultPlan {
        FaultPlan::from(self).on(path)
    }

    /// Hits this many requests instead of one.
    pub fn times(self, times: u32) -> FaultPlan {
        FaultPlan::from(self).times(times)
    }

    /// Hits every request.
    pub fn always(self) -> FaultPlan {
        FaultPlan::from(self).always()
    }

    /// Whether the fault can act on responses of this path; otherwise what can be done instead.
    pub(crate) fn check_path(&self, path: &str) -> Result<(), &'static str> {
        let is_socket = is_socket(path);
        match self {
            Self::Relabel { .. } if is_socket => {
                Err("acts on HTTP responses alone; refuse a WebSocket with status=CODE")
            }
            Self::Message {
                action: Action::Binary { .. },
                ..
            } if !is_socket => {
                Err("acts on WebSockets alone; use malformed-utf8-after for event streams")
            }
            Self::Message { .. } if !is_socket && !is_event_stream(path) => {
                Err("acts on event streams and WebSockets; use cut-after or stall-after here")
            }
            _ => Ok(()),
        }
    }
}

fn is_event_stream(path: &str) -> bool {
    matches!(
        path.trim_end_matches('/'),
        "/tts/sse" | "/voice-changer/sse"
    )
}
