//! A connection that can be broken at an exact byte.
//!
//! hyper drops what it has not written yet when a body fails, so a failing body would cut the
//! response somewhere before the byte that a test asked for. Here the body waits instead, and the
//! connection fails once everything before was handed to the system.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Breaks one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Breaker(Arc<AtomicBool>);

impl Breaker {
    /// Breaks the connection as soon as the bytes written so far were sent.
    ///
    /// To be called by what hyper is just polling (a handler or a body), which then returns
    /// `Pending`: hyper goes on to flush, and the flush fails.
    pub(crate) fn trip(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_tripped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A socket with its breaker.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    breaker: Breaker,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> (Self, Breaker) {
        let breaker = Breaker::default();
        (
            Self {
                stream,
                breaker: breaker.clone(),
            },
            breaker,
        )
    }
}

impl Wire {
    /// The socket itself, once it no longer speaks HTTP.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        if self.breaker.is_tripped() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
