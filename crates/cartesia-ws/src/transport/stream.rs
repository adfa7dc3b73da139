//! A TCP stream that asks the system itself whether more has come, where the runtime would only tell later.

use std::io::{self, IoSlice, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::ReadReadiness;

/// In a flood, a read brings so many bytes at least.
const MANY: usize = 16 * 1024;

/// A TCP stream.
///
/// A read that does not fill its buffer tells the runtime that nothing is left, and the runtime then waits for the
/// system to say that there is more: on a runtime with many threads this happens on another thread, which wakes the one
/// that reads. While a server sends faster than it is read, more has always come by then. So in the middle of such a
/// flood, the first read of a turn asks the system.
///
/// Nothing is missed by that: whatever arrives after the runtime was told is announced to it, also if it was read already.
pub(crate) struct Tcp {
    inner: TcpStream,
    /// A read has filled its buffer, and all since then brought much. Many speakers in real time also fill a good part of
    /// it now and then, and are no flood.
    in_flood: bool,
    /// The next read asks the system, if the runtime knows of nothing.
    asks_system: bool,
}

impl From<TcpStream> for Tcp {
    fn from(inner: TcpStream) -> Self {
        Self {
            inner,
            in_flood: false,
            asks_system: false,
        }
    }
}

impl ReadReadiness for Tcp {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.asks_system {
            return Poll::Ready(());
        }
        // The read reports an error.
        self.inner.poll_read_ready(cx).map(drop)
    }

    fn most_per_read(&self) -> usize {
        128 * 1024
    }

    fn begin_turn(&mut self) {
        self.asks_system = self.in_flood;
    }

    fn is_in_flood(&self) -> bool {
        self.in_flood
    }
}

impl AsyncRead for Tcp {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let mut polled = Pin::new(&mut this.inner).poll_read(cx, buffer);
        if std::mem::take(&mut this.asks_system) && polled.is_pending() {
            // The task is woken by what arrives from now on, if this brings nothing.
            polled = match (&*SockRef::from(&this.inner)).read(buffer.initialize_unfilled()) {
                Ok(length) => {
                    buffer.advance(length);
                    Poll::Ready(Ok(()))
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
                Err(error) => Poll::Ready(Err(error)),
            };
        }
        let brought = buffer.filled().len() - before;
        this.in_flood = brought >= MANY && (this.in_flood || buffer.remaining() == 0);
        polled
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::task::Waker;

    use super::*;

    /// Reads without waiting, at most so much: how many bytes came.
    fn read_now(stream: &mut Tcp, most: usize) -> Option<usize> {
        let mut buffer = vec![0; most];
        let mut buffer = ReadBuf::new(&mut buffer);
        let cx = &mut Context::from_waker(Waker::noop());
        match Pin::new(stream).poll_read(cx, &mut buffer) {
            Poll::Ready(read) => read.map(|()| buffer.filled().len()).ok(),
            Poll::Pending => None,
        }
    }

    async fn open() -> (Tcp, std::net::TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (peer, _) = listener.accept().unwrap();
        (stream.unwrap().into(), peer)
    }

    /// Waits until the runtime knows that there is something.
    async fn ready(stream: &Tcp) {
        poll_fn(|cx| stream.poll_read_ready(cx)).await;
    }

    /// A stream in a flood. The runtime believes that nothing is left to read.
    async fn flooded() -> (Tcp, std::net::TcpStream) {
        let (mut stream, mut peer) = open().await;
        peer.write_all(&vec![7; 2 * MANY]).unwrap();
        ready(&stream).await;
        assert_eq!(read_now(&mut stream, MANY), Some(MANY));
        assert_eq!(read_now(&mut stream, 2 * MANY), Some(MANY));
        assert!(stream.is_in_flood());
        (stream, peer)
    }

    #[tokio::test]
    async fn much_at_once_is_no_flood() {
        let (mut stream, mut peer) = open().await;
        peer.write_all(&vec![7; 2 * MANY]).unwrap();
        ready(&stream).await;
        assert_eq!(read_now(&mut stream, 3 * MANY), Some(2 * MANY));
        assert!(!stream.is_in_flood());
    }

    /// On one thread, the runtime learns nothing while this does not wait.
    #[tokio::test]
    async fn what_has_come_in_a_flood_is_read_before_the_runtime_knows_of_it() {
        let (mut stream, mut peer) = flooded().await;
        peer.write_all(&vec![7; MANY]).unwrap();
        let cx = &mut Context::from_waker(Waker::noop());
        if cfg!(target_os = "linux") {
            assert!(stream.poll_read_ready(cx).is_pending(), "a turn asks");
        }
        stream.begin_turn();
        assert!(stream.poll_read_ready(cx).is_ready());
        assert_eq!(read_now(&mut stream, 2 * MANY), Some(MANY));
        assert!(stream.is_in_flood());

        peer.write_all(b"less").unwrap();
        stream.begin_turn();
        assert_eq!(read_now(&mut stream, MANY), Some(4));
        assert!(!stream.is_in_flood());

        // What comes from now on is announced as ever, also the end.
        for bytes in [&b"later"[..], b""] {
            let (mut far, bytes) = (peer.try_clone().unwrap(), bytes.to_vec());
            let writes = tokio::task::spawn_blocking(move || {
                far.write_all(&bytes).unwrap();
                if bytes.is_empty() {
                    far.shutdown(std::net::Shutdown::Write).unwrap();
                }
                bytes.len()
            });
            let read = async {
                loop {
                    ready(&stream).await;
                    // It may still be ready from before.
                    if let Some(read) = read_now(&mut stream, MANY) {
                        break read;
                    }
                }
            };
            let limit = std::time::Duration::from_secs(5);
            let read = tokio::time::timeout(limit, read).await.unwrap();
            assert_eq!(read, writes.await.unwrap());
        }
    }

    #[tokio::test]
    async fn the_end_in_a_flood_is_seen() {
        let (mut stream, peer) = flooded().await;
        drop(peer);
        stream.begin_turn();
        assert_eq!(read_now(&mut stream, MANY), Some(0));
        assert!(!stream.is_in_flood());
    }

    #[tokio::test]
    async fn a_flood_that_ends_is_asked_for_once() {
        let (mut stream, _peer) = flooded().await;
        stream.begin_turn();
        assert_eq!(read_now(&mut stream, MANY), None);
        assert!(!stream.is_in_flood());
        stream.begin_turn();
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(stream.poll_read_ready(cx).is_pending());
    }
}
