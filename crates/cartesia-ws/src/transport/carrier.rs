//! What the library that speaks the WebSocket protocol gets to read from and to write to.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream that begins with bytes that were read already, and that is read on after it can no longer
/// be written to.
///
/// A server that refuses to go on says why, closes, and resets whatever still reaches it. The library
/// gives up reading at the first write that fails, and with it the reason. So it never sees one fail:
/// from then on what it writes is dropped, and whoever sends asks [`Carrier::writable`].
pub(crate) struct Carrier<S> {
    stream: S,
    /// What came together with the answer to the upgrade, and how much of it was read.
    early: Vec<u8>,
    taken: usize,
    broken: bool,
    /// Why writing failed, told once.
    failure: Option<io::Error>,
    /// Everything was read.
    ended: bool,
}

impl<S> Carrier<S> {
    pub(crate) fn new(early: Vec<u8>, stream: S) -> Self {
        Self {
            stream,
            early,
            taken: 0,
            broken: false,
            failure: None,
            ended: false,
        }
    }

    /// Whether what was written was also sent.
    pub(crate) fn writable(&mut self) -> io::Result<()> {
        if self.broken {
            return Err(self
                .failure
                .take()
                .unwrap_or_else(|| io::ErrorKind::BrokenPipe.into()));
        }
        Ok(())
    }

    /// Whether the other side has said that nothing more comes.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Takes a failure for itself; what was to be written counts as written.
    fn keep<T>(&mut self, written: io::Result<T>, all: T) -> io::Result<T> {
        written.or_else(|error| {
            self.broken = true;
            self.failure = Some(error);
            Ok(all)
        })
    }
}

/// A stream that takes nothing will take nothing later either.
fn some(written: usize, of: usize) -> io::Result<usize> {
    if written == 0 && of > 0 {
        return Err(io::ErrorKind::WriteZero.into());
    }
    Ok(written)
}

impl<S: AsyncRead + Unpin> AsyncRead for Carrier<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.taken < this.early.len() {
            let left = &this.early[this.taken..];
            let length = left.len().min(buffer.remaining());
            buffer.put_slice(&left[..length]);
            this.taken += length;
            if this.taken == this.early.len() {
                this.early = Vec::new();
                this.taken = 0;
            }
            return Poll::Ready(Ok(()));
        }
        let (before, room) = (buffer.filled().len(), buffer.remaining());
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        this.ended = room > 0 && buffer.filled().len() == before;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Carrier<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let all = bytes.len();
        if this.broken {
            return Poll::Ready(Ok(all));
        }
        let written = ready!(Pin::new(&mut this.stream).poll_write(cx, bytes));
        Poll::Ready(this.keep(written.and_then(|written| some(written, all)), all))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let all = slices.iter().map(|slice| slice.len()).sum();
        if this.broken {
            return Poll::Ready(Ok(all));
        }
        let written = ready!(Pin::new(&mut this.stream).poll_write_vectored(cx, slices));
        Poll::Ready(this.keep(written.and_then(|written| some(written, all)), all))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.broken {
            return Poll::Ready(Ok(()));
        }
        let flushed = ready!(Pin::new(&mut this.stream).poll_flush(cx));
        Poll::Ready(this.keep(flushed, ()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn what_was_read_already_comes_first() {
        let mut carrier = Carrier::new(b"early ".to_vec(), &b"late"[..]);
        let mut first = [0; 4];
        carrier.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"earl");
        assert!(!carrier.has_ended());
        let mut rest = String::new();
        carrier.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "y late");
        assert!(carrier.has_ended());
    }

    #[tokio::test]
    async fn what_cannot_be_written_does_not_keep_the_rest_from_being_read() {
        let (writer, gone) = tokio::io::duplex(1);
        drop(gone);
        let stream = tokio::io::join(&b"the reason"[..], writer);
        let mut carrier = Carrier::new(Vec::new(), stream);
        carrier.writable().unwrap();
        for _ in 0..2 {
            carrier.write_all(b"text").await.unwrap();
            carrier.flush().await.unwrap();
            let error = carrier.writable().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        }
        let slices = [IoSlice::new(b"te"), IoSlice::new(b"xt")];
        assert_eq!(carrier.write_vectored(&slices).await.unwrap(), 4);
        let mut reason = String::new();
        carrier.read_to_string(&mut reason).await.unwrap();
        assert_eq!(reason, "the reason");
    }

    #[tokio::test]
    async fn a_stream_that_takes_nothing_is_broken() {
        let mut full = [0; 2];
        let writer = io::Cursor::new(&mut full[..]);
        let mut carrier = Carrier::new(Vec::new(), writer);
        carrier.write_all(b"text").await.unwrap();
        let error = carrier.writable().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    }
}
