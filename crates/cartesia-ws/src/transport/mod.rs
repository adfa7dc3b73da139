//! The bytes under a WebSocket: TCP, through a proxy or not, encrypted or not.

mod maybe_tls;
mod proxy;
mod tcp;
mod tls;

use cartesia_types::network::Network;
use cartesia_types::{BaseUrl, ErrorKind};
use http::Uri;

use crate::Error;
use crate::Result;
use crate::attempt::{Attempt, Stage};

pub(crate) use self::maybe_tls::Transport;

use self::maybe_tls::Tunnel;
use self::proxy::ProxyDialer;
use self::tls::Tls;

/// Opens transports to the service. How it is reached is decided once, for all connections.
pub(crate) struct Dialer {
    /// Without brackets around an IPv6 address.
    host: String,
    port: u16,
    proxy: Option<ProxyDialer>,
    /// Only where TLS is used: plain connections work on a machine without root certificates.
    tls: Option<Tls>,
    encrypted: bool,
}

impl Dialer {
    /// Reads the environment's proxies, if they count, and loads the root certificates.
    pub(crate) fn new(operation: &'static str, url: &BaseUrl, network: &Network) -> Result<Self> {
        let failed = |message: &str| Error::new(ErrorKind::Config, operation, message);
        let encrypted = url.is_encrypted();
        let uri: Uri = url
            .join("/")
            .parse()
            .map_err(|_| failed("the base URL is not usable"))?;
        let proxy = proxy::choose(url, &uri, &network.proxy).map_err(|why| failed(&why))?;
        let needs_tls = encrypted || proxy.as_ref().is_some_and(ProxyDialer::is_encrypted);
        let tls = if needs_tls {
            Some(Tls::new(operation, network)?)
        } else {
            None
        };
        Ok(Self {
            host: tcp::bare(url.host()).to_owned(),
            port: uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 }),
            proxy,
            tls,
            encrypted,
        })
    }

    /// Opens a transport to the service.
    pub(crate) async fn open(&self, attempt: &Attempt) -> Result<Transport> {
        let tunnel = match &self.proxy {
            None => {
                Tunnel::Plain(tcp::dial(attempt, Stage::Connecting, &self.host, self.port).await?)
            }
            Some(proxy) => {
                let tls = self.tls.as_ref();
                proxy.open(attempt, tls, &self.host, self.port).await?
            }
        };
        match &self.tls {
            Some(tls) if self.encrypted => {
                attempt.enter(Stage::Tls);
                let stream = tls.handshake(attempt, "", &self.host, tunnel).await?;
                Ok(Transport::Tls(Box::new(stream)))
            }
            _ => Ok(Transport::Plain(tunnel)),
        }
    }
}
