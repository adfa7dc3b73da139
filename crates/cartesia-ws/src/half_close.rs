//! A stream that stays readable once it can no longer be written to.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream whose writes never fail.
///
/// A server that ends a connection sends its reason, closes, and resets the connection if more data arrives.
/// Both hyper and the WebSocket library stop reading at the first write that fails, and so lose the reason.
/// After a failure, this stream drops all further writes, and [`HalfClose::writable`] reports the failure.
pub(crate) struct HalfClose<S> {
    stream: S,
    broken: bool,
    /// Why writing failed; reported once.
    failure: Option<io::Error>,
}

impl<S> HalfClose<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            broken: false,
            failure: None,
        }
    }

    pub(crate) fn get_ref(&self) -> &S {
        &self.stream
    }

    pub(crate) fn into_inner(self) -> S {
        self.stream
    }

    /// Reports whether everything written so far was accepted by the stream.
    pub(crate) fn writable(&mut self) -> io::Result<()> {
        if self.broken {
            return Err(self
                .failure
                .take()
                .unwrap_or_else(|| io::ErrorKind::BrokenPipe.into()));
        }
        Ok(())
    }

    /// Keeps a failure back: `all` counts as written.
    fn keep<T>(&mut self, written: io::Result<T>, all: T) -> io::Result<T> {
        written.or_else(|error| {
            self.broken = true;
            self.failure = Some(error);
            Ok(all)
        })
    }
}

/// A stream that accepts no bytes now never will.
fn some(written: usize, of: usize) -> io::Result<usize> {
    if written == 0 && of > 0 {
        return Err(io::ErrorKind::WriteZero.into());
    }
    Ok(written)
}

impl<S: AsyncRead + Unpin> AsyncRead for HalfClose<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HalfClose<S> {
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
    async fn what_cannot_be_written_does_not_keep_the_rest_from_being_read() {
        let (writer, gone) = tokio::io::duplex(1);
        drop(gone);
        let stream = tokio::io::join(&b"the reason"[..], writer);
        let mut stream = HalfClose::new(stream);
        stream.writable().unwrap();
        for _ in 0..2 {
            stream.write_all(b"text").await.unwrap();
            stream.flush().await.unwrap();
            let error = stream.writable().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        }
        let slices = [IoSlice::new(b"te"), IoSlice::new(b"xt")];
        assert_eq!(stream.write_vectored(&slices).await.unwrap(), 4);
        let mut reason = String::new();
        stream.read_to_string(&mut reason).await.unwrap();
        assert_eq!(reason, "the reason");
    }

    #[tokio::test]
    async fn a_stream_that_takes_nothing_is_broken() {
        let mut full = [0; 2];
        let writer = io::Cursor::new(&mut full[..]);
        let mut stream = HalfClose::new(writer);
        stream.write_all(b"text").await.unwrap();
        let error = stream.writable().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    }
}
