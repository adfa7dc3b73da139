//! As much of HTTP/1.1 as opening a connection takes: the answer to one request, of a server or of a
//! proxy.
//!
//! It is written here because the WebSocket library gives of a refusal no more than what arrived
//! together with its head, and logs requests with their credential.

use std::io;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Bytes that a head may have, interim answers before it included.
const HEAD_LIMIT: usize = 32 * 1024;
/// Header fields that a head may have.
const MAX_HEADERS: usize = 128;
/// Bytes that the line before a chunk may have.
const CHUNK_LINE_LIMIT: usize = 1024;
/// Room that is made for one read.
const READ_SIZE: usize = 4 * 1024;

/// Status and headers of an answer, and what was read after them.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) rest: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// The connection ended, or broke, before a head was complete.
    Closed(Option<io::Error>),
    /// What came is not HTTP, or no head of it ever ends.
    NotHttp(&'static str),
}

impl Answer {
    /// A header as text, without surrounding white space.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// Whether a header that lists words has this one.
    pub(crate) fn lists(&self, name: &str, word: &str) -> bool {
        let values = self.headers.get_all(name).iter();
        values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|found| found.trim().eq_ignore_ascii_case(word))
    }
}

/// Reads the head of the final answer, past interim ones such as 103.
pub(crate) async fn read_answer<S>(stream: &mut S) -> Result<Answer, NoAnswer>
where
    S: AsyncRead + Unpin,
{
    let mut received = Vec::new();
    let mut interim = 0;
    loop {
        if let Some((length, answer)) = parse(&received)? {
            received.drain(..length);
            if answer.status.is_informational() && answer.status != StatusCode::SWITCHING_PROTOCOLS
            {
                interim += length;
                continue;
            }
            return Ok(Answer {
                rest: received,
                ..answer
            });
        }
        if interim + received.len() > HEAD_LIMIT {
            return Err(NoAnswer::NotHttp("the head of its answer does not end"));
        }
        received.reserve(READ_SIZE);
        match stream.read_buf(&mut received).await {
            Ok(0) => return Err(NoAnswer::Closed(None)),
            Ok(_) => {}
            Err(error) => return Err(NoAnswer::Closed(Some(error))),
        }
    }
}

/// A head, and how long it is; `None` when it is not complete.
fn parse(received: &[u8]) -> Result<Option<(usize, Answer)>, NoAnswer> {
    let not_http = || NoAnswer::NotHttp("it does not speak HTTP/1.1");
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let length = match head.parse(received) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(not_http()),
    };
    let code = head.code.and_then(|code| StatusCode::from_u16(code).ok());
    let mut answer = Answer {
        status: code.ok_or_else(not_http)?,
        headers: HeaderMap::with_capacity(head.headers.len()),
        rest: Vec::new(),
    };
    for header in head.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| not_http())?;
        let value = HeaderValue::from_bytes(header.value).map_err(|_| not_http())?;
        answer.headers.append(name, value);
    }
    Ok(Some((length, answer)))
}

/// Reads the body of an answer, but no more than `limit` bytes of it. Whatever goes wrong, and if the
/// future is dropped: `body` holds what arrived.
pub(crate) async fn read_body<S>(stream: &mut S, answer: Answer, limit: usize, body: &mut Vec<u8>)
where
    S: AsyncRead + Unpin,
{
    let mut framing = Framing::of(&answer);
    let mut received = answer.rest;
    loop {
        let (taken, ended) = framing.take(&received, body);
        body.truncate(limit);
        if ended || body.len() == limit {
            return;
        }
        received.drain(..taken);
        received.reserve(READ_SIZE);
        if !matches!(stream.read_buf(&mut received).await, Ok(1..)) {
            return;
        }
    }
}

/// How the end of a body is told (RFC 9112, section 6.3).
enum Framing {
    /// This many bytes are to come.
    Length(u64),
    /// In chunks, of the current one of which this many bytes are to come.
    Chunked(u64),
    UntilClose,
}

impl Framing {
    fn of(answer: &Answer) -> Self {
        if answer.lists("transfer-encoding", "chunked") {
            return Self::Chunked(0);
        }
        let length = answer.header("content-length");
        length
            .and_then(|text| text.parse().ok())
            .map_or(Self::UntilClose, Self::Length)
    }

    /// Moves what belongs to the body into it. Gives how many bytes are used up, and whether the body
    /// is complete, or broken beyond reading on.
    fn take(&mut self, input: &[u8], body: &mut Vec<u8>) -> (usize, bool) {
        match self {
            Self::UntilClose => {
                body.extend_from_slice(input);
                (input.len(), false)
            }
            Self::Length(left) => {
                let taken = take_some(left, input, body);
                (taken, *left == 0)
            }
            Self::Chunked(left) => take_chunks(left, input, body),
        }
    }
}

/// Moves at most `left` bytes.
fn take_some(left: &mut u64, input: &[u8], body: &mut Vec<u8>) -> usize {
    let taken = usize::try_from(*left).map_or(input.len(), |left| left.min(input.len()));
    body.extend_from_slice(&input[..taken]);
    *left = left.saturating_sub(taken as u64);
    taken
}

fn take_chunks(left: &mut u64, input: &[u8], body: &mut Vec<u8>) -> (usize, bool) {
    let mut at = 0;
    loop {
        at += take_some(left, &input[at..], body);
        if *left > 0 {
            return (at, false);
        }
        // A line end stands after each chunk, and none before the first.
        let line = &input[at..];
        let skipped = if line.starts_with(b"\r\n") { 2 } else { 0 };
        match httparse::parse_chunk_size(&line[skipped..]) {
            Ok(httparse::Status::Complete((_, 0))) | Err(_) => return (at, true),
            Ok(httparse::Status::Complete((length, size))) => {
                at += skipped + length;
                *left = size;
            }
            Ok(httparse::Status::Partial) => return (at, line.len() > CHUNK_LINE_LIMIT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way to cut the bytes in two gives the same.
    async fn read(bytes: &[u8], limit: usize) -> (StatusCode, String) {
        let mut seen = None;
        for cut in 0..=bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let mut stream = first.chain(second);
            let answer = read_answer(&mut stream).await.unwrap();
            let (status, mut body) = (answer.status, Vec::new());
            read_body(&mut stream, answer, limit, &mut body).await;
            let now = (status, String::from_utf8(body).unwrap());
            assert_eq!(
                seen.get_or_insert_with(|| now.clone()),
                &now,
                "cut at {cut}"
            );
        }
        seen.unwrap()
    }

    #[tokio::test]
    async fn bodies_are_read_however_their_end_is_told() {
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
    async fn what_is_not_http_is_told_from_silence() {
        for bytes in [
            &b"SSH-2.0-OpenSSH_9.6\r\n"[..],
            b"\x15\x03\x01\x00\x02",
            b"HTTP/2 200\r\n\r\n",
        ] {
            let outcome = read_answer(&mut &*bytes).await;
            assert!(matches!(outcome, Err(NoAnswer::NotHttp(_))));
        }
        for bytes in [
            &b""[..],
            b"HTTP/1.1 101 Sw",
            b"HTTP/1.1 100 Continue\r\n\r\n",
        ] {
            let outcome = read_answer(&mut &*bytes).await;
            assert!(matches!(outcome, Err(NoAnswer::Closed(None))));
        }
        let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(2_000);
        let outcome = read_answer(&mut interim.as_bytes()).await;
        assert!(matches!(outcome, Err(NoAnswer::NotHttp(_))));
        let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(100_000));
        let outcome = read_answer(&mut endless.as_bytes()).await;
        assert!(matches!(outcome, Err(NoAnswer::NotHttp(_))));
    }
}
