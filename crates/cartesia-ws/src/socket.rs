//! The WebSocket itself. This is the one file that names the library that speaks the protocol.
//!
//! The library is chosen for what it does not do: it logs nothing, at no level. What it lacks for a
//! server that is not to be trusted is made up for here and in [`Carrier`].

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use base64_simd::STANDARD;
use bytes::Bytes;
use cartesia_types::ErrorKind;
use futures_core::Stream as _;
use futures_sink::Sink as _;
use sha1_smol::Sha1;
use tokio_websockets::proto::ProtocolError;
use tokio_websockets::{
    ClientBuilder, CloseCode, Config, Error as WebSocketError, Limits, Message, WebSocketStream,
};

use crate::CloseInfo;
use crate::Result;
use crate::connect::Attempt;
use crate::handshake::{self, Handshake, Request};
use crate::transport::{Carrier, Stream};

/// Bytes that are collected before they are written without a flush. What waits is never more than
/// this, one message and the answers to pings.
const WRITE_BUFFER: usize = 16 * 1024;
/// Pings whose answers may wait to be written; nothing more is read before they are. The library has
/// no bound of its own, and a server that sends pings and reads no answers would fill the memory.
const MAX_UNSENT_ANSWERS: usize = 64;

/// What a server appends to the key before it hashes it (RFC 6455, section 1.3).
const ACCEPT_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// An open WebSocket.
pub(crate) struct Socket {
    inner: WebSocketStream<Carrier<Stream>>,
    /// Answers to pings that may not be written yet.
    unsent_answers: usize,
}

/// What arrived.
pub(crate) enum Received {
    Text(Text),
    Binary(Bytes),
    /// A ping or a pong.
    SignOfLife,
}

/// A text message.
pub(crate) struct Text(Bytes);

impl Text {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// An error is the end, as for [`Socket::poll_receive`].
    ///
    /// The library has looked already, but passes a character over that breaks off in the last fragment
    /// but one when the last one is empty.
    pub(crate) fn as_str(&self) -> std::result::Result<&str, Ended> {
        simdutf8::basic::from_utf8(&self.0).map_err(|_| Ended::protocol(NOT_UTF8))
    }
}

const NOT_UTF8: &str = "a text message, or the reason of a close frame, is not UTF-8";

/// What is sent.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Text(String),
    Ping,
    /// Close code 1000: everything is said.
    Close,
}

impl Outgoing {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Ping | Self::Close => 0,
        }
    }
}

impl Socket {
    /// What arrives next. An error is the end: how the connection ended, and why if that is known.
    pub(crate) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<std::result::Result<Received, Ended>> {
        if self.unsent_answers >= MAX_UNSENT_ANSWERS {
            ready!(self.poll_write(cx))?;
            self.unsent_answers = 0;
        }
        let message = match ready!(Pin::new(&mut self.inner).poll_next(cx)) {
            Some(Ok(message)) => message,
            Some(Err(error)) => {
                // The library has a close frame ready that says what is wrong, except where it is the
                // sum of the fragments that is too long.
                if matches!(error, WebSocketError::PayloadTooLong { .. }) {
                    let refusal = Message::close(Some(CloseCode::MESSAGE_TOO_BIG), "");
                    let _ = Pin::new(&mut self.inner).start_send(refusal);
                }
                let _ = self.poll_write(cx);
                return Poll::Ready(Err(self.ended(error)));
            }
            None => return Poll::Ready(Err(Ended::without_frame(None))),
        };
        if let Some((code, reason)) = message.as_close() {
            // The library has the answer ready. Whether the other side then ends the TCP connection as
            // well, and when, is nothing to wait for.
            let _ = self.poll_write(cx);
            let close = if code == CloseCode::NO_STATUS_RECEIVED {
                CloseInfo::without_frame()
            } else {
                CloseInfo::frame(u16::from(code), reason)
            };
            return Poll::Ready(Err(Ended { close, why: None }));
        }
        let received = if message.is_text() {
            Received::Text(Text(message.into_payload().into()))
        } else if message.is_binary() {
            Received::Binary(message.into_payload().into())
        } else {
            if message.is_ping() {
                self.unsent_answers += 1;
            }
            Received::SignOfLife
        };
        Poll::Ready(Ok(received))
    }

    /// Takes a message to send, once there is room for it.
    pub(crate) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        message: &mut Option<Outgoing>,
    ) -> Poll<std::result::Result<(), Ended>> {
        let ready = ready!(Pin::new(&mut self.inner).poll_ready(cx));
        let ready = ready.map_err(|error| self.ended(error));
        if let Err(ended) = ready.and_then(|()| self.writable()) {
            return Poll::Ready(Err(ended));
        }
        let Some(message) = message.take() else {
            return Poll::Ready(Ok(()));
        };
        let message = match message {
            Outgoing::Text(text) => Message::text(text),
            Outgoing::Ping => Message::ping(Bytes::new()),
            Outgoing::Close => Message::close(Some(CloseCode::NORMAL_CLOSURE), ""),
        };
        let sent = Pin::new(&mut self.inner).start_send(message);
        Poll::Ready(sent.map_err(|error| self.ended(error)))
    }

    /// Writes what was taken.
    pub(crate) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<std::result::Result<(), Ended>> {
        ready!(self.poll_write(cx))?;
        Poll::Ready(self.writable())
    }

    /// Writes what the library holds, or drops it when there is no writing any more.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), Ended>> {
        let written = ready!(Pin::new(&mut self.inner).poll_flush(cx));
        Poll::Ready(written.map_err(|error| self.ended(error)))
    }

    fn writable(&mut self) -> std::result::Result<(), Ended> {
        let writable = self.inner.get_mut().writable();
        writable.map_err(|error| self.ended(error.into()))
    }

    fn ended(&self, error: WebSocketError) -> Ended {
        match error {
            WebSocketError::AlreadyClosed => Ended::without_frame(None),
            WebSocketError::PayloadTooLong { len, max_len } => Ended::protocol(format!(
                "a message of {len} bytes or more is longer than {max_len} \
                 (`Connector::max_message_bytes`)"
            )),
            WebSocketError::Protocol(ProtocolError::InvalidUtf8) => Ended::protocol(NOT_UTF8),
            WebSocketError::Protocol(error) => Ended::closed(error.to_string()),
            WebSocketError::Io(_) if self.inner.get_ref().has_ended() => {
                Ended::closed("the connection ended in the middle of a message")
            }
            WebSocketError::Io(error) => Ended::closed(error.to_string()),
            _ => Ended::closed("the connection failed"),
        }
    }
}

/// How a connection ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) close: CloseInfo,
    /// What went wrong, when it was not the other side's doing alone.
    pub(crate) why: Option<(ErrorKind, String)>,
}

impl Ended {
    /// There was no close frame, or an empty one.
    fn without_frame(why: Option<(ErrorKind, String)>) -> Self {
        Self {
            close: CloseInfo::without_frame(),
            why,
        }
    }

    fn closed(why: impl Into<String>) -> Self {
        Self::without_frame(Some((ErrorKind::Closed, why.into())))
    }

    fn protocol(why: impl Into<String>) -> Self {
        Self::without_frame(Some((ErrorKind::Protocol, why.into())))
    }
}

/// 16 bytes that nobody can foresee, in base64 (RFC 6455, section 4.1).
fn draw_key() -> String {
    let mut bytes = [0_u8; 16];
    rand::fill(&mut bytes);
    STANDARD.encode_to_string(bytes)
}

/// The answer that a key calls for (RFC 6455, section 4.2.2).
fn accept_key(key: &str) -> String {
    let mut hash = Sha1::from(key);
    hash.update(ACCEPT_SUFFIX.as_bytes());
    STANDARD.encode_to_string(hash.digest().bytes())
}

/// Asks the server on the other end for a WebSocket.
pub(crate) async fn upgrade(
    mut stream: Stream,
    request: &Request,
    attempt: &Attempt,
    max_message_bytes: usize,
) -> Result<(Socket, Handshake)> {
    let key = draw_key();
    let accept = accept_key(&key);
    let (handshake, received) =
        handshake::perform(&mut stream, request, attempt, &key, &accept).await?;
    let inner = ClientBuilder::new()
        .config(Config::default().flush_threshold(WRITE_BUFFER))
        .limits(Limits::default().max_payload_len(Some(max_message_bytes)))
        .take_over(Carrier::new(received, stream));
    let socket = Socket {
        inner,
        unsent_answers: 0,
    };
    Ok((socket, handshake))
}

/// Says goodbye (close code 1000) and waits for the other side to do so, at most for `limit`.
pub(crate) async fn close(mut socket: Socket, limit: Duration) {
    let goodbye = async {
        let mut message = Some(Outgoing::Close);
        let said = poll_fn(|cx| socket.poll_send(cx, &mut message))
            .await
            .is_ok()
            && poll_fn(|cx| socket.poll_flush(cx)).await.is_ok();
        while said && poll_fn(|cx| socket.poll_receive(cx)).await.is_ok() {}
    };
    // Whoever does not answer is left alone.
    let _ = tokio::time::timeout(limit, goodbye).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 6455, section 1.3.
    #[test]
    fn the_answer_to_a_key() {
        let accept = accept_key("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
