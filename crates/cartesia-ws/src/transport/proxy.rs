//! Proxies: which one, if any, and how it is asked to connect.

use std::fmt;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use cartesia_types::BaseUrl;
use cartesia_types::network::{Proxy, ProxyUrl};
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Method, StatusCode, Uri};
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tower_service::Service;

use crate::Result;
use crate::attempt::{Attempt, Stage};
use crate::http1::{self, NoResponse};

use super::maybe_tls::Tunnel;
use super::tcp;
use super::tls::Tls;

/// Opens tunnels through a proxy.
pub(super) struct ProxyDialer {
    scheme: Scheme,
    /// Without brackets around an IPv6 address.
    host: String,
    port: u16,
    intercept: Intercept,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
    /// The proxy is given an IPv4 address.
    Socks4,
    Socks4a,
    /// The proxy is given an address.
    Socks5,
    Socks5h,
}

impl Scheme {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "http" => Self::Http,
            "https" => Self::Https,
            "socks4" => Self::Socks4,
            "socks4a" => Self::Socks4a,
            "socks5" => Self::Socks5,
            "socks5h" => Self::Socks5h,
            _ => return None,
        })
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks4 => "socks4",
            Self::Socks4a => "socks4a",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            _ => 1080,
        }
    }
}

/// The proxy on the way to `url`, if there is one; an error says what is wrong with the setting.
pub(super) fn choose(
    url: &BaseUrl,
    uri: &Uri,
    proxy: &Proxy,
) -> std::result::Result<Option<ProxyDialer>, String> {
    let matcher = match proxy {
        // What the environment says of proxies is meant for the way out of this machine.
        Proxy::Environment if url.is_loopback() => return Ok(None),
        Proxy::Environment => Matcher::from_system(),
        Proxy::Fixed(fixed) => {
            let written = readable(fixed.url());
            // Whether the proxy is understood is seen only without the exceptions.
            let without_exceptions = Matcher::builder().all(written.as_str()).build();
            let understood = without_exceptions.intercept(uri).and_then(ProxyDialer::new);
            if understood.is_none() {
                return Err(format!("the proxy {} cannot be used", fixed.url()));
            }
            let bypass = fixed.bypass().unwrap_or_default();
            Matcher::builder().all(written).no(bypass).build()
        }
        // `Direct`, and what a later version of the types adds before this crate knows it.
        _ => return Ok(None),
    };
    let Some(intercept) = matcher.intercept(uri) else {
        return Ok(None);
    };
    let unusable = || "the proxy that the environment names cannot be used".to_owned();
    ProxyDialer::new(intercept).map(Some).ok_or_else(unusable)
}

/// The URL with user name and password as URLs have them: `ProxyUrl` takes them as people write them.
fn readable(url: &ProxyUrl) -> String {
    let whole = url.expose();
    let parts = whole
        .split_once("://")
        .and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)));
    let Some((scheme, (user, host))) = parts else {
        return whole.to_owned();
    };
    let mut out = format!("{scheme}://");
    for byte in user.bytes() {
        match byte {
            // What is encoded already stays as it is.
            b':' | b'%' => out.push(char::from(byte)),
            _ => crate::percent::encode_into(&mut out, byte),
        }
    }
    out + "@" + host
}

impl ProxyDialer {
    /// `None` when the address of the proxy is not one.
    fn new(intercept: Intercept) -> Option<Self> {
        let uri = intercept.uri();
        let scheme = Scheme::of(uri.scheme_str()?)?;
        let host = uri.host()?;
        let port = match uri.port_u16() {
            Some(port) => port,
            None if uri.authority()?.as_str().ends_with(host) => scheme.default_port(),
            // A port that is not a number from 0 to 65535.
            None => return None,
        };
        Some(Self {
            scheme,
            host: tcp::bare(host).to_owned(),
            port,
            intercept,
        })
    }

    /// Whether the way to the proxy itself is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Opens a tunnel to a host, given without brackets.
    pub(super) async fn open(
        &self,
        attempt: &Attempt,
        tls: Option<&Tls>,
        host: &str,
        port: u16,
    ) -> Result<Tunnel> {
        let target = self.target(attempt, host, port).await?;
        let stage = Stage::ConnectingToProxy;
        let tcp = tcp::dial(attempt, stage, &self.host, self.port).await?;
        match (self.scheme, tls) {
            (Scheme::Http, _) => self.connect(attempt, tcp, &target).await.map(Tunnel::Plain),
            (Scheme::Https, Some(tls)) => {
                attempt.enter(Stage::Tls);
                let whose = format!("{self}: ");
                let stream = tls.handshake(attempt, &whose, &self.host, tcp).await?;
                let stream = self.connect(attempt, stream, &target).await?;
                Ok(Tunnel::Tls(Box::new(stream)))
            }
            // TLS is always set up for such a proxy.
            (Scheme::Https, None) => Err(attempt.failed(format_args!("{self} needs TLS"))),
            _ => self.socks(attempt, tcp, target).await.map(Tunnel::Plain),
        }
    }

    /// What the proxy is asked to connect to: the host by its name, or by its address where the
    /// proxy is to be given one.
    async fn target(&self, attempt: &Attempt, host: &str, port: u16) -> Result<Uri> {
        let unusable = || attempt.failed("its host name is not usable");
        let wanted: fn(&SocketAddr) -> bool = match self.scheme {
            Scheme::Socks4 => SocketAddr::is_ipv4,
            Scheme::Socks5 => |_| true,
            _ => return tcp::address(host, port).ok_or_else(unusable),
        };
        attempt.enter(Stage::Resolving);
        let unresolved = || attempt.failed("its host name cannot be resolved");
        let mut addresses = tokio::net::lookup_host((host, port))
            .await
            .map_err(|error| unresolved().with_source(error))?;
        let address = addresses.find(wanted).ok_or_else(unresolved)?;
        tcp::address(&address.ip().to_string(), port).ok_or_else(unusable)
    }

    /// Asks for a tunnel by HTTP CONNECT (RFC 9110, section 9.3.6).
    async fn connect<S>(&self, attempt: &Attempt, stream: S, target: &Uri) -> Result<S>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        attempt.enter(Stage::Proxy);
        let no_response = |none| match none {
            NoResponse::Closed(error) => {
                let failed = attempt.failed(format_args!("{self} closed the connection"));
                failed.with_source(error)
            }
            NoResponse::NotHttp => {
                let why = http1::NOT_HTTP;
                attempt.failed(format_args!("{self} is no HTTP proxy: {why}"))
            }
        };
        let exchange = http1::send(stream, self.request(attempt, target)?).await;
        let exchange = exchange.map_err(no_response)?;
        match exchange.status() {
            status if status.is_success() => {
                let (stream, early) = exchange.into_stream().await.map_err(no_response)?;
                if early.is_empty() {
                    return Ok(stream.into_inner());
                }
                // The service does not speak before it is asked.
                Err(attempt.failed(format_args!(
                    "{self} did not open a tunnel: it sent something of its own"
                )))
            }
            StatusCode::PROXY_AUTHENTICATION_REQUIRED if self.intercept.basic_auth().is_some() => {
                Err(attempt.failed(format_args!(
                    "{self} does not accept the user name and password (407)"
                )))
            }
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                Err(attempt.failed(format_args!("{self} wants a user name and password (407)")))
            }
            status => Err(attempt.failed(format_args!("{self} refused to connect ({status})"))),
        }
    }

    fn request(&self, attempt: &Attempt, target: &Uri) -> Result<http1::Request> {
        let unusable = || attempt.failed("its host name is not usable");
        let authority = target.authority().ok_or_else(unusable)?.as_str();
        let host = HeaderValue::from_str(authority).map_err(|_| unusable())?;
        let mut request = http1::Request::new(String::new());
        *request.method_mut() = Method::CONNECT;
        *request.uri_mut() = authority.parse().map_err(|_| unusable())?;
        request.headers_mut().insert(HOST, host);
        if let Some(authorization) = self.intercept.basic_auth() {
            let headers = request.headers_mut();
            headers.insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        Ok(request)
    }

    /// Asks for a tunnel by SOCKS (RFC 1928).
    async fn socks(&self, attempt: &Attempt, tcp: TcpStream, target: Uri) -> Result<TcpStream> {
        attempt.enter(Stage::Proxy);
        let refused = || attempt.failed(format_args!("{self} refused to connect"));
        let uri = self.intercept.uri().clone();
        let established = Established(Some(TokioIo::new(tcp)));
        // Names were resolved by `target`, since the library would block the runtime to do so.
        let stream = if matches!(self.scheme, Scheme::Socks4 | Scheme::Socks4a) {
            let mut proxy = SocksV4::new(uri, established).local_dns(false);
            let outcome = proxy.call(target).await;
            outcome.map_err(|error| refused().with_root_cause(error))?
        } else {
            let mut proxy = SocksV5::new(uri, established).local_dns(false);
            if let Some((user, password)) = self.intercept.raw_auth() {
                proxy = proxy.with_auth(user.to_owned(), password.to_owned());
            }
            let outcome = proxy.call(target).await;
            outcome.map_err(|error| refused().with_root_cause(error))?
        };
        Ok(stream.into_inner())
    }
}

impl fmt::Display for ProxyDialer {
    /// Without user name and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.scheme.as_str();
        if self.host.contains(':') {
            write!(f, "the proxy {scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "the proxy {scheme}://{}:{}", self.host, self.port)
        }
    }
}

/// A connection that is there already, for the SOCKS handshake to be spoken on.
struct Established(Option<TokioIo<TcpStream>>);

impl Service<Uri> for Established {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let taken = self.0.take();
        ready(taken.ok_or_else(|| io::Error::other("the connection was used already")))
    }
}
