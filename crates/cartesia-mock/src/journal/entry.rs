//! Events as lines of JSON.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::content::Content;
use super::{Received, secrets};

/// One event of the journal that [`MockServerBuilder::journal`](crate::MockServerBuilder::journal)
/// turns on: a request, or what happened on a WebSocket.
///
/// The README of the crate lists the fields of each event. It contains transcripts, but no keys or tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct JournalEntry {
    number: u64,
    event: &'static str,
    line: Arc<str>,
}

impl JournalEntry {
    pub(super) fn new(number: u64, event: &Event<'_>) -> Self {
        #[derive(Serialize)]
        struct Line<'a> {
            number: u64,
            #[serde(flatten)]
            event: &'a Event<'a>,
        }
        let line = crate::sse::json(&Line { number, event }).into();
        let event = event.name();
        Self {
            number,
            event,
            line,
        }
    }

    /// Returns the number of the entry; the first has 1, without gaps.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the name of the event: `request`, `socket_open`, `socket_message`, `socket_close` or
    /// `record_failed`.
    pub fn event(&self) -> &'static str {
        self.event
    }

    /// Returns the entry as JSON on one line, without a line feed.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// Returns the entry as a JSON value.
    pub fn json(&self) -> Value {
        // It was written by `new`.
        serde_json::from_str(&self.line).unwrap_or_default()
    }
}

impl fmt::Debug for JournalEntry {
    /// Without the line: it holds a transcript.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalEntry")
            .field("number", &self.number)
            .field("event", &self.event)
            .field("length", &self.line.len())
            .finish()
    }
}

/// An event of the journal.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event<'a> {
    Request(RequestEvent<'a>),
    SocketOpen {
        socket: u64,
        request_id: &'a str,
    },
    SocketMessage {
        socket: u64,
        request_id: &'a str,
        kind: &'a str,
        #[serde(flatten)]
        content: Content,
    },
    SocketClose {
        socket: u64,
        request_id: &'a str,
        by: Option<&'a str>,
        code: Option<u16>,
        reason: Option<&'a str>,
    },
    /// The file can no longer be written, and has no entries after this.
    RecordFailed {
        message: String,
    },
}

impl Event<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::SocketOpen { .. } => "socket_open",
            Self::SocketMessage { .. } => "socket_message",
            Self::SocketClose { .. } => "socket_close",
            Self::RecordFailed { .. } => "record_failed",
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct RequestEvent<'a> {
    started: u64,
    method: &'a str,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Content>,
    status: Option<u16>,
    request_id: &'a str,
}

impl<'a> RequestEvent<'a> {
    pub(super) fn new(received: &'a Received, body: Option<Content>) -> Self {
        Self {
            started: received.started,
            method: &received.method,
            path: secrets::text(&received.path).into_owned(),
            query: secrets::pairs(&received.query),
            headers: secrets::pairs(&received.headers),
            body,
            status: received.status,
            request_id: &received.request_id,
        }
    }
}
