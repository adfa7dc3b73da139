//! A stream that is encrypted or not.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::Tcp;
use super::tls;

/// A stream, with or without TLS on it. Calls go to the variant without a virtual call.
pub(crate) enum MaybeTls<S> {
    Plain(S),
    Tls(Box<tls::Stream<S>>),
}

/// TCP to the service, directly or through a proxy, whose own connection may be encrypted.
pub(crate) type Tunnel = MaybeTls<Tcp>;

/// A tunnel, encrypted if the service is.
pub(crate) type Transport = MaybeTls<Tunnel>;

/// A stream that knows whether a read may bring something.
pub(crate) trait ReadReadiness {
    /// Ready if there may be something to read, or the end. Else the task is woken once there is.
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<()>;

    /// Bytes that one read may bring.
    fn most_per_read(&self) -> usize;
}

impl<S: ReadReadiness> ReadReadiness for MaybeTls<S> {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Plain(stream) => stream.poll_read_ready(cx),
            // What it decrypted may wait within.
            Self::Tls(_) => Poll::Ready(()),
        }
    }

    fn most_per_read(&self) -> usize {
        match self {
            Self::Plain(stream) => stream.most_per_read(),
            // Two records.
            Self::Tls(_) => 32 * 1024,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for MaybeTls<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for MaybeTls<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
