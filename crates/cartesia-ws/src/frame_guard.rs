//! Follows the heads of the frames that a server sends (RFC 6455, section 5.2).
//!
//! The WebSocket library does not enforce every rule about lengths, does not report whether a connection
//! ended within a message or between two, and replaces close codes that it does not know. This makes up for
//! it, without looking at what the frames carry.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of the payload of a control frame at most.
const CONTROL_LIMIT: u64 = 125;
/// Two bytes, and up to eight for the length.
const LONGEST_HEAD: usize = 10;

const CLOSE: u8 = 0x8;
const CONTROL_BIT: u8 = 0x8;

/// The beginning of a frame.
struct Head {
    opcode: u8,
    is_final: bool,
    /// Bytes of the payload, and of the mask if there is one.
    rest: u64,
}

impl Head {
    /// Reads the head that the bytes start with, and returns its length, too; `None` if it is not complete yet.
    fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, &'static str> {
        let [first, second, extended @ ..] = bytes else {
            return Ok(None);
        };
        let (length, least, of_head) = match second & 0x7f {
            126 => {
                let Some(bytes) = extended.first_chunk() else {
                    return Ok(None);
                };
                (u64::from(u16::from_be_bytes(*bytes)), 126, 4)
            }
            127 => {
                let Some(bytes) = extended.first_chunk() else {
                    return Ok(None);
                };
                (u64::from_be_bytes(*bytes), 1 << 16, LONGEST_HEAD)
            }
            length => (u64::from(length), 0, 2),
        };
        let opcode = first & 0x0f;
        let is_control = opcode & CONTROL_BIT != 0;
        if length < least {
            return Err("a frame encodes its length in more bytes than needed");
        }
        if is_control && length > CONTROL_LIMIT {
            return Err("a control frame has a length of more than 125 bytes");
        }
        if opcode == CLOSE && length == 1 {
            return Err("a close frame has a length of one byte, half a close code");
        }
        let mask = if second & 0x80 == 0 { 0 } else { 4 };
        let head = Self {
            opcode,
            is_final: first & 0x80 != 0,
            rest: length.saturating_add(mask),
        };
        Ok(Some((head, of_head)))
    }
}

/// A stream from a server. It ends with an error before a frame whose length breaks the rules.
pub(crate) struct FrameGuard<S> {
    stream: S,
    head: [u8; LONGEST_HEAD],
    head_length: usize,
    /// Bytes of the current frame that are to come after its head.
    rest: u64,
    /// A message ends with the current frame.
    ends_message: bool,
    /// Messages that were passed on whole, and were not taken yet.
    messages: usize,
    in_close: bool,
    /// More fragments of the current message are to come.
    fragmented: bool,
    close: Vec<u8>,
    violation: Option<&'static str>,
}

impl<S> FrameGuard<S> {
    /// `early` is what was read from the stream already. What may not be read any more is cut off.
    pub(crate) fn new(stream: S, early: &mut Vec<u8>) -> Self {
        let mut guard = Self {
            stream,
            head: [0; LONGEST_HEAD],
            head_length: 0,
            rest: 0,
            ends_message: false,
            messages: 0,
            in_close: false,
            fragmented: false,
            close: Vec::new(),
            violation: None,
        };
        let allowed = guard.follow(early);
        early.truncate(allowed);
        guard
    }

    pub(crate) fn get_ref(&self) -> &S {
        &self.stream
    }

    pub(crate) fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Whether all that was passed on was taken, and nothing is known that the next read would report.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.messages == 0 && !self.is_within_message() && self.violation.is_none()
    }

    /// Notes that a message was taken.
    pub(crate) fn message_was_taken(&mut self) {
        self.messages = self.messages.saturating_sub(1);
    }

    /// Which rule the server broke.
    pub(crate) fn violation(&self) -> Option<&'static str> {
        self.violation
    }

    /// Whether a frame or a fragmented message has begun and not ended.
    pub(crate) fn is_within_message(&self) -> bool {
        self.head_length > 0 || self.rest > 0 || self.fragmented
    }

    /// The payload of the close frame, as the server sent it.
    pub(crate) fn close_payload(&self) -> &[u8] {
        &self.close
    }

    /// Follows what was read, and returns how much of it may be passed on.
    fn follow(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            if self.rest > 0 {
                at += self.skip(&bytes[at..]);
                continue;
            }
            if self.head_length == 0
                && let Ok(Some((head, length))) = Head::parse(&bytes[at..])
            {
                // Nearly all heads are read in one piece.
                self.begin(&head);
                at += length;
                continue;
            }
            self.head[self.head_length] = bytes[at];
            self.head_length += 1;
            match Head::parse(&self.head[..self.head_length]) {
                // The head is incomplete, so it is not interpreted.
                Err(violation) => {
                    self.violation = Some(violation);
                    return at;
                }
                Ok(None) => {}
                Ok(Some((head, _))) => self.begin(&head),
            }
            at += 1;
        }
        at
    }

    /// Follows the frame that begins with that head.
    fn begin(&mut self, head: &Head) {
        self.head_length = 0;
        self.rest = head.rest;
        self.in_close = head.opcode == CLOSE;
        self.ends_message = head.is_final;
        if self.rest == 0 {
            self.frame_ended();
        }
        if head.opcode & CONTROL_BIT == 0 {
            self.fragmented = !head.is_final;
        }
    }

    /// Passes over what belongs to the current frame.
    fn skip(&mut self, bytes: &[u8]) -> usize {
        let length = usize::try_from(self.rest).map_or(bytes.len(), |rest| rest.min(bytes.len()));
        if self.in_close {
            self.close.extend_from_slice(&bytes[..length]);
        }
        self.rest = self.rest.saturating_sub(length as u64);
        if self.rest == 0 {
            self.frame_ended();
        }
        length
    }

    fn frame_ended(&mut self) {
        self.messages += usize::from(self.ends_message);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for FrameGuard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        if this.violation.is_none() {
            ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
            let allowed = this.follow(&buffer.filled()[before..]);
            buffer.set_filled(before + allowed);
        }
        match this.violation {
            // What came before it is still read.
            Some(violation) if buffer.filled().len() == before => {
                Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, violation)))
            }
            _ => Poll::Ready(Ok(())),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FrameGuard<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// What can be read of `bytes`, and the guard at the end; the same in every way to cut them in two.
    async fn read(bytes: &[u8]) -> (Vec<u8>, FrameGuard<io::Cursor<Vec<u8>>>) {
        let mut whole = None;
        for cut in 0..=bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let mut out = first.to_vec();
            let mut guard = FrameGuard::new(io::Cursor::new(second.to_vec()), &mut out);
            // An error ends it as the end of the input does.
            let _ = guard.read_to_end(&mut out).await;
            let observed = (guard.violation, guard.is_within_message());
            let (passed, expected) = whole.get_or_insert((out.clone(), guard));
            let expected = (expected.violation, expected.is_within_message());
            assert_eq!((&*passed, expected), (&out, observed), "cut at {cut}");
        }
        whole.unwrap()
    }

    #[tokio::test]
    async fn lengths_that_break_the_rules_end_the_stream_before_their_frame() {
        let whole: &[u8] = &[0x81, 2, b'{', b'}'];
        for head in [
            &[0x81, 126, 0, 125][..],
            &[0x82, 126, 0, 0],
            &[0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
            &[0x89, 126, 0, 126],
            &[0x8a, 127, 0, 0, 0, 0, 0, 1, 0, 0],
            &[0x88, 126, 1, 0],
            &[0x88, 1],
        ] {
            let (passed, guard) = read(&[whole, head, b"more"].concat()).await;
            assert!(guard.violation.unwrap().contains("length"), "{head:?}");
            assert!(passed.starts_with(whole), "{head:?}");
            assert!(passed.len() < whole.len() + head.len(), "{head:?}");
        }
    }

    #[tokio::test]
    async fn the_shortest_length_of_each_form_is_fine() {
        for length in [0_u64, 1, 125, 126, 65_535, 65_536] {
            let mut frame = vec![0x82];
            match length {
                0..=125 => frame.push(length.to_le_bytes()[0]),
                126..=65_535 => {
                    frame.push(126);
                    frame.extend(&length.to_be_bytes()[6..]);
                }
                _ => {
                    frame.push(127);
                    frame.extend(length.to_be_bytes());
                }
            }
            let head = frame.len();
            frame.resize(head + usize::try_from(length).unwrap(), 0x88);
            let mut out = Vec::new();
            let mut guard = FrameGuard::new(&frame[..], &mut Vec::new());
            guard.read_to_end(&mut out).await.unwrap();
            assert_eq!(out, frame, "{length}");
            assert!(!guard.is_within_message(), "{length}");
        }
    }

    #[tokio::test]
    async fn the_end_within_a_message_is_distinguished_from_the_end_after_one() {
        let whole: &[&[u8]] = &[
            &[],
            &[0x81, 2, b'{', b'}'],
            &[0x82, 0],
            &[0x01, 1, b'{', 0x89, 0, 0x80, 1, b'}'],
            &[0x81, 0x81, 1, 2, 3, 4, b'x'],
        ];
        for bytes in whole {
            assert!(!read(bytes).await.1.is_within_message(), "{bytes:?}");
        }
        let broken: &[&[u8]] = &[
            &[0x81],
            &[0x81, 2],
            &[0x81, 2, b'{'],
            &[0x81, 126, 1],
            &[0x01, 1, b'{'],
            &[0x01, 0, 0x00, 0],
            &[0x01, 1, b'{', 0x89, 0],
            &[0x81, 0x81, 1, 2, 3, 4],
        ];
        for bytes in broken {
            assert!(read(bytes).await.1.is_within_message(), "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn the_close_frame_is_kept_as_it_came() {
        let (_, guard) = read(&[0x89, 1, 7, 0x88, 4, 0x03, 0xf6, b'n', b'o']).await;
        assert_eq!(guard.close_payload(), [0x03, 0xf6, b'n', b'o']);
        let (_, guard) = read(&[0x88, 0]).await;
        assert_eq!(guard.close_payload(), b"");
    }
}
