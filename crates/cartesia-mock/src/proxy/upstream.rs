//! The way to the service.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::rejection::Rejection;

/// A server that does not answer by then counts as unreachable.
const CONNECT: Duration = Duration::from_secs(10);

/// A server of the API.
pub(super) struct Upstream {
    authority: Authority,
    host: HeaderValue,
    /// The prefix of its paths, without a slash at the end.
    path: String,
    tls: Option<TlsConnector>,
}

/// A connection that is only copied between its two ends.
trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// The task of a connection, which ends with its owner.
pub(super) struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Upstream {
    pub(super) fn new(base_url: &str) -> io::Result<Self> {
        let refuse =
            |why: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("the upstream {why}"));
        let uri: Uri = base_url
            .parse()
            .map_err(|_| refuse("is not a URL such as https://api.cartesia.ai"))?;
        let (scheme, authority) = match (uri.scheme(), uri.authority()) {
            (Some(scheme), Some(authority)) => (scheme, authority.clone()),
            _ => return Err(refuse("is not a URL such as https://api.cartesia.ai")),
        };
        if uri.query().is_some() || authority.as_str().contains('@') {
            return Err(refuse("may have no query and no credentials"));
        }
        let tls = if *scheme == Scheme::HTTPS {
            Some(tls()?)
        } else if *scheme == Scheme::HTTP && is_here(authority.host()) {
            None
        } else {
            return Err(refuse(
                "must be https: keys do not leave this machine in the clear",
            ));
        };
        let host = HeaderValue::from_str(authority.as_str())
            .map_err(|_| refuse("has a name that no header can hold"))?;
        Ok(Self {
            authority,
            host,
            path: uri.path().trim_end_matches('/').to_owned(),
            tls,
        })
    }

    pub(super) fn host(&self) -> &HeaderValue {
        &self.host
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Sends a request on a connection of its own. The driver is to be kept as long as the response is
    /// read.
    pub(super) async fn send(
        &self,
        request: Request<Body>,
    ) -> Result<(Response<Incoming>, Driver), Rejection> {
        let failed = |what: &str, error: &dyn std::fmt::Display| {
            Rejection::upstream(format!(
                "cannot {what} the upstream {}: {error}",
                self.authority
            ))
        };
        let io = timeout(CONNECT, self.connect())
            .await
            .map_err(|_| failed("reach", &"it takes too long"))?
            .map_err(|error| failed("reach", &error))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(io))
            .await
            .map_err(|error| failed("talk to", &error))?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the driver owns the task, and ends it on drop"
        )]
        let driver = Driver(tokio::spawn(async move {
            // The reader of the response gets the error.
            let _ = connection.with_upgrades().await;
        }));
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| failed("talk to", &error))?;
        Ok((response, driver))
    }

    async fn connect(&self) -> io::Result<Box<dyn Io>> {
        let name = self.authority.host();
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let default = if self.tls.is_some() { 443 } else { 80 };
        let port = self.authority.port_u16().unwrap_or(default);
        let stream = TcpStream::connect((bare, port)).await?;
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else {
            return Ok(Box::new(stream));
        };
        let server = ServerName::try_from(bare.to_owned()).map_err(io::Error::other)?;
        Ok(Box::new(tls.connect(server, stream).await?))
    }
}

fn tls() -> io::Result<TlsConnector> {
    let failed = |error: rustls::Error| {
        io::Error::other(format!(
            "TLS cannot be set up; are there root certificates (package ca-certificates)? {error}"
        ))
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(failed)?;
    Ok(TlsConnector::from(Arc::new(config.with_no_client_auth())))
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_upstreams_there_may_be() {
        for url in [
            "http://127.0.0.1:1",
            "http://localhost",
            "http://[::1]:80/",
            "https://api.example",
            "https://api.example/base/",
        ] {
            assert!(Upstream::new(url).is_ok(), "{url}");
        }
        for (url, why) in [
            ("", "is not a URL"),
            ("api.example", "is not a URL"),
            ("ftp://127.0.0.1", "must be https"),
            ("http://api.example", "must be https"),
            ("http://127.0.0.1.example", "must be https"),
            (
                "https://key@api.example",
                "may have no query and no credentials",
            ),
            (
                "https://api.example/?api_key=x",
                "may have no query and no credentials",
            ),
        ] {
            let error = Upstream::new(url).err().map(|error| error.to_string());
            assert!(
                error.as_ref().is_some_and(|error| error.contains(why)),
                "{url}: {error:?}"
            );
        }
        let upstream = Upstream::new("https://api.example:8443/base/")
            .ok()
            .unwrap();
        assert_eq!(
            (upstream.path(), upstream.host().as_bytes()),
            ("/base", &b"api.example:8443"[..])
        );
    }
}
