//! A proxy that records the traffic between a client and the real service: [`upstream`] reaches the service,
//! [`tap`] and [`socket`] pass on what is said and show it to [`recorder`].

mod recorder;
mod socket;
mod tap;
mod upstream;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, header};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use recorder::{Log, Recorder};
use upstream::Upstream;

use crate::host::Host;
use crate::journal::{Content, secrets};
use crate::recording::line::{Event, Side};
use crate::rejection::Rejection;
use crate::serve::{After, Handler};
use crate::wire::Breaker;
use crate::{hash, middleware, version};

/// A body has no more bytes: it is kept in memory until it is passed on.
const LARGEST_BODY: usize = 256 << 20;

/// Called with one line for each request: method, path and status.
type Observer = Arc<dyn Fn(&str) + Send + Sync>;

/// A proxy between a client and a server of the API, which records their traffic for a
/// [`Replay`](crate::Replay). It stops when it is dropped.
///
/// Requests are forwarded with the credentials of the caller. The recording contains transcripts and audio,
/// but no keys and tokens: they are replaced by `[secret]`, also in answers. Audio is kept as base64, and of
/// files that are sent up only the length and the hash.
///
/// Compression is not passed on, neither of bodies nor of messages, so that the recording can be read.
#[derive(Debug)]
pub struct Proxy {
    host: Host,
}

impl Proxy {
    /// Creates a proxy for the server at a base URL, such as `https://api.cartesia.ai`, that writes to
    /// `file`. An existing file is replaced.
    pub fn builder(upstream: impl Into<String>, file: impl Into<PathBuf>) -> ProxyBuilder {
        ProxyBuilder {
            upstream: upstream.into(),
            file: file.into(),
            bind: (Ipv4Addr::LOCALHOST, 0).into(),
            observer: None,
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

    /// Stops it. Responses in flight have one second to finish; the traffic until then is in the file.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops it at once.
    pub async fn shutdown(self) {
        self.host.shutdown().await;
    }
}

/// Settings of a [`Proxy`].
#[derive(Clone)]
pub struct ProxyBuilder {
    upstream: String,
    file: PathBuf,
    bind: SocketAddr,
    observer: Option<Observer>,
}

impl ProxyBuilder {
    /// Sets the address to listen on; port 0 means any free port. Default: port 0 of 127.0.0.1.
    #[must_use]
    pub fn bind(mut self, address: impl Into<SocketAddr>) -> Self {
        self.bind = address.into();
        self
    }

    /// Calls `observer` with one line for each request: method, path and status, no secret and no text.
    #[must_use]
    pub fn observe(mut self, observer: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Starts on the current tokio runtime. The first request shows whether the upstream can be reached.
    ///
    /// # Errors
    ///
    /// When the base URL is invalid, or would send keys unencrypted to another machine; when there are no
    /// root certificates; when it cannot write the file or listen on the address.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time enabled, as all of tokio.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the proxy: its port is free again. The file may have been created.
    pub async fn start(self) -> io::Result<Proxy> {
        let handler = Relay {
            upstream: Upstream::new(&self.upstream)?,
            recorder: Recorder::create(&self.file)?,
            observer: self.observer,
        };
        let host = Host::start(self.bind, Arc::new(handler)).await?;
        Ok(Proxy { host })
    }
}

impl fmt::Debug for ProxyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyBuilder")
            .field("file", &self.file)
            .field("bind", &self.bind)
            .finish_non_exhaustive()
    }
}

/// Passes requests on.
struct Relay {
    upstream: Upstream,
    recorder: Arc<Recorder>,
    observer: Option<Observer>,
}

impl Relay {
    async fn pass(
        &self,
        request: Request<Incoming>,
        after: &After,
    ) -> Result<Response<Body>, Rejection> {
        let log = self.recorder.begin();
        let (mut parts, body) = request.into_parts();
        let body = to_bytes(Body::new(body), LARGEST_BODY)
            .await
            .map_err(|_| Rejection::too_large(LARGEST_BODY))?;
        let query = middleware::query(&parts.uri).unwrap_or_default();
        log.write(Event::Request {
            method: parts.method.to_string(),
            path: secrets::text(parts.uri.path()).into_owned(),
            query: secrets::pairs(&query),
            headers: scrubbed(&parts.headers),
            body: Content::of_body(&parts.headers, &body).await,
        })?;

        let downstream = parts.extensions.remove::<OnUpgrade>();
        let breaker = parts.extensions.remove::<Breaker>().unwrap_or_default();
        let mut outgoing = Request::new(Body::from(body));
        *outgoing.method_mut() = parts.method;
        *outgoing.uri_mut() = self.target(&parts.uri)?;
        *outgoing.headers_mut() = self.headers(&parts.headers, downstream.is_some());
        let (response, connection) = self.upstream.send(outgoing).await?;

        let (mut head, body) = response.into_parts();
        log.write(Event::Response {
            status: head.status.as_u16(),
            headers: scrubbed(&head.headers),
        })?;
        if head.status == StatusCode::SWITCHING_PROTOCOLS {
            let upstream = head.extensions.remove::<OnUpgrade>();
            let (Some(downstream), Some(upstream)) = (downstream, upstream) else {
                let message = "the upstream switches protocols, and was not asked to";
                return Err(Rejection::upstream(message));
            };
            after.put_until_stopped(socket::pass(downstream, upstream, connection, log));
            return Ok(Response::from_parts(head, Body::empty()));
        }
        for name in OF_CONNECTION {
            head.headers.remove(name);
        }
        let body = tap::body(body, &head.headers, connection, breaker, log);
        Ok(Response::from_parts(head, body))
    }

    /// Path and query behind the path of the base URL.
    fn target(&self, uri: &Uri) -> Result<Uri, Rejection> {
        let asked = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let target = format!("{}{asked}", self.upstream.path());
        target
            .parse()
            .map_err(|_| Rejection::bad_request("the path is not readable"))
    }

    /// The headers to pass on: all except those of the connection and those that request compression.
    fn headers(&self, headers: &HeaderMap, upgrades: bool) -> HeaderMap {
        let mut headers = headers.clone();
        for name in [header::ACCEPT_ENCODING, header::SEC_WEBSOCKET_EXTENSIONS] {
            headers.remove(name);
        }
        headers.insert(header::HOST, self.upstream.host().clone());
        let wants = headers.get(header::UPGRADE).cloned();
        for name in OF_CONNECTION {
            headers.remove(name);
        }
        if let Some(protocol) = wants.filter(|_| upgrades) {
            headers.insert(header::UPGRADE, protocol);
            headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        }
        headers
    }
}

/// Headers that are about one connection, not about what is said on it.
const OF_CONNECTION: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Handler for Arc<Relay> {
    async fn answer(self, request: Request<Incoming>, after: After) -> Response<Body> {
        let version = version::of(request.headers()).ok().flatten();
        let path = secrets::text(request.uri().path()).into_owned();
        let what = format!("{} {path}", request.method());
        let response = match self.pass(request, &after).await {
            Ok(response) => response,
            Err(rejection) => {
                let number = hash::stable(&[what.as_bytes()]);
                rejection.render(version.unwrap_or_default(), &hash::uuid(number))
            }
        };
        if let Some(observer) = &self.observer {
            observer(&format!("{what} {}", response.status().as_u16()));
        }
        response
    }
}

/// Headers without secrets, as they are recorded.
fn scrubbed(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let pairs: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect();
    secrets::pairs(&pairs)
}

/// The end of a response or connection.
fn end(log: &Log, from: Side, complete: bool) {
    // There is no request to report it to; the next request gets the error.
    let _ = log.write(Event::End { from, complete });
}
