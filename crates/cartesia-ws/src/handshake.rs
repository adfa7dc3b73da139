//! The opening handshake of a WebSocket (RFC 6455, section 4.1) as data: the request, and the meaning of the
//! answer.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cartesia_core::Secret;
use cartesia_core::headers::{common, request_id, retry_after};
use cartesia_core::url::encode;
use cartesia_types::{ApiError, ErrorKind};
use http::header::{
    CONNECTION, HOST, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};

use crate::Error;
use crate::Result;
use crate::attempt::{Attempt, ConnectTimes};
use crate::half_close::HalfClose;
use crate::http1::{self, Exchange, NoResponse};
use crate::shared::Shared;

/// Bytes of a refusal's body that are read; errors are short, and what is not one may be endless.
const REFUSAL_LIMIT: usize = 64 * 1024;
/// How long a refusal's body may keep the error waiting.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(5);

/// The request for a WebSocket, complete but for the key that each attempt draws.
///
/// It has no `Debug`: it holds the credential.
pub(crate) struct Request {
    /// Path and query.
    target: Uri,
    headers: HeaderMap,
}

impl Request {
    pub(crate) fn new(
        shared: &Shared,
        operation: &'static str,
        path: &str,
        secret: &Secret,
    ) -> Result<Self> {
        let uri = shared.base_url.join_websocket(path);
        let unusable = || {
            let message = "the request could not be built";
            Error::new(ErrorKind::Config, operation, message)
        };
        let uri: Uri = uri.parse().map_err(|_| unusable())?;
        let mut target = uri.path_and_query().ok_or_else(unusable)?.to_string();
        let host = uri.authority().ok_or_else(unusable)?.as_str();
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().map_err(|_| unusable())?);
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        headers.extend(common(shared.api_version));
        match secret {
            Secret::Token(token) if shared.token_in_query => {
                target.push(if target.contains('?') { '&' } else { '?' });
                target.push_str("access_token=");
                target.push_str(&encode(token.expose()));
            }
            secret => {
                let (name, value) = secret.header(shared.api_version);
                headers.insert(name, value);
            }
        }
        headers.extend(shared.headers.clone());
        Ok(Self {
            target: target.parse().map_err(|_| unusable())?,
            headers,
        })
    }

    /// The request with the key of this attempt; `None` if that is not a header value.
    fn with_key(&self, key: &str) -> Option<http1::Request> {
        let mut request = http1::Request::new(String::new());
        *request.uri_mut() = self.target.clone();
        *request.headers_mut() = self.headers.clone();
        let key = HeaderValue::from_str(key).ok()?;
        request.headers_mut().insert(SEC_WEBSOCKET_KEY, key);
        Some(request)
    }
}

/// The service's answer to the opening of a connection.
#[derive(Clone)]
pub struct Handshake {
    headers: HeaderMap,
    times: ConnectTimes,
}

impl Handshake {
    /// Returns the id to quote to the vendor's support (`x-request-id`).
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// Returns the headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the time that the connection took to open, phase by phase.
    pub fn times(&self) -> ConnectTimes {
        self.times
    }
}

impl fmt::Debug for Handshake {
    /// Leaves the header values out: a proxy may echo what it was sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("request_id", &self.request_id())
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

/// Requests the upgrade. Returns the server's answer, the stream, and the bytes that were already read from
/// it.
///
/// `key` is the random key of this connection, `accept` the value that the server must answer it with.
pub(crate) async fn perform<S>(
    stream: S,
    request: &Request,
    attempt: &Attempt,
    key: &str,
    accept: &str,
) -> Result<(Handshake, HalfClose<S>, Bytes)>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let no_server = |why: &str| {
        let message = format!("{} is not a WebSocket server: {why}", attempt.host);
        Error::new(ErrorKind::Protocol, attempt.operation, message)
    };
    let no_response = |none| match none {
        NoResponse::NotHttp => no_server(http1::NOT_HTTP),
        NoResponse::Closed(error) => {
            let message = format!("{} closed the connection without a response", attempt.host);
            Error::new(ErrorKind::Closed, attempt.operation, message).with_source(error)
        }
    };
    let sent = request.with_key(key).ok_or_else(|| {
        let message = "the request could not be built";
        Error::new(ErrorKind::Config, attempt.operation, message)
    })?;
    let exchange = http1::send(stream, sent).await.map_err(no_response)?;
    if !exchange.status().is_informational() {
        return Err(refused(attempt, exchange).await);
    }
    let status = exchange.status();
    let handshake = Handshake {
        headers: exchange.headers().clone(),
        times: attempt.times(),
    };
    if let Some(why) = mistake(&handshake.headers, accept) {
        return Err(no_server(why)
            .with_status(status)
            .with_request_id(handshake.request_id().map(str::to_owned)));
    }
    let (stream, early) = exchange.into_stream().await.map_err(no_response)?;
    Ok((handshake, stream, early))
}

/// Returns the mistake in a response that accepts the upgrade, if there is one.
fn mistake(headers: &HeaderMap, accept: &str) -> Option<&'static str> {
    let lists = |name: HeaderName, word| http1::lists(headers, name.as_str(), word);
    let header = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    if !lists(UPGRADE, "websocket") || !lists(CONNECTION, "upgrade") {
        return Some("it switched to another protocol");
    }
    if header(SEC_WEBSOCKET_ACCEPT) != Some(accept) {
        return Some("its answer does not fit the request (Sec-WebSocket-Accept)");
    }
    let unasked = [SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL];
    let found = unasked
        .into_iter()
        .any(|name| header(name).is_some_and(|text| !text.is_empty()));
    found.then_some("it chose an extension or a subprotocol that was not offered")
}

/// The error of a response that is no upgrade.
async fn refused<S>(attempt: &Attempt, mut exchange: Exchange<S>) -> Error
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let status = exchange.status();
    let id = request_id(exchange.headers()).map(str::to_owned);
    let retry_after = retry_after(exchange.headers(), SystemTime::now());
    let plain = |message: String| {
        Error::new(ErrorKind::Protocol, attempt.operation, message)
            .with_status(status)
            .with_request_id(id.clone())
    };
    if status.is_redirection() {
        return plain(format!(
            "refusing to follow a redirect ({status}): it could leak the credential"
        ));
    }
    if status.is_success() {
        return plain(format!(
            "{} is not a WebSocket server: it answered {status} instead of switching protocols",
            attempt.host
        ));
    }
    let mut body = Vec::new();
    let limit = Instant::now() + REFUSAL_TIMEOUT;
    let reading = exchange.read_body(REFUSAL_LIMIT, &mut body);
    // Even with a partial body, this is the error to report.
    let _ = timeout_at(limit.min(attempt.deadline), reading).await;
    Error::api(
        attempt.operation,
        ApiError::from_body(status.as_u16(), &body),
    )
    .with_status(status)
    .with_request_id(id)
    .with_retry_after(retry_after)
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
        let secret = Secret::Key(cartesia_core::ApiKey::new("sk_canary").unwrap());
        let request = Request::new(&shared, "tts.connect", "/tts/websocket", &secret).unwrap();
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
            let stream = tokio::io::join(answer.as_bytes(), writer);
            let outcome = perform(stream, &request, &attempt, "key", "accept").await;
            let error = outcome.err().unwrap();
            assert_eq!(error.kind(), kind, "{error}");
        }
    }
}
