//! The text to speak: an argument, or stdin, of which a WebSocket takes each piece as it comes.

use std::io::{self, IsTerminal as _, Read};

use tokio::sync::mpsc;

use crate::args::Transport;
use crate::failure::Failure;

const EMPTY: &str = "the text is empty";
/// Bytes that are read at once, at most.
const PIECE: usize = 4 * 1024;
/// Pieces that may wait for the network before no more is read.
const PIECES: usize = 4;

/// What is to be spoken.
#[derive(Debug)]
pub(super) enum Text {
    Whole(String),
    Streamed(Pieces),
}

impl Text {
    /// From the argument, or else from stdin. It waits until there is something to speak.
    pub(super) async fn new(argument: Option<&str>, transport: Transport) -> Result<Self, Failure> {
        let text = match argument {
            Some(text) if text != "-" => Self::Whole(text.to_owned()),
            None if io::stdin().is_terminal() => {
                return Err(Failure::usage(
                    "there is no text: give it as an argument or on stdin",
                ));
            }
            _ => {
                let mut pieces = Pieces::read(io::stdin());
                pieces.wait_for_text().await?;
                if transport == Transport::Ws {
                    Self::Streamed(pieces)
                } else {
                    Self::Whole(pieces.whole().await?)
                }
            }
        };
        match &text {
            Self::Whole(text) if text.trim().is_empty() => Err(Failure::usage(EMPTY)),
            _ => Ok(text),
        }
    }

    /// All of it.
    pub(super) async fn whole(self) -> Result<String, Failure> {
        match self {
            Self::Whole(text) => Ok(text),
            Self::Streamed(pieces) => pieces.whole().await,
        }
    }
}

/// Text as it is read.
#[derive(Debug)]
pub(super) struct Pieces {
    receiver: mpsc::Receiver<Result<String, Failure>>,
    /// Read before there was anything to speak.
    first: String,
}

impl Pieces {
    /// Reads on a thread of its own: a read of stdin cannot be interrupted, and must keep neither the
    /// audio nor the end of the program waiting. The thread ends with the program.
    fn read(source: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel(PIECES);
        std::thread::spawn(move || {
            let mut decoder = Decoder::new(source);
            while let Some(piece) = decoder.next().transpose() {
                let failed = piece.is_err();
                if sender.blocking_send(piece).is_err() || failed {
                    return;
                }
            }
        });
        Self {
            receiver,
            first: String::new(),
        }
    }

    async fn wait_for_text(&mut self) -> Result<(), Failure> {
        while self.first.trim().is_empty() {
            match self.receiver.recv().await {
                Some(piece) => self.first.push_str(&piece?),
                None => return Err(Failure::usage(EMPTY)),
            }
        }
        Ok(())
    }

    /// The next piece; `None` at the end of the text.
    pub(super) async fn next(&mut self) -> Result<Option<String>, Failure> {
        if !self.first.is_empty() {
            return Ok(Some(std::mem::take(&mut self.first)));
        }
        self.receiver.recv().await.transpose()
    }

    async fn whole(mut self) -> Result<String, Failure> {
        let mut text = String::new();
        while let Some(piece) = self.next().await? {
            text.push_str(&piece);
        }
        Ok(text)
    }
}

/// Makes text of bytes. A character whose bytes come in two reads is not torn apart.
struct Decoder<R> {
    source: R,
    /// The beginning of a character: at most three bytes.
    begun: Vec<u8>,
}

impl<R: Read> Decoder<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            begun: Vec::new(),
        }
    }

    /// What the next read gives, without waiting for more than makes a character; `None` at the end.
    fn next(&mut self) -> Result<Option<String>, Failure> {
        let unusable = |error: &dyn std::fmt::Display| {
            Failure::usage(format!("the text on stdin cannot be read: {error}"))
        };
        let mut buffer = vec![0; PIECE];
        loop {
            let length = match self.source.read(&mut buffer) {
                Ok(0) if self.begun.is_empty() => return Ok(None),
                Ok(0) => return Err(unusable(&"it ends within a character")),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unusable(&error)),
            };
            let mut bytes = std::mem::take(&mut self.begun);
            bytes.extend_from_slice(buffer.get(..length).unwrap_or_default());
            match std::str::from_utf8(&bytes) {
                Ok(_) => {}
                Err(error) if error.error_len().is_none() => {
                    self.begun = bytes.split_off(error.valid_up_to());
                }
                Err(error) => return Err(unusable(&error)),
            }
            if !bytes.is_empty() {
                return String::from_utf8(bytes)
                    .map(Some)
                    .map_err(|error| unusable(&error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one piece at each read.
    struct Reads(Vec<&'static [u8]>);

    impl Read for Reads {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn decoded(reads: &[&'static [u8]]) -> Result<Vec<String>, Failure> {
        let mut decoder = Decoder::new(Reads(reads.to_vec()));
        std::iter::from_fn(|| decoder.next().transpose()).collect()
    }

    #[test]
    fn characters_survive_the_borders_of_reads() {
        let euro = "€".as_bytes();
        assert_eq!(
            decoded(&[b"a ", &euro[..1], &euro[1..2], &euro[2..], b"b"]).unwrap(),
            ["a ", "€", "b"]
        );
        assert_eq!(
            decoded(&[b"caf\xc3", b"\xa9 \xf0\x9f", b"\x98\x80!"]).unwrap(),
            ["caf", "é ", "😀!"]
        );
        assert!(decoded(&[]).unwrap().is_empty());
    }

    #[test]
    fn what_is_not_text_is_refused() {
        assert!(decoded(&[b"good", b"\xff"]).is_err());
        assert!(decoded(&[b"good \xe2\x82"]).is_err());
        assert!(decoded(&[b"\xe2\x82", b"x"]).is_err());
    }
}
