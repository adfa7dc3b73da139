//! WebSocket frames on a TCP connection: the one file that names the WebSocket crate.
//!
//! The crate reads, and formats single frames. It does not get to write: a mock server must be able
//! to withhold a pong, to cut a message into frames and to break the protocol at an exact byte, and
//! the crate answers pings and closes by itself. So it writes into the void, and everything that
//! leaves is written by [`connection`](super::connection).

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::tcp::OwnedReadHalf;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Error};

/// Requests are small; a server has many connections.
const READ_BUFFER: usize = 16 << 10;

/// A close frame has 125 bytes, two of them for the code.
const LONGEST_REASON: usize = 123;

/// The value of `Sec-WebSocket-Accept` for that of `Sec-WebSocket-Key`.
pub(super) fn accept_key(key: &[u8]) -> String {
    derive_accept_key(key)
}

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    Text(String),
    Binary(Bytes),
    Ping(Bytes),
    Pong(Bytes),
    /// The client closes, for this reason if it gave one.
    Close(Option<(u16, String)>),
    /// It broke the protocol; the code is what it is to be told.
    Broken(u16, String),
    /// The connection is gone.
    Gone,
}

/// Reads messages of the client.
pub(super) struct Reader(WebSocketStream<ReadOnly>);

impl Reader {
    /// `ahead` is what was read already.
    pub(super) async fn new(stream: OwnedReadHalf, ahead: Bytes) -> Self {
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
        let (stream, role) = (ReadOnly(stream), Role::Server);
        Self(WebSocketStream::from_partially_read(stream, ahead.into(), role, Some(config)).await)
    }

    /// The next message. After `Close`, `Broken` and `Gone` there is none.
    ///
    /// Cancel safe: what was read of a message is kept.
    pub(super) async fn next(&mut self) -> Incoming {
        loop {
            let next = poll_fn(|cx| Pin::new(&mut self.0).poll_next(cx)).await;
            return match next {
                Some(Ok(Message::Text(text))) => Incoming::Text(text.as_str().to_owned()),
                Some(Ok(Message::Binary(bytes))) => Incoming::Binary(bytes),
                Some(Ok(Message::Ping(bytes))) => Incoming::Ping(bytes),
                Some(Ok(Message::Pong(bytes))) => Incoming::Pong(bytes),
                Some(Ok(Message::Close(close))) => Incoming::Close(
                    close.map(|close| (close.code.into(), close.reason.as_str().to_owned())),
                ),
                // Never read, only written.
                Some(Ok(Message::Frame(_))) => continue,
                Some(Err(error)) => broken(&error),
                None => Incoming::Gone,
            };
        }
    }
}

fn broken(error: &Error) -> Incoming {
    use tungstenite::error::ProtocolError;

    let code = match error {
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => return Incoming::Gone,
        Error::Protocol(_) | Error::AttackAttempt => CloseCode::Protocol,
        Error::Utf8(_) => CloseCode::Invalid,
        Error::Capacity(_) => CloseCode::Size,
        _ => return Incoming::Gone,
    };
    let reason = error.to_string();
    let fits = |(at, c): &(usize, char)| at + c.len_utf8() <= LONGEST_REASON;
    let reason = reason.char_indices().take_while(fits).map(|(_, c)| c);
    Incoming::Broken(code.into(), reason.collect())
}

/// A frame of text, whole or a part of a message: `first` and `last` say which.
pub(super) fn text(payload: impl Into<Bytes>, first: bool, last: bool, out: &mut Vec<u8>) {
    let kind = if first { Data::Text } else { Data::Continue };
    write(Frame::message(payload, OpCode::Data(kind), last), out);
}

/// A whole binary message.
pub(super) fn binary(payload: impl Into<Bytes>, out: &mut Vec<u8>) {
    write(
        Frame::message(payload, OpCode::Data(Data::Binary), true),
        out,
    );
}

/// A ping without a payload.
pub(super) fn ping(out: &mut Vec<u8>) {
    write(Frame::ping(Bytes::new()), out);
}

/// The answer to a ping.
pub(super) fn pong(payload: Bytes, out: &mut Vec<u8>) {
    write(Frame::pong(payload), out);
}

/// The end, with any code: also such as nobody may send.
pub(super) fn close(code: u16, reason: &str, out: &mut Vec<u8>) {
    let close = CloseFrame {
        code: code.into(),
        reason: reason.to_owned().into(),
    };
    write(Frame::close(Some(close)), out);
}

fn write(frame: Frame, out: &mut Vec<u8>) {
    // Writing into memory does not fail.
    let _ = frame.format(out);
}

/// The half of a connection that can be read, with a bottomless other half.
struct ReadOnly(OwnedReadHalf);

impl AsyncRead for ReadOnly {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for ReadOnly {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
