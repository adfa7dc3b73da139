//! Stdout for audio: what reads it may be slow, or stop.

use std::io::{self, Write};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

/// Pieces that may wait for the reader before the writer waits too.
const PIECES: usize = 16;
/// The time limit for the reader to take the rest after a failure.
const PATIENCE: Duration = Duration::from_secs(1);

/// A place whose writes may wait for a reader, written on a thread of its own: text, pings and Ctrl-C
/// must not wait with them. The thread ends with the program.
pub(super) struct Pipe {
    /// `None` once everything was given.
    pieces: Option<mpsc::Sender<Vec<u8>>>,
    /// The result of writing. `None` once it was returned.
    ended: Option<oneshot::Receiver<io::Result<()>>>,
}

impl Pipe {
    pub(super) fn new(mut target: impl Write + Send + 'static) -> Self {
        let (pieces, mut waiting) = mpsc::channel::<Vec<u8>>(PIECES);
        let (end, ended) = oneshot::channel();
        std::thread::spawn(move || {
            let mut outcome = Ok(());
            while let (Ok(()), Some(piece)) = (&outcome, waiting.blocking_recv()) {
                outcome = target.write_all(&piece).and_then(|()| target.flush());
            }
            // A caller that does not wait for the end does not need the result.
            let _ = end.send(outcome);
        });
        Self {
            pieces: Some(pieces),
            ended: Some(ended),
        }
    }

    /// Gives a piece. It waits while the reader is far behind.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(pieces) = &self.pieces
            && pieces.send(bytes.to_vec()).await.is_ok()
        {
            return Ok(());
        }
        self.drain().await?;
        // Before its end, the thread stops only for an error, and that was told before.
        Err(io::ErrorKind::BrokenPipe.into())
    }

    /// Waits until everything is written. Nothing can be given after it.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        self.pieces = None;
        let Some(ended) = &mut self.ended else {
            return Ok(());
        };
        let outcome = ended.await;
        self.ended = None;
        outcome.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// As [`drain`](Self::drain), but with a short limit, because the run has failed.
    pub(super) async fn drain_in_haste(&mut self) -> io::Result<()> {
        match tokio::time::timeout(PATIENCE, self.drain()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A reader that takes a piece only on request.
    struct Reader {
        turns: mpsc::Receiver<io::Result<()>>,
        taken: mpsc::Sender<Vec<u8>>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.turns
                .recv()
                .unwrap_or(Err(io::ErrorKind::BrokenPipe.into()))?;
            self.taken.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn pipe() -> (Pipe, mpsc::Sender<io::Result<()>>, mpsc::Receiver<Vec<u8>>) {
        let (turn, turns) = mpsc::channel();
        let (taken, seen) = mpsc::channel();
        (Pipe::new(Reader { turns, taken }), turn, seen)
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_stops_holds_up_nobody_else() {
        let (mut pipe, turn, seen) = pipe();
        let mut given = 0;
        // Far more than may wait: at the end the writer waits, and can be dropped.
        let writing = async {
            loop {
                pipe.write(&[given]).await.unwrap();
                given += 1;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, writing).await.is_err());
        assert!(usize::from(given) >= PIECES, "{given}");
        for _ in 0..given {
            turn.send(Ok(())).unwrap();
        }
        pipe.drain().await.unwrap();
        let taken: Vec<u8> = seen.try_iter().flatten().collect();
        assert!((0..given).eq(taken.iter().copied()), "{taken:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_failure_a_reader_is_not_waited_for_long() {
        let (mut pipe, _turn, _seen) = pipe();
        pipe.write(b"audio").await.unwrap();
        let error = pipe.drain_in_haste().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_reader_that_is_gone_is_reported_once() {
        let (mut pipe, turn, _seen) = pipe();
        turn.send(Err(io::ErrorKind::StorageFull.into())).unwrap();
        pipe.write(b"audio").await.unwrap();
        let error = pipe.drain().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(pipe.drain().await.is_ok());
        assert!(pipe.write(b"more").await.is_err());
    }
}
