//! The WebSocket itself. This is the one file that names the library that speaks the protocol.
//!
//! The library does not make the handshake: it would trace the request with the credential. It traces
//! messages at the level TRACE, which programs switch off by its targets (see the crate's README).

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use cartesia_core::time::within;
use cartesia_types::ErrorKind;
use futures_core::Stream as _;
use futures_sink::Sink as _;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::error::{
    CapacityError, Error as WebSocketError, ProtocolError,
};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};

use crate::CloseInfo;
use crate::Result;
use crate::attempt::Attempt;
use crate::frame_guard::FrameGuard;
use crate::half_close::HalfClose;
use crate::handshake::{self, Handshake, Request};
use crate::outbox::Outgoing;
use crate::transport::{ReadReadiness, Transport};

/// Bytes that are collected before they are written without a flush.
///
/// The library's own limit for what waits is not set: a message that is longer could never be sent, and
/// answers to pings would be dropped. Without it, what waits is never more than this, one message, and
/// the answers to so many pings.
const WRITE_BUFFER: usize = 16 * 1024;
/// Pings whose answers may wait to be written; nothing more is read before they are. A server that sends
/// pings and reads no answers would fill the memory.
const MAX_UNSENT_ANSWERS: usize = 64;
/// The longest message that may be allowed. The library makes room for a message when it has read its
/// head, and a head may announce any length.
const LONGEST_MESSAGE: usize = 1 << 30;

const NOT_UTF8: &str = "a text message, or the reason of a close frame, is not UTF-8";

type Stream<S> = WebSocketStream<FrameGuard<HalfClose<S>>>;

/// An open WebSocket.
pub(crate) struct Socket<S = Transport> {
    inner: Stream<S>,
    /// Answers to pings that may not be written yet.
    unsent_answers: usize,
    /// The library has looked at all that was read.
    waits: bool,
}

/// A received message or sign of life.
pub(crate) enum Received {
    Text(Text),
    Binary(Bytes),
    /// The answer to a ping that carried this number.
    Mark(u64),
    /// A ping, or another pong.
    SignOfLife,
}

/// A text message.
pub(crate) struct Text(Utf8Bytes);

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<S> Socket<S>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + ReadReadiness + Unpin,
{
    /// Takes over a stream after its handshake. `early` is what was read of it already.
    async fn new(stream: HalfClose<S>, early: Bytes, max_message_bytes: usize) -> Self {
        let limit = max_message_bytes.min(LONGEST_MESSAGE);
        let config = WebSocketConfig::default()
            .read_buffer_size(stream.get_ref().most_per_read())
            .write_buffer_size(WRITE_BUFFER)
            .max_frame_size(Some(limit))
            .max_message_size(Some(limit));
        let mut early = early.into();
        let stream = FrameGuard::new(stream, &mut early);
        let inner = Stream::from_partially_read(stream, early, Role::Client, Some(config)).await;
        Self {
            inner,
            unsent_answers: 0,
            waits: false,
        }
    }

    /// Receives the next message. An error is the end of the connection, with its reason if that is known.
    pub(crate) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<std::result::Result<Received, Ended>> {
        if self.unsent_answers > 0 {
            match self.poll_write(cx)? {
                Poll::Ready(()) => self.unsent_answers = 0,
                Poll::Pending if self.unsent_answers >= MAX_UNSENT_ANSWERS => return Poll::Pending,
                Poll::Pending => {}
            }
        }
        let guard = self.inner.get_ref();
        if self.waits || guard.is_at_rest() {
            // The library clears its buffer before each read, also if there is nothing to read.
            ready!(guard.get_ref().get_ref().poll_read_ready(cx));
        }
        let next = Pin::new(&mut self.inner).poll_next(cx);
        self.waits = next.is_pending();
        let message = match ready!(next) {
            Some(Ok(message)) => {
                self.inner.get_mut().message_was_taken();
                message
            }
            Some(Err(error)) => {
                if let Some(code) = self.fault(&error) {
                    self.refuse(cx, code);
                }
                return Poll::Ready(Err(self.ended(error)));
            }
            None => return Poll::Ready(Err(Ended::without_frame(None))),
        };
        Poll::Ready(Ok(match message {
            Message::Text(text) => Received::Text(Text(text)),
            Message::Binary(bytes) => Received::Binary(bytes),
            Message::Ping(_) => {
                self.unsent_answers += 1;
                Received::SignOfLife
            }
            Message::Close(_) => {
                // The library has the answer ready. Whether the other side then ends the TCP connection
                // as well, and when, is nothing to wait for.
                let _ = self.poll_write(cx);
                return Poll::Ready(Err(self.closed()));
            }
            Message::Pong(data) => match <[u8; 8]>::try_from(&data[..]) {
                Ok(mark) => Received::Mark(u64::from_be_bytes(mark)),
                Err(_) => Received::SignOfLife,
            },
            // A frame is never read, only written.
            Message::Frame(_) => Received::SignOfLife,
        }))
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
            Outgoing::Text(text) => Message::Text(text.into()),
            Outgoing::Binary(data) => Message::Binary(data),
            Outgoing::Ping => Message::Ping(Bytes::new()),
            Outgoing::Mark(mark) => Message::Ping(mark.to_be_bytes().to_vec().into()),
            Outgoing::Close => close_frame(CloseCode::Normal),
        };
        let sent = Pin::new(&mut self.inner).start_send(message);
        Poll::Ready(sent.map_err(|error| self.ended(error)))
    }

    /// Writes the messages that were accepted.
    pub(crate) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<std::result::Result<(), Ended>> {
        ready!(self.poll_write(cx))?;
        Poll::Ready(self.writable())
    }

    /// Writes the library's buffer, or drops it if the connection cannot be written to any more.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), Ended>> {
        let written = ready!(Pin::new(&mut self.inner).poll_flush(cx));
        Poll::Ready(written.map_err(|error| self.ended(error)))
    }

    fn writable(&mut self) -> std::result::Result<(), Ended> {
        let writable = self.inner.get_mut().get_mut().writable();
        writable.map_err(|error| Ended::closed(error.to_string()))
    }

    /// Returns the close code for the mistake of the other side.
    fn fault(&self, error: &WebSocketError) -> Option<CloseCode> {
        match error {
            WebSocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
            WebSocketError::Protocol(_) => Some(CloseCode::Protocol),
            WebSocketError::Capacity(_) => Some(CloseCode::Size),
            WebSocketError::Utf8(_) => Some(CloseCode::Invalid),
            WebSocketError::Io(_) if self.inner.get_ref().violation().is_some() => {
                Some(CloseCode::Protocol)
            }
            _ => None,
        }
    }

    /// Closes with a code, as far as that can be written at once, and does not wait for an answer.
    fn refuse(&mut self, cx: &mut Context<'_>, code: CloseCode) {
        let _ = Pin::new(&mut self.inner).start_send(close_frame(code));
        let _ = self.poll_write(cx);
    }

    /// The end by a close frame. The library replaces codes that it does not know.
    fn closed(&self) -> Ended {
        let [high, low, reason @ ..] = self.inner.get_ref().close_payload() else {
            return Ended::without_frame(None);
        };
        let code = u16::from_be_bytes([*high, *low]);
        if !may_be_sent(code) {
            return Ended::closed(format!("{code} is not a valid close code"));
        }
        Ended {
            close: CloseInfo::frame(code, String::from_utf8_lossy(reason)),
            why: None,
        }
    }

    fn ended(&self, error: WebSocketError) -> Ended {
        let guard = self.inner.get_ref();
        match error {
            WebSocketError::AlreadyClosed | WebSocketError::ConnectionClosed => {
                Ended::without_frame(None)
            }
            WebSocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                if guard.is_within_message() {
                    Ended::closed("the connection ended in the middle of a message")
                } else {
                    Ended::without_frame(None)
                }
            }
            WebSocketError::Protocol(error) => Ended::closed(match error {
                ProtocolError::NonZeroReservedBits => {
                    "a frame uses an extension that was not offered".to_owned()
                }
                ProtocolError::MaskedFrameFromServer => {
                    "a frame of the server is masked".to_owned()
                }
                ProtocolError::FragmentedControlFrame => "fragmented control frame".to_owned(),
                ProtocolError::UnexpectedContinueFrame
                | ProtocolError::ExpectedFragment(_)
                | ProtocolError::InvalidOpcode(_) => {
                    "a frame has an opcode that is unknown, or out of place".to_owned()
                }
                error => error.to_string(),
            }),
            WebSocketError::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
                Ended::protocol(format!(
                    "a message of {size} bytes or more is longer than {max_size} \
                     (`Connector::max_message_bytes`)"
                ))
            }
            // The message of the library would quote some of the bytes.
            WebSocketError::Utf8(_) => Ended::protocol(NOT_UTF8),
            WebSocketError::Io(error) => match guard.violation() {
                Some(violation) => Ended::closed(violation),
                None => Ended::closed(error.to_string()),
            },
            _ => Ended::closed("the connection failed"),
        }
    }
}

fn close_frame(code: CloseCode) -> Message {
    let reason = Utf8Bytes::default();
    Message::Close(Some(CloseFrame { code, reason }))
}

/// Whether a close frame may have this code (RFC 6455, section 7.4, and IANA's registry).
fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// The end of a connection.
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

/// Asks the server on the other end for a WebSocket.
pub(crate) async fn upgrade(
    transport: Transport,
    request: &Request,
    attempt: &Attempt,
    max_message_bytes: usize,
) -> Result<(Socket, Handshake)> {
    let key = generate_key();
    let accept = derive_accept_key(key.as_bytes());
    let (handshake, stream, early) =
        handshake::perform(transport, request, attempt, &key, &accept).await?;
    Ok((
        Socket::new(stream, early, max_message_bytes).await,
        handshake,
    ))
}

/// Sends a close frame (code 1000) and waits for the answer, at most for `limit`.
pub(crate) async fn close(mut socket: Socket, limit: Option<Duration>) {
    let goodbye = async {
        let mut message = Some(Outgoing::Close);
        let said = poll_fn(|cx| socket.poll_send(cx, &mut message))
            .await
            .is_ok()
            && poll_fn(|cx| socket.poll_flush(cx)).await.is_ok();
        while said && poll_fn(|cx| socket.poll_receive(cx)).await.is_ok() {}
    };
    // Waiting ends for a peer that does not answer.
    let _ = within(limit, goodbye).await;
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncRead, AsyncWriteExt as _, DuplexStream};

    use super::*;

    const LIMIT: usize = 1024;

    /// Nothing is known of what waits in it.
    impl<R, W> ReadReadiness for tokio::io::Join<R, W> {
        fn poll_read_ready(&self, _: &mut Context<'_>) -> Poll<()> {
            Poll::Ready(())
        }

        fn most_per_read(&self) -> usize {
            32 * 1024
        }
    }

    async fn open(
        reader: impl AsyncRead + Send + Unpin + 'static,
        room: usize,
        limit: usize,
    ) -> (
        Socket<impl AsyncRead + tokio::io::AsyncWrite + ReadReadiness + Unpin>,
        DuplexStream,
    ) {
        let (writer, far) = tokio::io::duplex(room);
        let stream = HalfClose::new(tokio::io::join(reader, writer));
        (Socket::new(stream, Bytes::new(), limit).await, far)
    }

    async fn receive<S>(socket: &mut Socket<S>) -> std::result::Result<Received, Ended>
    where
        S: AsyncRead + tokio::io::AsyncWrite + ReadReadiness + Unpin,
    {
        poll_fn(|cx| socket.poll_receive(cx)).await
    }

    /// The server sends pings without end and reads nothing.
    #[tokio::test]
    async fn pings_whose_answers_are_not_read_are_not_collected() {
        let ping = [&[0x89, 125][..], &[b'p'; 125]].concat();
        let endless = std::io::Cursor::new(ping.repeat(10_000));
        let (mut socket, _far) = open(endless, 1024, LIMIT).await;
        let mut answered = 0;
        let waits = poll_fn(|cx| {
            while let Poll::Ready(received) = socket.poll_receive(cx) {
                assert!(matches!(received, Ok(Received::SignOfLife)));
                answered += 1;
            }
            Poll::Ready(())
        });
        waits.await;
        // Seven fit into the way there.
        assert!((64..256).contains(&answered), "{answered}");
    }

    /// What waits to be written is never more than one message beyond the buffer.
    #[tokio::test]
    async fn messages_are_not_collected_for_a_server_that_does_not_read() {
        let (idle, _keep) = tokio::io::duplex(1);
        let (mut socket, _far) = open(idle, 1024, LIMIT).await;
        let mut taken = 0;
        poll_fn(|cx| {
            loop {
                let mut message = Some(Outgoing::Text("x".repeat(1000)));
                match socket.poll_send(cx, &mut message) {
                    Poll::Ready(sent) => sent.unwrap(),
                    Poll::Pending => return Poll::Ready(()),
                }
                assert!(message.is_none());
                taken += 1;
            }
        })
        .await;
        assert!((10..20).contains(&taken), "{taken}");
    }

    /// Longer than all buffers: it is sent in pieces, whole.
    #[tokio::test]
    async fn a_long_message_is_sent() {
        let (idle, _keep) = tokio::io::duplex(1);
        let (mut socket, mut far) = open(idle, 1024, LIMIT).await;
        let long = 200_000;
        let reading = async {
            let mut bytes = vec![0; 14 + long];
            tokio::io::AsyncReadExt::read_exact(&mut far, &mut bytes)
                .await
                .unwrap();
            bytes
        };
        let sending = async {
            let mut message = Some(Outgoing::Text("x".repeat(long)));
            poll_fn(|cx| socket.poll_send(cx, &mut message))
                .await
                .unwrap();
            poll_fn(|cx| socket.poll_flush(cx)).await.unwrap();
        };
        let (bytes, ()) = tokio::join!(reading, sending);
        assert_eq!(bytes[..10], [0x81, 0xff, 0, 0, 0, 0, 0, 3, 0x0d, 0x40]);
    }

    /// Without a limit of the caller, a head alone must not make the client reserve what it announces.
    #[tokio::test]
    async fn a_length_that_no_machine_has_is_refused() {
        for length in [1_u64 << 31, 1 << 62, u64::MAX] {
            let mut bytes = vec![0x81, 127];
            bytes.extend(length.to_be_bytes());
            let (mut socket, _far) = open(std::io::Cursor::new(bytes), 1024, usize::MAX).await;
            let ended = receive(&mut socket).await.err().unwrap();
            assert_eq!(ended.why.unwrap().0, ErrorKind::Protocol, "{length}");
        }
    }

    /// The server pings, says why it closes, and is gone: the answer to the ping cannot be written.
    #[tokio::test]
    async fn the_reason_is_read_though_nothing_can_be_written() {
        let bytes = [&[0x89, 0, 0x88, 4, 0x03, 0xf3][..], b"no"].concat();
        let (mut socket, far) = open(std::io::Cursor::new(bytes), 1024, LIMIT).await;
        drop(far);
        assert!(matches!(
            receive(&mut socket).await,
            Ok(Received::SignOfLife)
        ));
        let ended = receive(&mut socket).await.err().unwrap();
        assert_eq!(ended.close, CloseInfo::frame(1011, "no"));
    }

    /// What a read brings beyond a message is kept, and what came before a bad frame is delivered.
    #[tokio::test]
    async fn messages_before_a_bad_frame_are_delivered() {
        let bytes = [0x81, 1, b'1', 0x82, 1, b'2', 0x81, 126, 0, 1, b'3'];
        for early in 0..bytes.len() {
            let (early, late) = bytes.split_at(early);
            let (writer, _far) = tokio::io::duplex(1024);
            let stream = tokio::io::join(std::io::Cursor::new(late.to_vec()), writer);
            let early = Bytes::copy_from_slice(early);
            let mut socket = Socket::new(HalfClose::new(stream), early, LIMIT).await;
            let Ok(Received::Text(text)) = receive(&mut socket).await else {
                panic!("no text");
            };
            assert_eq!(text.as_str(), "1");
            assert!(matches!(receive(&mut socket).await, Ok(Received::Binary(two)) if two == "2"));
            let ended = receive(&mut socket).await.err().unwrap();
            let (kind, why) = ended.why.unwrap();
            assert_eq!(kind, ErrorKind::Closed);
            assert!(why.contains("length"), "{why}");
        }
    }

    #[tokio::test]
    async fn a_close_code_is_reported_as_it_came() {
        for code in [
            1000_u16, 1003, 1007, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
        ] {
            let bytes = [&[0x88, 2][..], &code.to_be_bytes()].concat();
            let (mut socket, _far) = open(std::io::Cursor::new(bytes), 1024, LIMIT).await;
            let ended = receive(&mut socket).await.err().unwrap();
            assert_eq!(ended.close.code, Some(code));
            assert!(ended.why.is_none());
        }
        for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535] {
            let bytes = [&[0x88, 2][..], &code.to_be_bytes()].concat();
            let (mut socket, mut far) = open(std::io::Cursor::new(bytes), 1024, LIMIT).await;
            let ended = receive(&mut socket).await.err().unwrap();
            let (_, why) = ended.why.unwrap();
            assert!(
                why.contains(&code.to_string()) && why.contains("close code"),
                "{why}"
            );
            far.shutdown().await.unwrap();
            let mut answer = [0; 8];
            tokio::io::AsyncReadExt::read_exact(&mut far, &mut answer)
                .await
                .unwrap();
            let answered = [answer[6] ^ answer[2], answer[7] ^ answer[3]];
            assert_eq!(u16::from_be_bytes(answered), 1002, "{code}");
        }
    }
}
