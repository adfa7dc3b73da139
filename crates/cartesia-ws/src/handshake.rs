//! The opening handshake of a WebSocket (RFC 6455, section 4.1) as data: what is sent, and what the
//! answer means.

use std::fmt;
use std::time::{Duration, SystemTime};

use cartesia_types::{AccessToken, ApiError, ApiKey, ApiVersion, ErrorKind};
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use crate::Error;
use crate::Result;
use crate::config::Shared;
use crate::connect::Attempt;
use crate::http1::{self, Answer, NoAnswer};

/// How this client names itself, in `User-Agent` and `X-Cartesia-Client`.
const CLIENT_NAME: &str = concat!("cartesia-rust/", env!("CARGO_PKG_VERSION"));

const VERSION_HEADER: HeaderName = HeaderName::from_static("cartesia-version");
const CLIENT_HEADER: HeaderName = HeaderName::from_static("x-cartesia-client");
const KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// Bytes of a refusal's body that are read; errors are short, and what is not one may be endless.
const REFUSAL_LIMIT: usize = 64 * 1024;
/// How long a refusal's body may keep the error waiting.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(5);

/// The headers that make the handshake, and may not be set by anybody else.
pub(crate) fn is_reserved(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.starts_with("sec-websocket-")
        || [
            "connection",
            "upgrade",
            "host",
            "content-length",
            "transfer-encoding",
            "expect",
        ]
        .contains(&name)
}

/// The key or token of one connection.
#[derive(Debug, Clone)]
pub(crate) enum Secret {
    Key(ApiKey),
    Token(AccessToken),
}

impl Secret {
    pub(crate) fn expose(&self) -> &str {
        match self {
            Self::Key(key) => key.expose(),
            Self::Token(token) => token.expose(),
        }
    }
}

/// The request for a WebSocket, complete but for the key that each try draws.
///
/// It has no `Debug`: it holds the credential.
pub(crate) struct Request {
    /// Path and query.
    target: String,
    host: String,
    headers: HeaderMap,
    secret: Secret,
}

impl Request {
    pub(crate) fn new(
        shared: &Shared,
        operation: &'static str,
        path: &str,
        secret: Secret,
    ) -> Result<Self> {
        let uri = shared.base_url.join_websocket(path);
        let unusable = || {
            let message = "the request could not be built";
            Error::new(ErrorKind::Config, operation, message)
        };
        let uri: Uri = uri.parse().map_err(|_| unusable())?;
        let mut request = Self {
            target: uri.path_and_query().ok_or_else(unusable)?.to_string(),
            host: uri.authority().ok_or_else(unusable)?.to_string(),
            headers: HeaderMap::new(),
            secret,
        };
        let headers = &mut request.headers;
        headers.insert(USER_AGENT, HeaderValue::from_static(CLIENT_NAME));
        headers.insert(CLIENT_HEADER, HeaderValue::from_static(CLIENT_NAME));
        let version = HeaderValue::try_from(shared.api_version.to_string());
        headers.insert(VERSION_HEADER, version.map_err(|_| unusable())?);
        match &request.secret {
            Secret::Token(token) if shared.token_in_query => {
                let mark = if request.target.contains('?') {
                    '&'
                } else {
                    '?'
                };
                request.target.push(mark);
                request.target.push_str("access_token=");
                request.target.push_str(&encoded(token.expose()));
            }
            secret => {
                let (name, value) = authorization(shared.api_version, secret);
                headers.insert(name, value);
            }
        }
        headers.extend(shared.headers.clone());
        Ok(request)
    }

    /// The bytes to send. Names are written as RFC 6455 writes them, since there are servers that do
    /// not know them otherwise.
    fn encode(&self, key: &str) -> Vec<u8> {
        let mut bytes = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n",
            self.target, self.host
        )
        .into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

/// Bearer authorization is documented since 2025-04-16; before that a key had a header of its own.
fn authorization(version: ApiVersion, secret: &Secret) -> (HeaderName, HeaderValue) {
    let (name, text) = match secret {
        Secret::Key(key) if version < ApiVersion::V2025_04_16 => {
            (KEY_HEADER, key.expose().to_owned())
        }
        _ => (AUTHORIZATION, format!("Bearer {}", secret.expose())),
    };
    // Credentials are made of visible ASCII, so this cannot fail; an empty value would be answered
    // with 401.
    let mut value = HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    (name, value)
}

/// Everything encoded that RFC 3986 does not call unreserved.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        encode_into(&mut out, byte);
    }
    out
}

/// Adds a byte as a URL has it, encoded unless RFC 3986 calls it unreserved.
pub(crate) fn encode_into(out: &mut String, byte: u8) {
    use std::fmt::Write as _;
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            out.push(char::from(byte));
        }
        // Writing to a string cannot fail.
        _ => _ = write!(out, "%{byte:02X}"),
    }
}

/// What the service said when it opened a connection.
#[derive(Clone)]
pub struct Handshake {
    headers: HeaderMap,
}

impl Handshake {
    /// The id to quote to the vendor's support (`x-request-id`).
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// The headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

impl fmt::Debug for Handshake {
    /// Leaves the header values out: a proxy may echo what it was sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("request_id", &self.request_id())
            .finish_non_exhaustive()
    }
}

fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-request-id")?.to_str().ok()
}

/// Asks for the upgrade, and gives what the server said and what it sent beyond its answer.
///
/// `key` is the one that was drawn for this connection, `accept` the answer that it calls for.
pub(crate) async fn perform<S>(
    stream: &mut S,
    request: &Request,
    attempt: &Attempt,
    key: &str,
    accept: &str,
) -> Result<(Handshake, Vec<u8>)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let bytes = request.encode(key);
    let sent = async {
        stream.write_all(&bytes).await?;
        stream.flush().await
    };
    // A server may refuse, and close, before it has read the request: its answer says more than the
    // broken connection does.
    let sent = sent.await;
    let answer = match http1::read_answer(stream).await {
        Ok(answer) => answer,
        Err(NoAnswer::NotHttp(why)) => {
            let message = format!("{} is no WebSocket server: {why}", attempt.host);
            return Err(Error::new(ErrorKind::Protocol, attempt.operation, message));
        }
        Err(NoAnswer::Closed(error)) => {
            let message = format!("{} closed the connection without a response", attempt.host);
            let closed = Error::new(ErrorKind::Closed, attempt.operation, message);
            return Err(match error.or(sent.err()) {
                Some(error) => closed.with_source(error),
                None => closed,
            });
        }
    };
    if !answer.status.is_informational() {
        return Err(refused(stream, attempt, answer).await);
    }
    let handshake = Handshake {
        headers: answer.headers.clone(),
    };
    match mistake(&answer, accept) {
        None => Ok((handshake, answer.rest)),
        Some(why) => {
            let message = format!("{} is no WebSocket server: {why}", attempt.host);
            Err(Error::new(ErrorKind::Protocol, attempt.operation, message)
                .with_status(answer.status)
                .with_request_id(handshake.request_id().map(str::to_owned)))
        }
    }
}

/// What is wrong with an answer that agrees to the upgrade.
fn mistake(answer: &Answer, accept: &str) -> Option<&'static str> {
    if !answer.lists("upgrade", "websocket") || !answer.lists("connection", "upgrade") {
        return Some("it switched to another protocol");
    }
    if answer.header("sec-websocket-accept") != Some(accept) {
        return Some("its answer does not fit the request (Sec-WebSocket-Accept)");
    }
    let unasked = ["sec-websocket-extensions", "sec-websocket-protocol"];
    let found = unasked.into_iter().any(|name| {
        let value = answer.header(name);
        value.is_some_and(|text| !text.is_empty())
    });
    found.then_some("it chose an extension or a subprotocol that was not offered")
}

/// The error of an answer that is no upgrade.
async fn refused<S>(stream: &mut S, attempt: &Attempt, answer: Answer) -> Error
where
    S: AsyncRead + Unpin,
{
    let status = answer.status;
    let id = request_id(&answer.headers).map(str::to_owned);
    let retry_after = retry_after(&answer.headers, SystemTime::now());
    let plain = |message: String| {
        Error::new(ErrorKind::Protocol, attempt.operation, message)
            .with_status(status)
            .with_request_id(id.clone())
    };
    if status.is_redirection() {
        return plain(format!(
            "refusing to follow a redirect ({status}) to another origin: it would leak the credential"
        ));
    }
    if status.is_success() {
        return plain(format!(
            "{} is no WebSocket server: it answered {status} instead of switching protocols",
            attempt.host
        ));
    }
    let mut body = Vec::new();
    let limit = Instant::now() + REFUSAL_TIMEOUT;
    let reading = http1::read_body(stream, answer, REFUSAL_LIMIT, &mut body);
    // Without its whole body the error is poorer, but still the error to report.
    let _ = timeout_at(limit.min(attempt.deadline), reading).await;
    Error::api(
        attempt.operation,
        ApiError::from_body(status.as_u16(), &body),
    )
    .with_status(status)
    .with_request_id(id)
    .with_retry_after(retry_after)
}

/// The wait that the service asks for. A date in the past is no wait at all.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let header = |name| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(millis) = header("retry-after-ms").and_then(|text| text.parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(millis / 1_000.0).ok();
    }
    let text = header("retry-after")?;
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Connector;

    /// The server has closed the connection by the time when the request is written.
    #[tokio::test]
    async fn a_refusal_is_read_even_if_the_request_cannot_be_sent() {
        let connector = Connector::new().api_key("sk_canary");
        let shared = connector.base_url("ws://127.0.0.1:1").share().unwrap();
        let secret = Secret::Key(ApiKey::new("sk_canary").unwrap());
        let request = Request::new(&shared, "tts.connect", "/tts/websocket", secret).unwrap();
        let deadline = Instant::now() + Duration::from_secs(5);
        let attempt = Attempt::new("tts.connect", "127.0.0.1", deadline);
        for (answer, kind) in [
            (
                "HTTP/1.1 429 Slow\r\n\r\nSlow: too fast",
                ErrorKind::RateLimited,
            ),
            ("", ErrorKind::Closed),
        ] {
            let (writer, gone) = tokio::io::duplex(1);
            drop(gone);
            let mut stream = tokio::io::join(answer.as_bytes(), writer);
            let outcome = perform(&mut stream, &request, &attempt, "key", "accept").await;
            let error = outcome.err().unwrap();
            assert_eq!(error.kind(), kind, "{error}");
            // Where nothing was said, the broken connection is the cause.
            let cause = std::error::Error::source(&error).is_some();
            assert_eq!(cause, kind == ErrorKind::Closed);
        }
    }
}
