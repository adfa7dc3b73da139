//! Proxies: which one, if any, and how it is asked to connect.

use std::fmt;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use cartesia_types::BaseUrl;
use cartesia_types::network::{Proxy, ProxyUrl};
use http::{HeaderValue, StatusCode, Uri};
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower_service::Service;

use crate::Result;
use crate::connect::{Attempt, Stage};
use crate::http1::{self, NoAnswer};

use super::tls::Tls;
use super::{Link, bare, tcp};

/// A proxy that connections go through.
pub(super) struct Hop {
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
) -> std::result::Result<Option<Hop>, String> {
    let matcher = match proxy {
        // What the environment says of proxies is meant for the way out of this machine.
        Proxy::Environment if url.is_loopback() => return Ok(None),
        Proxy::Environment => Matcher::from_system(),
        Proxy::Fixed(fixed) => {
            let written = readable(fixed.url());
            // Whether the proxy is understood is seen only without the exceptions.
            let without_exceptions = Matcher::builder().all(written.as_str()).build();
            let understood = without_exceptions.intercept(uri).and_then(Hop::new);
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
    Hop::new(intercept).map(Some).ok_or_else(unusable)
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
            _ => crate::handshake::encode_into(&mut out, byte),
        }
    }
    out + "@" + host
}

impl Hop {
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
            host: bare(host).to_owned(),
            port,
            intercept,
        })
    }

    /// Whether the way to the proxy itself is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Opens a connection to a host, given without brackets, through the proxy.
    pub(super) async fn open(
        &self,
        attempt: &Attempt,
        tls: Option<&Tls>,
        host: &str,
        port: u16,
    ) -> Result<Link> {
        let target = self.target(attempt, host, port).await?;
        let stage = Stage::ConnectingToProxy;
        let tcp = tcp::dial(attempt, stage, &self.host, self.port).await?;
        match (self.scheme, tls) {
            (Scheme::Http, _) => {
                let mut tcp = tcp;
                self.connect(attempt, &mut tcp, &target).await?;
                Ok(Link::Tcp(tcp))
            }
            (Scheme::Https, Some(tls)) => {
                attempt.enter(Stage::Tls);
                let whose = format!("{self}: ");
                let mut stream = tls.handshake(attempt, &whose, &self.host, tcp).await?;
                self.connect(attempt, &mut stream, &target).await?;
                Ok(Link::Tls(Box::new(stream)))
            }
            // TLS is always set up for such a proxy.
            (Scheme::Https, None) => Err(attempt.failed(format_args!("{self} needs TLS"))),
            _ => self.socks(attempt, tcp, target).await.map(Link::Tcp),
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
    async fn connect<S>(&self, attempt: &Attempt, stream: &mut S, target: &Uri) -> Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        attempt.enter(Stage::Proxy);
        let broken = |error: Option<io::Error>| {
            let failed = attempt.failed(format_args!("{self} closed the connection"));
            match error {
                Some(error) => failed.with_source(error),
                None => failed,
            }
        };
        let authority = target
            .authority()
            .map_or("", |authority| authority.as_str());
        let mut request =
            format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
        if let Some(authorization) = self.intercept.basic_auth() {
            request.extend_from_slice(b"Proxy-Authorization: ");
            request.extend_from_slice(HeaderValue::as_bytes(authorization));
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        let sent = async {
            stream.write_all(&request).await?;
            stream.flush().await
        };
        sent.await.map_err(|error| broken(Some(error)))?;
        let answer = http1::read_answer(stream)
            .await
            .map_err(|none| match none {
                NoAnswer::Closed(error) => broken(error),
                NoAnswer::NotHttp(why) => {
                    attempt.failed(format_args!("{self} is no HTTP proxy: {why}"))
                }
            })?;
        match answer.status {
            status if status.is_success() && answer.rest.is_empty() => Ok(()),
            // The service does not speak before it is asked.
            status if status.is_success() => Err(attempt.failed(format_args!(
                "{self} did not open a tunnel: it sent something of its own"
            ))),
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

impl fmt::Display for Hop {
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
