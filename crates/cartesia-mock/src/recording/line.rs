//! The lines of a recording.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::journal::Content;

/// One line: what happened in which exchange, and when, in milliseconds since its request came.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) exchange: u64,
    pub(crate) at_ms: u64,
    #[serde(flatten)]
    pub(crate) event: Event,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    Request {
        method: String,
        path: String,
        query: Vec<(String, String)>,
        headers: Vec<(String, String)>,
        body: Option<Content>,
    },
    Response {
        status: u16,
        headers: Vec<(String, String)>,
    },
    /// A piece of the response's body.
    Body(Payload),
    /// The client said something on a WebSocket.
    Sent(Content),
    /// The server did.
    Received(Payload),
    Close {
        from: Side,
        code: Option<u16>,
        reason: String,
    },
    /// A response ended, or a connection: who ended it, and whether nothing is missing.
    End { from: Side, complete: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    Client,
    Server,
}

/// A payload of a server: text unchanged, and everything else, such as audio outside of text, as base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Payload {
    Text(String),
    Base64(String),
}

#[cfg(feature = "proxy")]
impl Payload {
    pub(crate) fn of_text(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::of_bytes(bytes),
        }
    }

    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self::Base64(base64_simd::STANDARD.encode_to_string(bytes))
    }
}

impl Payload {
    /// Returns the bytes that were sent; `None` when they are not base64.
    pub(crate) fn bytes(&self) -> Option<Bytes> {
        match self {
            Self::Text(text) => Some(text.clone().into()),
            Self::Base64(text) => base64_simd::STANDARD
                .decode_to_vec(text.as_bytes())
                .ok()
                .map(Bytes::from),
        }
    }
}
