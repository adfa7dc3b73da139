//! WebSocket messages from a stream of bytes that is forwarded, or dropped.
//!
//! A library would answer pings and closes by itself, and keep the bytes. Here they are only observed, so
//! that a proxy forwards them unchanged.

use bytes::Bytes;

use crate::frame::{self, BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT};

/// A message may have that much; a connection with a larger one is no longer understood.
const LARGEST: u64 = 64 << 20;

/// A message of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    Text(Bytes),
    Binary(Bytes),
    Ping(Bytes),
    Pong(Bytes),
    /// A close frame with code and reason, if it has them.
    Close(Option<(u16, String)>),
}

/// A stream that is no WebSocket any more, or has too large a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// Reads the messages of one side.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    bytes: Vec<u8>,
    /// The parts of a message that is not whole yet, and its kind.
    partial: Option<(u8, Vec<u8>)>,
}

impl Messages {
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message that is whole.
    pub(crate) fn next(&mut self) -> Result<Option<Message>, Unreadable> {
        loop {
            let Some((first, payload)) = self.frame()? else {
                return Ok(None);
            };
            let (last, kind) = (first & 0x80 != 0, first & 0x0f);
            match kind {
                PING => return Ok(Some(Message::Ping(payload.into()))),
                PONG => return Ok(Some(Message::Pong(payload.into()))),
                CLOSE => return Ok(Some(Message::Close(close(&payload)))),
                TEXT | BINARY if self.partial.is_none() => self.partial = Some((kind, payload)),
                CONTINUATION => {
                    let (_, whole) = self.partial.as_mut().ok_or(Unreadable)?;
                    whole.extend(payload);
                    if whole.len() as u64 > LARGEST {
                        return Err(Unreadable);
                    }
                }
                _ => return Err(Unreadable),
            }
            if last && let Some((kind, whole)) = self.partial.take() {
                return Ok(Some(if kind == TEXT {
                    Message::Text(whole.into())
                } else {
                    Message::Binary(whole.into())
                }));
            }
        }
    }

    /// The first byte of the next frame and its payload, without its mask.
    fn frame(&mut self) -> Result<Option<(u8, Vec<u8>)>, Unreadable> {
        let [first, second, rest @ ..] = self.bytes.as_slice() else {
            return Ok(None);
        };
        // Compressed, which was not negotiated.
        if first & 0x70 != 0 {
            return Err(Unreadable);
        }
        let (length, rest) = match (second & 0x7f, rest) {
            (126, [a, b, rest @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), rest),
            (127, rest) => match rest.split_first_chunk() {
                Some((length, rest)) => (u64::from_be_bytes(*length), rest),
                None => return Ok(None),
            },
            (126, _) => return Ok(None),
            (length, rest) => (u64::from(length), rest),
        };
        if length > LARGEST {
            return Err(Unreadable);
        }
        let (mask, rest) = match (second & 0x80 != 0, rest.split_first_chunk::<4>()) {
            (false, _) => ([0; 4], rest),
            (true, Some((mask, rest))) => (*mask, rest),
            (true, None) => return Ok(None),
        };
        let length = usize::try_from(length).map_err(|_| Unreadable)?;
        let Some(payload) = rest.get(..length) else {
            return Ok(None);
        };
        let unmasked = payload.iter().zip(mask.iter().cycle());
        let payload = unmasked.map(|(byte, mask)| byte ^ mask).collect();
        let frame = (*first, payload);
        let used = self.bytes.len() - rest.len() + length;
        self.bytes.drain(..used);
        Ok(Some(frame))
    }
}

fn close(payload: &[u8]) -> Option<(u16, String)> {
    let (code, reason) = payload.split_first_chunk()?;
    let reason = String::from_utf8_lossy(reason).into_owned();
    Some((u16::from_be_bytes(*code), reason))
}

/// Writes a message as a server does: in one frame, without a mask.
pub(crate) fn write(message: &Message, out: &mut Vec<u8>) {
    let closing;
    let (kind, payload) = match message {
        Message::Text(payload) => (TEXT, payload.as_ref()),
        Message::Binary(payload) => (BINARY, payload.as_ref()),
        Message::Ping(payload) => (PING, payload.as_ref()),
        Message::Pong(payload) => (PONG, payload.as_ref()),
        Message::Close(None) => (CLOSE, [].as_slice()),
        Message::Close(Some((code, reason))) => {
            closing = [&code.to_be_bytes()[..], reason.as_bytes()].concat();
            (CLOSE, closing.as_slice())
        }
    };
    frame::write(kind, true, payload, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(messages: &mut Messages) -> Vec<Message> {
        std::iter::from_fn(|| messages.next().unwrap()).collect()
    }

    #[test]
    fn what_is_written_is_read_however_it_is_cut() {
        let said = [
            Message::Text("x".repeat(5).into()),
            Message::Binary(vec![7; 126].into()),
            Message::Ping(Bytes::new()),
            Message::Text("y".repeat(70_000).into()),
            Message::Pong("p".into()),
            Message::Close(Some((1000, "enough".to_owned()))),
            Message::Close(None),
        ];
        let mut bytes = Vec::new();
        for message in &said {
            write(message, &mut bytes);
        }
        for size in [1, 3, 1_000, bytes.len()] {
            let (mut messages, mut read) = (Messages::default(), Vec::new());
            for piece in bytes.chunks(size) {
                messages.feed(piece);
                read.extend(all(&mut messages));
            }
            assert_eq!(read, said, "{size}");
        }
    }

    #[test]
    fn masked_parts_are_joined_around_a_ping() {
        // RFC 6455, 5.7: "Hello" masked, and in two frames.
        let mut messages = Messages::default();
        messages.feed(&[
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
        ]);
        messages.feed(&[
            0x01, 0x03, 0x48, 0x65, 0x6c, 0x89, 0x00, 0x80, 0x02, 0x6c, 0x6f,
        ]);
        assert_eq!(
            all(&mut messages),
            [
                Message::Text("Hello".into()),
                Message::Ping(Bytes::new()),
                Message::Text("Hello".into())
            ]
        );
    }

    #[test]
    fn what_is_no_message_is_reported() {
        for bytes in [
            &[0xc1, 0x00][..],
            &[0x80, 0x00],
            &[0x83, 0x00],
            &[0x82, 0x7f, 0xff, 0, 0, 0, 0, 0, 0, 0],
        ] {
            let mut messages = Messages::default();
            messages.feed(bytes);
            assert_eq!(messages.next(), Err(Unreadable), "{bytes:x?}");
        }
    }
}
