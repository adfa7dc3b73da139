//! A TCP stream that asks the system itself while a server sends faster than it is read.

use std::io::{self, IoSlice, Read as _};
use std::net::TcpStream as StdStream;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::ReadReadiness;

/// Bytes that one read may bring.
const MOST: usize = 128 * 1024;
/// Bytes that a read brings at least in a flood.
const MANY: usize = 32 * 1024;

/// A TCP stream.
///
/// The runtime watches it, and is woken for each packet: on a runtime with many threads this is another thread than the
/// one that reads. In a flood that is of no use, since more has always come by the time of the next read. So after a read
/// that fills a large buffer, the runtime stops watching, and each read asks the system. Once there is nothing to read, or
/// something to write, the runtime watches again.
pub(crate) struct Tcp {
    stream: Stream,
    /// The runtime is to say when there is room to write.
    writer_waits: bool,
}

enum Stream {
    Watched(TcpStream),
    Unwatched(StdStream),
    /// The runtime could not change that.
    Lost,
}

impl From<TcpStream> for Tcp {
    fn from(stream: TcpStream) -> Self {
        Self {
            stream: Stream::Watched(stream),
            writer_waits: false,
        }
    }
}

impl Tcp {
    /// The stream, which the runtime watches from now on.
    fn watched(&mut self) -> io::Result<&mut TcpStream> {
        self.stream = match std::mem::replace(&mut self.stream, Stream::Lost) {
            Stream::Unwatched(stream) => Stream::Watched(TcpStream::from_std(stream)?),
            other => other,
        };
        match &mut self.stream {
            Stream::Watched(stream) => Ok(stream),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// From now on the runtime does not watch the stream.
    fn unwatch(&mut self) -> io::Result<()> {
        self.stream = match std::mem::replace(&mut self.stream, Stream::Lost) {
            Stream::Watched(stream) => Stream::Unwatched(stream.into_std()?),
            other => other,
        };
        Ok(())
    }
}

/// Reads what is there; `None` if there is nothing.
fn read_now(mut stream: &StdStream, buffer: &mut ReadBuf<'_>) -> Option<io::Result<()>> {
    loop {
        match stream.read(buffer.initialize_unfilled()) {
            Ok(length) => {
                buffer.advance(length);
                return Some(Ok(()));
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => return None,
                io::ErrorKind::Interrupted => {}
                _ => return Some(Err(error)),
            },
        }
    }
}

impl ReadReadiness for Tcp {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        match &self.stream {
            // The read reports an error.
            Stream::Watched(stream) => stream.poll_read_ready(cx).map(drop),
            Stream::Unwatched(_) | Stream::Lost => Poll::Ready(()),
        }
    }

    fn most_per_read(&self) -> usize {
        MOST
    }
}

impl AsyncRead for Tcp {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Stream::Unwatched(stream) = &this.stream
            && let Some(read) = read_now(stream, buffer)
        {
            return Poll::Ready(read);
        }
        let before = buffer.filled().len();
        let polled = Pin::new(this.watched()?).poll_read(cx, buffer);
        let brought = buffer.filled().len() - before;
        if brought >= MANY && buffer.remaining() == 0 && !this.writer_waits {
            this.unwatch()?;
        }
        polled
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(this.watched()?).poll_write(cx, bytes);
        this.writer_waits = polled.is_pending();
        polled
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(this.watched()?).poll_write_vectored(cx, slices);
        this.writer_waits = polled.is_pending();
        polled
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// A socket keeps nothing back, so a flush does not make the runtime watch it.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.get_mut().watched()?).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::Write as _;
    use std::net::{Shutdown, TcpListener};
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::task::{JoinHandle, spawn_blocking, yield_now};
    use tokio::time::timeout;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    async fn open() -> (Tcp, StdStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (peer, _) = listener.accept().unwrap();
        (stream.unwrap().into(), peer)
    }

    /// Waits until so many bytes are there, and reads once, at most `most`: they must be what comes.
    async fn read(stream: &mut Tcp, most: usize, comes: usize) {
        let mut buffer = vec![0; most.max(comes)];
        let arrives = async {
            loop {
                let there = &mut buffer[..comes];
                let arrived = match &stream.stream {
                    Stream::Watched(stream) => stream.peek(there).await.unwrap(),
                    Stream::Unwatched(stream) => stream.peek(there).unwrap_or(0),
                    Stream::Lost => panic!("it is lost"),
                };
                if arrived == comes {
                    break;
                }
                yield_now().await;
            }
        };
        timeout(LIMIT, arrives).await.unwrap();
        let reads = stream.read(&mut buffer[..most]);
        assert_eq!(timeout(LIMIT, reads).await.unwrap().unwrap(), comes);
    }

    /// Writes on another thread.
    fn write(peer: &StdStream, bytes: usize) -> JoinHandle<()> {
        let mut peer = peer.try_clone().unwrap();
        spawn_blocking(move || peer.write_all(&vec![7; bytes]).unwrap())
    }

    fn is_watched(stream: &Tcp) -> bool {
        matches!(stream.stream, Stream::Watched(_))
    }

    /// A stream in the middle of a flood. So many bytes of the flood were not read yet.
    async fn flooded(rest: usize) -> (Tcp, StdStream) {
        let (mut stream, peer) = open().await;
        write(&peer, MANY + rest).await.unwrap();
        read(&mut stream, MANY, MANY).await;
        assert!(!is_watched(&stream));
        (stream, peer)
    }

    #[tokio::test]
    async fn a_buffer_that_is_not_filled_or_small_is_no_flood() {
        let (mut stream, peer) = open().await;
        write(&peer, 2 * MANY).await.unwrap();
        read(&mut stream, MANY - 1, MANY - 1).await;
        assert!(is_watched(&stream));
        read(&mut stream, 2 * MANY, MANY + 1).await;
        assert!(is_watched(&stream));
    }

    #[tokio::test]
    async fn in_a_flood_the_system_is_asked_until_it_has_nothing() {
        let (mut stream, peer) = flooded(MANY).await;
        read(&mut stream, 8, 8).await;
        read(&mut stream, MANY, MANY - 8).await;
        assert!(!is_watched(&stream));

        // This read finds nothing, and the runtime announces what comes later.
        poll_fn(|cx| {
            let read = Pin::new(&mut stream).poll_read(cx, &mut ReadBuf::new(&mut [0]));
            assert!(read.is_pending());
            Poll::Ready(())
        })
        .await;
        assert!(is_watched(&stream));
        let writes = write(&peer, 4);
        read(&mut stream, 8, 4).await;
        writes.await.unwrap();
    }

    #[tokio::test]
    async fn the_end_in_a_flood_is_seen() {
        for rest in [0, 8] {
            let (mut stream, peer) = flooded(rest).await;
            peer.shutdown(Shutdown::Write).unwrap();
            if rest > 0 {
                read(&mut stream, MANY, rest).await;
            }
            read(&mut stream, MANY, 0).await;
        }
    }

    #[tokio::test]
    async fn what_is_written_in_a_flood_arrives() {
        let (mut stream, mut peer) = flooded(MANY).await;
        let writes = stream.write_all(b"cancel");
        timeout(LIMIT, writes).await.unwrap().unwrap();
        assert!(
            is_watched(&stream),
            "it is woken when there is room to write"
        );
        let mut heard = [0; 6];
        peer.set_read_timeout(Some(LIMIT)).unwrap();
        io::Read::read_exact(&mut peer, &mut heard).unwrap();
        assert_eq!(&heard, b"cancel");
        read(&mut stream, MANY, MANY).await;
    }

    /// A writer that waits for room is woken, however much is read meanwhile.
    #[tokio::test]
    async fn a_flood_does_not_keep_a_writer_waiting() {
        let (mut stream, peer) = flooded(2 * MANY).await;
        let much = vec![7; MANY];
        let full = poll_fn(|cx| {
            while let Poll::Ready(written) = Pin::new(&mut stream).poll_write(cx, &much) {
                written.unwrap();
            }
            Poll::Ready(())
        });
        timeout(LIMIT, full).await.unwrap();
        read(&mut stream, MANY, MANY).await;
        assert!(is_watched(&stream));
        let hears = spawn_blocking(move || io::copy(&mut &peer, &mut io::sink()).unwrap());
        timeout(LIMIT, stream.write_all(&much))
            .await
            .unwrap()
            .unwrap();
        timeout(LIMIT, stream.shutdown()).await.unwrap().unwrap();
        assert!(timeout(LIMIT, hears).await.unwrap().unwrap() > 0);
    }

    #[test]
    fn without_its_runtime_a_flood_ends_with_an_error() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (mut stream, _peer) = runtime.block_on(flooded(0));
        let handle = runtime.handle().clone();
        drop(runtime);
        let _context = handle.enter();
        for _ in 0..2 {
            let cx = &mut Context::from_waker(std::task::Waker::noop());
            let polled = Pin::new(&mut stream).poll_read(cx, &mut ReadBuf::new(&mut [0]));
            assert!(matches!(polled, Poll::Ready(Err(_))));
        }
    }
}
