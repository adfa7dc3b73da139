//! The WebSocket itself. This is the one file that names the library that speaks the protocol.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use cartesia_types::ErrorKind;
use futures_core::Stream as _;
use futures_sink::Sink as _;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WebSocketError, Message, Utf8Bytes};

use crate::Result;
use crate::close::CloseInfo;
use crate::connect::Attempt;
use crate::handshake::{self, Handshake, Request};
use crate::transport::Stream;

/// Bytes that are read at once: a usual message, 16 kB of audio as text, in one piece.
const READ_BUFFER: usize = 32 * 1024;
/// Bytes that are collected before they are written without a flush.
const WRITE_BUFFER: usize = 16 * 1024;
/// Bytes that may wait to be written; with it, the longest message that can be sent.
const MAX_WRITE_BUFFER: usize = 16 * 1024 * 1024;

/// An open WebSocket.
pub(crate) struct Socket {
    inner: WebSocketStream<Stream>,
}

/// What arrived.
pub(crate) enum Received {
    Text(Text),
    Binary(Bytes),
    /// A ping or a pong.
    SignOfLife,
}

/// A text message.
pub(crate) struct Text(Utf8Bytes);

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

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
        let received = match ready!(Pin::new(&mut self.inner).poll_next(cx)) {
            Some(Ok(Message::Text(text))) => Received::Text(Text(text)),
            Some(Ok(Message::Binary(data))) => Received::Binary(data),
            Some(Ok(Message::Close(frame))) => {
                // The library has the answer ready. Whether the other side then ends the TCP connection
                // as well, and when, is nothing to wait for.
                let _ = Pin::new(&mut self.inner).poll_flush(cx);
                let close = frame.map_or_else(CloseInfo::without_frame, |frame| {
                    CloseInfo::frame(frame.code.into(), frame.reason.as_str())
                });
                return Poll::Ready(Err(Ended { close, why: None }));
            }
            Some(Ok(_)) => Received::SignOfLife,
            Some(Err(error)) => return Poll::Ready(Err(ended(Some(error)))),
            None => return Poll::Ready(Err(ended(None))),
        };
        Poll::Ready(Ok(received))
    }

    /// Takes a message to send, once there is room for it.
    pub(crate) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        message: &mut Option<Outgoing>,
    ) -> Poll<std::result::Result<(), Ended>> {
        if let Err(error) = ready!(Pin::new(&mut self.inner).poll_ready(cx)) {
            return Poll::Ready(Err(ended(Some(error))));
        }
        let Some(message) = message.take() else {
            return Poll::Ready(Ok(()));
        };
        let message = match message {
            Outgoing::Text(text) => Message::Text(text.into()),
            Outgoing::Ping => Message::Ping(Bytes::new()),
            Outgoing::Close => Message::Close(Some(normal())),
        };
        let sent = Pin::new(&mut self.inner).start_send(message);
        Poll::Ready(sent.map_err(|error| ended(Some(error))))
    }

    /// Writes what was taken.
    pub(crate) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<std::result::Result<(), Ended>> {
        let flushed = ready!(Pin::new(&mut self.inner).poll_flush(cx));
        Poll::Ready(flushed.map_err(|error| ended(Some(error))))
    }
}

/// The end of a connection without a close frame.
fn ended(error: Option<WebSocketError>) -> Ended {
    let why = match error {
        None | Some(WebSocketError::ConnectionClosed | WebSocketError::AlreadyClosed) => None,
        Some(WebSocketError::Capacity(CapacityError::MessageTooLong { size, max_size })) => Some((
            ErrorKind::Protocol,
            format!(
                "a message of {size} bytes is longer than {max_size} (`Connector::max_message_bytes`)"
            ),
        )),
        Some(WebSocketError::Protocol(error)) => Some((ErrorKind::Closed, error.to_string())),
        Some(WebSocketError::Utf8(_)) => Some((
            ErrorKind::Protocol,
            "a text message is not UTF-8".to_owned(),
        )),
        Some(WebSocketError::Io(error)) => Some((ErrorKind::Closed, error.to_string())),
        Some(_) => Some((ErrorKind::Closed, "the connection failed".to_owned())),
    };
    Ended {
        close: CloseInfo::without_frame(),
        why,
    }
}

/// How a connection ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) close: CloseInfo,
    /// What went wrong, when it was not the other side's doing alone.
    pub(crate) why: Option<(ErrorKind, String)>,
}

fn normal() -> CloseFrame {
    CloseFrame {
        code: CloseCode::Normal,
        reason: Utf8Bytes::from_static(""),
    }
}

/// Asks the server on the other end for a WebSocket.
pub(crate) async fn upgrade(
    mut stream: Stream,
    request: &Request,
    attempt: &Attempt,
    max_message_bytes: usize,
) -> Result<(Socket, Handshake)> {
    let key = generate_key();
    let accept = derive_accept_key(key.as_bytes());
    let (handshake, received) =
        handshake::perform(&mut stream, request, attempt, &key, &accept).await?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(Some(max_message_bytes))
        .max_frame_size(Some(max_message_bytes));
    let inner =
        WebSocketStream::from_partially_read(stream, received, Role::Client, Some(config)).await;
    let socket = Socket { inner };
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
