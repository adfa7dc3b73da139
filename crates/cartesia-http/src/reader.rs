//! A reader as a stream of pieces.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;

/// What a reader gives, piece by piece. Each piece is read on a thread for blocking work, so that a
/// silent pipe blocks no other task.
pub(crate) struct ReaderPieces<R> {
    state: State<R>,
}

enum State<R> {
    Idle(R),
    Reading(JoinHandle<(R, io::Result<Bytes>)>),
    Ended,
}

impl<R> ReaderPieces<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            state: State::Idle(reader),
        }
    }
}

impl<R: Read + Send + Unpin + 'static> Stream for ReaderPieces<R> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            self.state = match std::mem::replace(&mut self.state, State::Ended) {
                State::Idle(mut reader) => State::Reading(spawn_blocking(move || {
                    let piece = read(&mut reader);
                    (reader, piece)
                })),
                State::Reading(mut reading) => {
                    let Poll::Ready(outcome) = Pin::new(&mut reading).poll(cx) else {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    };
                    // A reader that panics, or a runtime that ends, is an error of reading.
                    let (reader, piece) = outcome.map_err(io::Error::other)?;
                    if piece.as_ref().is_ok_and(|piece| !piece.is_empty()) {
                        self.state = State::Idle(reader);
                    }
                    return Poll::Ready(match piece {
                        Ok(piece) if piece.is_empty() => None,
                        piece => Some(piece),
                    });
                }
                State::Ended => return Poll::Ready(None),
            };
        }
    }
}

/// The next piece; empty at the end.
fn read(reader: &mut impl Read) -> io::Result<Bytes> {
    let mut piece = vec![0; PIECE];
    loop {
        match reader.read(&mut piece) {
            Ok(count) => {
                piece.truncate(count);
                return Ok(piece.into());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
