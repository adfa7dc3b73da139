//! WebSocket frames on a TCP connection: the one file that names the WebSocket crate.
//!
//! The crate reads. It does not write: a mock server must be able to withhold a pong, to cut a message into
//! frames and to break the protocol at an exact byte, and the crate answers pings and closes by itself. So
//! its output is discarded, and all frames are built here and written by [`connection`](super::connection).

use std::future::poll_fn;
use std::io::Cursor;
use std::pin::Pin;

use base64_simd::STANDARD;
use bytes::Bytes;
use futures_core::Stream as _;
use sha1_smol::Sha1;
use tokio::io::{AsyncReadExt as _, Chain, Join, Sink};
use tokio::net::tcp::OwnedReadHalf;
use tokio_websockets::proto::ProtocolError;
use tokio_websockets::{CloseCode, Error, Message, ServerBuilder, WebSocketStream};

use crate::frame;

/// A close frame has 125 bytes, two of them for the code.
const LONGEST_REASON: usize = 123;

/// The suffix that a server appends to the key before it hashes it (RFC 6455, section 1.3).
const ACCEPT_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of `Sec-WebSocket-Accept` for that of `Sec-WebSocket-Key`.
pub(crate) fn accept_key(key: &[u8]) -> String {
    let mut hash = Sha1::from(key);
    hash.update(ACCEPT_SUFFIX);
    STANDARD.encode_to_string(hash.digest().bytes())
}

/// A message of a client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    Text(String),
    Binary(Bytes),
    Ping(Bytes),
    Pong(Bytes),
    /// The client closes, for this reason if it gave one.
    Close(Option<(u16, String)>),
    /// The client violated the protocol; the code is for the close frame.
    Broken(u16, String),
    /// The connection is gone.
    Gone,
}

/// What was read already and then the connection, with a bottomless other half.
type Input = Join<Chain<Cursor<Bytes>, OwnedReadHalf>, Sink>;

/// Reads messages of the client.
pub(super) struct Reader(WebSocketStream<Input>);

impl Reader {
    /// `ahead` is what was read already.
    pub(super) fn new(stream: OwnedReadHalf, ahead: Bytes) -> Self {
        let stream = Cursor::new(ahead).chain(stream);
        Self(ServerBuilder::new().serve(tokio::io::join(stream, tokio::io::sink())))
    }

    /// The next message. After `Close`, `Broken` and `Gone` there is none.
    ///
    /// Cancel safe: what was read of a message is kept.
    pub(super) async fn next(&mut self) -> Incoming {
        match poll_fn(|cx| Pin::new(&mut self.0).poll_next(cx)).await {
            Some(Ok(message)) => incoming(message),
            Some(Err(error)) => broken(&error),
            None => Incoming::Gone,
        }
    }
}

fn incoming(message: Message) -> Incoming {
    if let Some((code, reason)) = message.as_close() {
        let given = code != CloseCode::NO_STATUS_RECEIVED;
        return Incoming::Close(given.then(|| (code.into(), reason.to_owned())));
    }
    let (text, binary, ping) = (message.is_text(), message.is_binary(), message.is_ping());
    let payload = Bytes::from(message.into_payload());
    if text {
        // The crate has looked already, but passes a character over that breaks off in the last fragment
        // but one when the last one is empty.
        match String::from_utf8(payload.into()) {
            Ok(text) => Incoming::Text(text),
            Err(_) => broken(&ProtocolError::InvalidUtf8.into()),
        }
    } else if binary {
        Incoming::Binary(payload)
    } else if ping {
        Incoming::Ping(payload)
    } else {
        Incoming::Pong(payload)
    }
}

fn broken(error: &Error) -> Incoming {
    let code = match error {
        Error::Protocol(ProtocolError::InvalidUtf8) => CloseCode::INVALID_FRAME_PAYLOAD_DATA,
        Error::Protocol(_) => CloseCode::PROTOCOL_ERROR,
        Error::PayloadTooLong { .. } => CloseCode::MESSAGE_TOO_BIG,
        _ => return Incoming::Gone,
    };
    let reason = error.to_string();
    let fits = |(at, c): &(usize, char)| at + c.len_utf8() <= LONGEST_REASON;
    let reason = reason.char_indices().take_while(fits).map(|(_, c)| c);
    Incoming::Broken(code.into(), reason.collect())
}

/// A frame of text, whole or a part of a message: `first` and `last` say which.
pub(super) fn text(payload: &[u8], first: bool, last: bool, out: &mut Vec<u8>) {
    let opcode = if first {
        frame::TEXT
    } else {
        frame::CONTINUATION
    };
    frame::write(opcode, last, payload, out);
}

/// A whole binary message.
pub(super) fn binary(payload: &[u8], out: &mut Vec<u8>) {
    frame::write(frame::BINARY, true, payload, out);
}

/// A ping without a payload.
pub(super) fn ping(out: &mut Vec<u8>) {
    frame::write(frame::PING, true, b"", out);
}

/// The answer to a ping.
pub(super) fn pong(payload: &[u8], out: &mut Vec<u8>) {
    frame::write(frame::PONG, true, payload, out);
}

/// The end, with any code, including reserved ones.
pub(super) fn close(code: u16, reason: &str, out: &mut Vec<u8>) {
    let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
    frame::write(frame::CLOSE, true, &payload, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 6455, section 1.3.
    #[test]
    fn the_answer_to_a_key() {
        let accept = accept_key(b"dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_is_said_is_framed() {
        let written = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::new();
            write(&mut out);
            out
        };
        assert_eq!(written(&|out| text(b"a", true, false, out)), b"\x01\x01a");
        assert_eq!(written(&|out| text(b"a", false, false, out)), b"\x00\x01a");
        assert_eq!(written(&|out| text(b"a", false, true, out)), b"\x80\x01a");
        assert_eq!(written(&|out| text(b"a", true, true, out)), b"\x81\x01a");
        assert_eq!(written(&ping), b"\x89\x00");
        assert_eq!(written(&|out| pong(b"p", out)), b"\x8a\x01p");
        assert_eq!(
            written(&|out| close(1001, "no", out)),
            b"\x88\x04\x03\xe9no"
        );
    }
}
