//! Requests to a proxy to connect.

use std::fmt;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use cartesia_core::network::{ProxyScheme, ProxyUrl};
use cartesia_core::tls::ProxyLoginRefused;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Method, StatusCode, Uri};
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tower_service::Service;

use crate::Result;
use crate::attempt::{Attempt, Stage};
use crate::http1::{self, NoResponse};

use super::maybe_tls::Tunnel;
use super::stream::Tcp;
use super::tcp;
use super::tls::Tls;

/// Opens tunnels through a proxy.
pub(super) struct ProxyDialer(pub(super) ProxyUrl);

impl ProxyDialer {
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
        let tcp = tcp::dial(attempt, stage, self, self.0.host(), self.0.port()).await?;
        match (self.0.scheme(), tls) {
            (ProxyScheme::Http, _) => {
                let stream = Tcp::from(tcp);
                self.connect(attempt, stream, &target)
                    .await
                    .map(Tunnel::Plain)
            }
            (ProxyScheme::Https, Some(tls)) => {
                attempt.enter(Stage::Tls);
                let whose = format!("{self}: ");
                let stream = tls
                    .handshake(attempt, &whose, self.0.host(), Tcp::from(tcp))
                    .await?;
                let stream = self.connect(attempt, stream, &target).await?;
                Ok(Tunnel::Tls(Box::new(stream)))
            }
            // TLS is always set up for such a proxy.
            (ProxyScheme::Https, None) => Err(attempt.failed(format_args!("{self} needs TLS"))),
            _ => {
                let stream = self.socks(attempt, tcp, target).await?;
                Ok(Tunnel::Plain(stream.into()))
            }
        }
    }

    /// Returns the target for the proxy: the host's name, or its address if the proxy does not resolve names.
    async fn target(&self, attempt: &Attempt, host: &str, port: u16) -> Result<Uri> {
        let unusable = || attempt.failed("its host name is invalid");
        let wanted: fn(&SocketAddr) -> bool = match self.0.scheme() {
            ProxyScheme::Socks4 => SocketAddr::is_ipv4,
            ProxyScheme::Socks5 => |_| true,
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
                attempt.failed(format_args!("{self} is not an HTTP proxy: {why}"))
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
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                let why = match self.0.login() {
                    Some(_) => "does not accept the user name and password",
                    None => "requires a user name and password",
                };
                let failed = attempt.failed(format_args!("{self} {why} (407)"));
                Err(failed.with_source(ProxyLoginRefused))
            }
            status => Err(attempt.failed(format_args!("{self} refused to connect ({status})"))),
        }
    }

    fn request(&self, attempt: &Attempt, target: &Uri) -> Result<http1::Request> {
        let unusable = || attempt.failed("its host name is invalid");
        let authority = target.authority().ok_or_else(unusable)?.as_str();
        let host = HeaderValue::from_str(authority).map_err(|_| unusable())?;
        let mut request = http1::Request::new(String::new());
        *request.method_mut() = Method::CONNECT;
        *request.uri_mut() = authority.parse().map_err(|_| unusable())?;
        request.headers_mut().insert(HOST, host);
        if let Some(authorization) = self.0.basic_authorization() {
            let headers = request.headers_mut();
            headers.insert(PROXY_AUTHORIZATION, authorization);
        }
        Ok(request)
    }

    /// Asks for a tunnel by SOCKS (RFC 1928).
    async fn socks(&self, attempt: &Attempt, tcp: TcpStream, target: Uri) -> Result<TcpStream> {
        attempt.enter(Stage::Proxy);
        let refused = || attempt.failed(format_args!("{self} refused to connect"));
        // Shown without user name and password, which are given below.
        let uri = self.0.to_string().parse().map_err(|_| refused())?;
        let established = Established(Some(TokioIo::new(tcp)));
        // Names were resolved by `target`, since the library would block the runtime to do so.
        let stream = if matches!(self.0.scheme(), ProxyScheme::Socks4 | ProxyScheme::Socks4a) {
            let mut proxy = SocksV4::new(uri, established).local_dns(false);
            let outcome = proxy.call(target).await;
            outcome.map_err(|error| refused().with_root_cause(error))?
        } else {
            let mut proxy = SocksV5::new(uri, established).local_dns(false);
            if let Some((user, password)) = self.0.login() {
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
        write!(f, "the proxy {}", self.0)
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
