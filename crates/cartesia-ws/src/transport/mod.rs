//! The bytes under a WebSocket: TCP, through a proxy or not, encrypted or not.

mod maybe_tls;
mod proxy;
mod stream;
mod tcp;
mod tls;

use cartesia_core::BaseUrl;
use cartesia_core::network::{Network, Route};

use crate::Result;
use crate::attempt::{Attempt, Stage};

pub(crate) use self::maybe_tls::{ReadReadiness, Transport};

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
    /// Loads the root certificates, if the route needs TLS.
    pub(crate) fn new(url: &BaseUrl, network: &Network, route: &Route) -> Result<Self> {
        let encrypted = url.is_encrypted();
        let tls = if route.needs_tls(url) {
            Some(Tls::new(network)?)
        } else {
            None
        };
        Ok(Self {
            host: tcp::bare(url.host()).to_owned(),
            port: url.port(),
            proxy: route.proxy().cloned().map(ProxyDialer),
            tls,
            encrypted,
        })
    }

    /// Returns the end of a sentence about the service that names the proxy; empty without one.
    pub(crate) fn through(&self) -> String {
        let proxy = self.proxy.as_ref();
        proxy
            .map(|proxy| format!(" through {proxy}"))
            .unwrap_or_default()
    }

    /// Opens a transport to the service.
    pub(crate) async fn open(&self, attempt: &Attempt) -> Result<Transport> {
        let tunnel = match &self.proxy {
            None => {
                let stage = Stage::Connecting;
                let tcp = tcp::dial(attempt, stage, &"it", &self.host, self.port).await?;
                Tunnel::Plain(tcp.into())
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
