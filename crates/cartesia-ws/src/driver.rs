//! The WebSocket itself. This is the one file that names the library that speaks the protocol.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream as _;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

use crate::Result;
use crate::connect::Attempt;
use crate::handshake::{self, Handshake, Request};
use crate::transport::Stream;

/// An open WebSocket.
pub(crate) type Socket = WebSocketStream<Stream>;

/// Bytes that are read at once: a usual message, 16 kB of audio as text, in one piece.
const READ_BUFFER: usize = 32 * 1024;
/// Bytes that are collected before they are written without a flush.
const WRITE_BUFFER: usize = 16 * 1024;
/// Bytes that may wait to be written; with it, the longest message that can be sent.
const MAX_WRITE_BUFFER: usize = 16 * 1024 * 1024;

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
    let socket =
        WebSocketStream::from_partially_read(stream, received, Role::Client, Some(config)).await;
    Ok((socket, handshake))
}

/// Says goodbye (close code 1000) and waits for the other side to do so, at most for `limit`.
pub(crate) async fn close(mut socket: Socket, limit: Duration) {
    let goodbye = async {
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        };
        if socket.close(Some(frame)).await.is_err() {
            return;
        }
        while let Some(Ok(message)) = poll_fn(|cx| Pin::new(&mut socket).poll_next(cx)).await {
            if message.is_close() {
                return;
            }
        }
    };
    // Whoever does not answer is left alone.
    let _ = tokio::time::timeout(limit, goodbye).await;
}
