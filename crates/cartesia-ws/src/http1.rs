//! One HTTP/1.1 request that may turn its stream into something else: the upgrade to a WebSocket, and
//! the tunnel through a proxy.
//!
//! hyper speaks HTTP. Nothing is spawned: the caller that awaits the result polls the connection.

use std::future::poll_fn;
use std::io;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::half_close::HalfClose;

/// Bytes that the head of a response may have.
const HEAD_LIMIT: usize = 32 * 1024;
/// Header fields that the head of a response may have.
const MAX_HEADERS: usize = 128;
/// Bytes that are read for one response, interim ones before it included. hyper has no limit for how
/// many of those there are.
const RESPONSE_LIMIT: usize = 128 * 1024;

/// The description of a server whose response is [`NoResponse::NotHttp`].
pub(crate) const NOT_HTTP: &str = "its answer is not HTTP/1.1, or is too long";

/// A request without a body.
pub(crate) type Request = http::Request<String>;

/// Why there is no response.
#[derive(Debug)]
pub(crate) enum NoResponse {
    /// The connection ended, or broke, before a head was complete.
    Closed(hyper::Error),
    /// The response is not HTTP/1.1, or its head does not end.
    NotHttp,
}

impl From<hyper::Error> for NoResponse {
    fn from(error: hyper::Error) -> Self {
        let endless = |error: &hyper::Error| {
            let cause = std::error::Error::source(error);
            let cause = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
            cause.is_some_and(|cause| cause.kind() == io::ErrorKind::FileTooLarge)
        };
        if error.is_parse() || endless(&error) {
            Self::NotHttp
        } else {
            Self::Closed(error)
        }
    }
}

/// Whether a header that lists words has this one.
pub(crate) fn lists(headers: &HeaderMap, name: &str, word: &str) -> bool {
    let values = headers.get_all(name).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|found| found.trim().eq_ignore_ascii_case(word))
}

type Io<S> = TokioIo<RequestFirst<HalfClose<S>>>;

/// A connection of HTTP, which does something only while it is polled.
struct Connection(Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>);

impl Connection {
    /// Awaits what depends on the connection.
    async fn run<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            // Its error reaches the future, too.
            if let Some(connection) = &mut self.0
                && connection.as_mut().poll(cx).is_ready()
            {
                self.0 = None;
            }
            future.as_mut().poll(cx)
        })
        .await
    }
}

/// A response, and the connection that it came on.
pub(crate) struct Exchange<S> {
    response: Response<Incoming>,
    connection: Connection,
    /// Without it the connection would end.
    _sender: SendRequest<String>,
    stream: PhantomData<S>,
}

/// Sends a request, and reads the head of the final response to it.
///
/// A response that comes before the request could be written, or that the server sent before it
/// closed, counts.
pub(crate) async fn send<S>(stream: S, request: Request) -> Result<Exchange<S>, NoResponse>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let stream = RequestFirst::new(HalfClose::new(stream));
    let (mut sender, connection) = Builder::new()
        // Some servers wrongly compare header names with their case.
        .title_case_headers(true)
        .max_headers(MAX_HEADERS)
        .max_buf_size(HEAD_LIMIT)
        .handshake(TokioIo::new(stream))
        .await?;
    let mut connection = Connection(Some(Box::pin(connection.with_upgrades())));
    let response = connection.run(sender.send_request(request)).await?;
    Ok(Exchange {
        response,
        connection,
        _sender: sender,
        stream: PhantomData,
    })
}

impl<S> Exchange<S>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The stream after a response that ends HTTP on it, and what was read of it already.
    pub(crate) async fn into_stream(mut self) -> Result<(HalfClose<S>, Bytes), NoResponse> {
        let upgrade = hyper::upgrade::on(&mut self.response);
        let upgraded = self.connection.run(upgrade).await?;
        match upgraded.downcast::<Io<S>>() {
            Ok(parts) => Ok((parts.io.into_inner().stream, parts.read_buf)),
            // This cannot happen: it is the stream that the connection was created with.
            Err(_) => Err(NoResponse::NotHttp),
        }
    }

    /// Reads the body, but no more than `limit` bytes of it. After an error, or if the future is dropped,
    /// `body` has the part that arrived.
    pub(crate) async fn read_body(&mut self, limit: usize, body: &mut Vec<u8>) {
        let incoming = self.response.body_mut();
        let reading = async {
            while body.len() < limit {
                let frame = poll_fn(|cx| Pin::new(&mut *incoming).poll_frame(cx)).await;
                let Some(Ok(frame)) = frame else {
                    return;
                };
                if let Ok(data) = frame.into_data() {
                    let room = limit - body.len();
                    body.extend_from_slice(&data[..data.len().min(room)]);
                }
            }
        };
        self.connection.run(reading).await;
    }
}

/// A stream that is not read before something was written, and then only up to a limit.
///
/// hyper rejects a response that arrives before its request was written; a server that refuses early sends
/// one.
struct RequestFirst<S> {
    stream: S,
    written: bool,
    reader: Option<Waker>,
    /// Bytes that may still be read.
    left: usize,
}

impl<S> RequestFirst<S> {
    fn new(stream: S) -> Self {
        Self {
            stream,
            written: false,
            reader: None,
            left: RESPONSE_LIMIT,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for RequestFirst<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.written {
            this.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if this.left == 0 {
            return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        this.left = this.left.saturating_sub(buffer.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RequestFirst<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.stream).poll_write(cx, bytes));
        this.written = true;
        if let Some(reader) = this.reader.take() {
            reader.wake();
        }
        Poll::Ready(written)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// A stream that gives these bytes and then ends, and takes everything.
    fn stream(bytes: &[u8]) -> impl AsyncRead + AsyncWrite + Send + Unpin + use<> {
        tokio::io::join(io::Cursor::new(bytes.to_vec()), tokio::io::sink())
    }

    fn request(method: http::Method) -> Request {
        let mut request = Request::new(String::new());
        *request.method_mut() = method;
        *request.uri_mut() = "example.com:80".parse().unwrap();
        request
    }

    async fn answer<S>(stream: S) -> Result<Exchange<S>, NoResponse>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        send(stream, request(http::Method::GET)).await
    }

    /// Every way to cut the bytes in two gives the same.
    async fn read(bytes: &[u8], limit: usize) -> (StatusCode, String) {
        let mut seen = None;
        for cut in 0..=bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let reader = io::Cursor::new(first.to_vec()).chain(io::Cursor::new(second.to_vec()));
            let stream = tokio::io::join(reader, tokio::io::sink());
            let Ok(mut exchange) = answer(stream).await else {
                panic!("no response, cut at {cut}");
            };
            let mut body = Vec::new();
            exchange.read_body(limit, &mut body).await;
            let now = (exchange.status(), String::from_utf8(body).unwrap());
            assert_eq!(
                seen.get_or_insert_with(|| now.clone()),
                &now,
                "cut at {cut}"
            );
        }
        seen.unwrap()
    }

    #[tokio::test]
    async fn bodies_are_read_however_their_end_is_reported() {
        for (text, status, body) in [
            (
                "HTTP/1.1 401 No\r\ncontent-length: 4\r\n\r\nkey!more",
                401,
                "key!",
            ),
            (
                "HTTP/1.1 401 No\r\ncontent-length: 9\r\n\r\nkey!",
                401,
                "key!",
            ),
            ("HTTP/1.1 500 \r\n\r\nuntil the end", 500, "until the end"),
            ("HTTP/1.0 500\r\n\r\nold", 500, "old"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200, ""),
            (
                "HTTP/1.1 429 x\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\nz",
                429,
                "abc0123456789",
            ),
            (
                "HTTP/1.1 429 x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
                429,
                "abc",
            ),
            (
                "HTTP/1.1 429 x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
                429,
                "abc",
            ),
            (
                "HTTP/1.1 103 x\r\nlink: a\r\n\r\nHTTP/1.1 403 x\r\ncontent-length: 1\r\n\r\nb",
                403,
                "b",
            ),
        ] {
            let (found, text) = read(text.as_bytes(), 100).await;
            assert_eq!((found.as_u16(), text.as_str()), (status, body));
        }
    }

    #[tokio::test]
    async fn a_body_without_end_is_cut() {
        let endless = format!("HTTP/1.1 500 x\r\n\r\n{}", "x".repeat(300));
        assert_eq!(read(endless.as_bytes(), 100).await.1.len(), 100);
    }

    #[tokio::test]
    async fn what_is_not_http_is_distinguished_from_silence() {
        for bytes in [
            &b"SSH-2.0-OpenSSH_9.6\r\n"[..],
            b"\x15\x03\x01\x00\x02",
            b"HTTP/2 200\r\n\r\n",
        ] {
            let outcome = answer(stream(bytes)).await;
            assert!(matches!(outcome, Err(NoResponse::NotHttp)));
        }
        for bytes in [
            &b""[..],
            b"HTTP/1.1 101 Sw",
            b"HTTP/1.1 100 Continue\r\n\r\n",
        ] {
            let outcome = answer(stream(bytes)).await;
            assert!(matches!(outcome, Err(NoResponse::Closed(_))));
        }
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_is_given_up() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000);
        let long = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(100_000));
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(200));
        for endless in [interim, long, many] {
            let outcome = answer(stream(endless.as_bytes())).await;
            assert!(
                matches!(outcome, Err(NoResponse::NotHttp)),
                "{}",
                &endless[..40]
            );
        }
    }

    #[tokio::test]
    async fn a_response_counts_though_the_request_cannot_be_sent() {
        let (writer, gone) = tokio::io::duplex(1);
        drop(gone);
        let response = io::Cursor::new(b"HTTP/1.1 429 Slow\r\n\r\nSlow: too fast".to_vec());
        let mut exchange = answer(tokio::io::join(response, writer))
            .await
            .ok()
            .unwrap();
        let mut body = Vec::new();
        exchange.read_body(100, &mut body).await;
        assert_eq!(body, b"Slow: too fast");
    }

    #[tokio::test]
    async fn after_a_switch_the_stream_goes_on_where_the_head_ended() {
        for (method, status) in [(http::Method::GET, 101), (http::Method::CONNECT, 200)] {
            let early = io::Cursor::new(format!("HTTP/1.1 {status} x\r\n\r\nearly").into_bytes());
            let (near, mut far) = tokio::io::duplex(1024);
            let (reader, writer) = tokio::io::split(near);
            let stream = tokio::io::join(early.chain(reader), writer);
            let exchange = send(stream, request(method)).await.ok().unwrap();
            let (mut stream, early) = exchange.into_stream().await.ok().unwrap();
            assert_eq!(early, "early");
            far.write_all(b"late").await.unwrap();
            let mut late = [0; 4];
            stream.read_exact(&mut late).await.unwrap();
            assert_eq!(&late, b"late");
            stream.write_all(b"out").await.unwrap();
            drop(stream);
            let mut sent = String::new();
            far.read_to_string(&mut sent).await.unwrap();
            assert!(sent.ends_with("\r\n\r\nout"), "{sent}");
        }
    }
}
