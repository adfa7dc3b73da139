//! A server that replays recorded answers: [`matching`] finds them, [`body`] and [`socket`] send them.

mod body;
mod matching;
mod socket;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use matching::Asked;

use crate::host::Host;
use crate::journal::{Content, secrets};
use crate::pace::Pace;
use crate::recording::{Exchange, Recording};
use crate::rejection::Rejection;
use crate::serve::{After, Handler};
use crate::wire::Breaker;
use crate::{hash, middleware, version};

/// A body has no more bytes; larger ones could not be recorded either.
const LARGEST_BODY: usize = 256 << 20;

/// A server that answers requests from a [`Recording`]. It stops when it is dropped.
///
/// A request is the same as a recorded one when method, path, query and body are the same, whatever its
/// headers and credentials, and whatever its `context_id`: responses name the one that the client uses now.
/// The same request a second time gets the second response that was recorded for it, and the last one from
/// then on. Any other request gets 404, the code `not_recorded`, and the requests that the recording expects.
///
/// On WebSockets each context is a conversation of its own: the recorded answer is sent once the client has
/// sent the messages before it. Messages without a context are one conversation.
#[derive(Debug)]
pub struct Replay {
    host: Host,
}

impl Replay {
    /// Replays a recording.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use cartesia_mock::{Recording, Replay};
    ///
    /// let recording: Recording = r#"
    /// {"exchange":1,"at_ms":0,"event":"request","method":"GET","path":"/","query":[],"headers":[],"body":null}
    /// {"exchange":1,"at_ms":3,"event":"response","status":200,"headers":[]}
    /// "#
    /// .parse()?; // or `Recording::read(path)`
    /// let replay = Replay::builder(recording).start().await?;
    /// println!("point a client at {}", replay.url());
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(recording: Recording) -> ReplayBuilder {
        ReplayBuilder {
            recording,
            bind: (Ipv4Addr::LOCALHOST, 0).into(),
            pace: Pace::Fast,
        }
    }

    /// Returns the base URL for clients, for example `http://127.0.0.1:49152`; no slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// Returns the address that it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.host.addr()
    }

    /// Stops it. Responses in flight have one second to finish.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops it at once.
    pub async fn shutdown(self) {
        self.host.shutdown().await;
    }
}

/// Settings of a [`Replay`].
#[derive(Debug, Clone)]
pub struct ReplayBuilder {
    recording: Recording,
    bind: SocketAddr,
    pace: Pace,
}

impl ReplayBuilder {
    /// Sets the address to listen on; port 0 means any free port. Default: port 0 of 127.0.0.1.
    #[must_use]
    pub fn bind(mut self, address: impl Into<SocketAddr>) -> Self {
        self.bind = address.into();
        self
    }

    /// Sets how fast it answers: at once, or with the timing of the recording. Default: [`Pace::Fast`].
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Starts on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When it cannot listen on the address.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time enabled, as all of tokio.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the server: its port is free again.
    pub async fn start(self) -> io::Result<Replay> {
        let handler = Player {
            exchanges: self.recording.exchanges,
            pace: self.pace,
            requests: AtomicU64::new(0),
            answered: Mutex::default(),
        };
        let host = Host::start(self.bind, Arc::new(handler)).await?;
        Ok(Replay { host })
    }
}

/// Answers from a recording.
struct Player {
    exchanges: Vec<Exchange>,
    pace: Pace,
    requests: AtomicU64,
    /// How often each request was answered, by the first exchange that does.
    answered: Mutex<HashMap<usize, usize>>,
}

impl Player {
    /// The exchange that answers a request now.
    fn pick(&self, asked: &Asked) -> Result<&Exchange, String> {
        let fitting = matching::find(&self.exchanges, asked)?;
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let first = fitting.first().copied().unwrap_or_default();
        let count = answered.entry(first).or_default();
        let index = fitting.get(*count).or(fitting.last());
        *count += 1;
        index
            .and_then(|index| self.exchanges.get(*index))
            .ok_or_else(|| "the recording is empty".to_owned())
    }

    async fn play(
        &self,
        request: Request<Incoming>,
        after: &After,
    ) -> Result<Response<Body>, Rejection> {
        let (mut parts, body) = request.into_parts();
        let body = to_bytes(Body::new(body), LARGEST_BODY)
            .await
            .map_err(|_| Rejection::too_large(LARGEST_BODY))?;
        let query = middleware::query(&parts.uri)?;
        let mut query = secrets::pairs(&query);
        query.sort();
        let asked = Asked {
            method: parts.method.to_string(),
            path: secrets::text(parts.uri.path()).into_owned(),
            query,
            body: Content::of_body(&parts.headers, &body).await,
        };
        let exchange = self.pick(&asked).map_err(Rejection::not_recorded)?;
        tokio::time::sleep(self.pace.delay(Duration::from_millis(exchange.began))).await;
        let status = StatusCode::from_u16(exchange.status).unwrap_or(StatusCode::BAD_GATEWAY);
        let mut headers = recorded_headers(exchange);
        if status == StatusCode::SWITCHING_PROTOCOLS {
            let key = parts.headers.get(header::SEC_WEBSOCKET_KEY);
            let upgrade = parts.extensions.remove::<OnUpgrade>();
            let (Some(key), Some(upgrade)) = (key, upgrade) else {
                let message =
                    "the recording has a WebSocket for this, and the request asks for none";
                return Err(Rejection::bad_request(message));
            };
            let accept = crate::socket::accept_key(key.as_bytes());
            if let Ok(accept) = HeaderValue::try_from(accept) {
                headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
            }
            headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            after.put_until_stopped(socket::play(upgrade, exchange.clone(), self.pace));
            let mut response = Response::new(Body::empty());
            (*response.status_mut(), *response.headers_mut()) = (status, headers);
            return Ok(response);
        }
        let context = asked.body.as_ref().and_then(matching::context_of);
        let breaker = parts.extensions.remove::<Breaker>();
        let body = body::of(exchange, context, self.pace, breaker);
        let mut response = Response::new(body);
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        Ok(response)
    }
}

impl Handler for Arc<Player> {
    async fn answer(self, request: Request<Incoming>, after: After) -> Response<Body> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let version = version::of(request.headers()).ok().flatten();
        match self.play(request, &after).await {
            Ok(response) => response,
            Err(rejection) => rejection.render(version.unwrap_or_default(), &hash::uuid(number)),
        }
    }
}

/// The headers of a recorded response, but for those that belong to one connection.
fn recorded_headers(exchange: &Exchange) -> HeaderMap {
    const OF_CONNECTION: [&str; 8] = [
        "connection",
        "content-length",
        "date",
        "keep-alive",
        "sec-websocket-accept",
        "set-cookie",
        "transfer-encoding",
        "upgrade",
    ];
    let kept = exchange
        .headers
        .iter()
        .filter(|(name, _)| !OF_CONNECTION.contains(&name.as_str()));
    kept.filter_map(|(name, value)| {
        let name = HeaderName::try_from(name).ok()?;
        Some((name, HeaderValue::try_from(value).ok()?))
    })
    .collect()
}
