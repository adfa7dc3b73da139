//! The bytes under a WebSocket: TCP, through a proxy or not, encrypted or not.

mod carrier;
mod proxy;
mod tcp;
mod tls;

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use cartesia_types::network::Network;
use cartesia_types::{BaseUrl, ErrorKind};
use http::Uri;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::Error;
use crate::Result;
use crate::connect::{Attempt, Stage};

pub(crate) use self::carrier::Carrier;

use self::proxy::Hop;
use self::tls::Tls;

/// How the service is reached: decided once, for all connections.
pub(crate) struct Route {
    /// Without brackets around an IPv6 address.
    host: String,
    port: u16,
    proxy: Option<Hop>,
    /// Only where something on the way is encrypted: plain connections work on a machine without root
    /// certificates.
    tls: Option<Tls>,
    encrypted: bool,
}

impl Route {
    /// Reads the environment's proxies, if they count, and loads the root certificates.
    pub(crate) fn new(operation: &'static str, url: &BaseUrl, network: &Network) -> Result<Self> {
        let failed = |message: &str| Error::new(ErrorKind::Config, operation, message);
        let encrypted = url.is_encrypted();
        let uri: Uri = url
            .join("/")
            .parse()
            .map_err(|_| failed("the base URL is not usable"))?;
        let proxy = proxy::choose(url, &uri, &network.proxy).map_err(|why| failed(&why))?;
        let needs_tls = encrypted || proxy.as_ref().is_some_and(Hop::is_encrypted);
        let tls = if needs_tls {
            Some(Tls::new(operation, network)?)
        } else {
            None
        };
        Ok(Self {
            host: bare(url.host()).to_owned(),
            port: uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 }),
            proxy,
            tls,
            encrypted,
        })
    }

    /// Opens a stream of bytes to the service.
    pub(crate) async fn open(&self, attempt: &Attempt) -> Result<Stream> {
        let link = match &self.proxy {
            None => Link::Tcp(tcp::dial(attempt, Stage::Connecting, &self.host, self.port).await?),
            Some(hop) => {
                let tls = self.tls.as_ref();
                hop.open(attempt, tls, &self.host, self.port).await?
            }
        };
        match &self.tls {
            Some(tls) if self.encrypted => {
                attempt.enter(Stage::Tls);
                let stream = tls.handshake(attempt, "", &self.host, link).await?;
                Ok(Stream::Tls(Box::new(stream)))
            }
            _ => Ok(Stream::Plain(link)),
        }
    }
}

/// A host without the brackets that a URL has around an IPv6 address.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// The way to the service, or to the proxy and by it to the service.
pub(crate) enum Link {
    Tcp(TcpStream),
    /// To a proxy whose own connection is encrypted.
    Tls(Box<tls::Stream<TcpStream>>),
}

/// A stream of bytes to the service.
pub(crate) enum Stream {
    Plain(Link),
    Tls(Box<tls::Stream<Link>>),
}

/// Passes everything on to the variant, without an allocation or a virtual call.
macro_rules! dispatch {
    ($name:ident, $first:ident, $second:ident) => {
        impl AsyncRead for $name {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    Self::$first(stream) => Pin::new(stream).poll_read(cx, buffer),
                    Self::$second(stream) => Pin::new(stream).poll_read(cx, buffer),
                }
            }
        }

        impl AsyncWrite for $name {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                match self.get_mut() {
                    Self::$first(stream) => Pin::new(stream).poll_write(cx, bytes),
                    Self::$second(stream) => Pin::new(stream).poll_write(cx, bytes),
                }
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                slices: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                match self.get_mut() {
                    Self::$first(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
                    Self::$second(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
                }
            }

            fn is_write_vectored(&self) -> bool {
                match self {
                    Self::$first(stream) => stream.is_write_vectored(),
                    Self::$second(stream) => stream.is_write_vectored(),
                }
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    Self::$first(stream) => Pin::new(stream).poll_flush(cx),
                    Self::$second(stream) => Pin::new(stream).poll_flush(cx),
                }
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    Self::$first(stream) => Pin::new(stream).poll_shutdown(cx),
                    Self::$second(stream) => Pin::new(stream).poll_shutdown(cx),
                }
            }
        }
    };
}

dispatch!(Link, Tcp, Tls);
dispatch!(Stream, Plain, Tls);
