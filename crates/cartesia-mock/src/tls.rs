//! TLS on the port of the server, for clients that open WebSockets with nothing else.
//!
//! The first byte of a connection distinguishes TLS from HTTP. The decrypted stream is passed on as a
//! connection of its own, so that the rest of the server only handles plain connections.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// What the first record of every TLS connection starts with: a handshake.
const HANDSHAKE: u8 = 0x16;

/// A certificate for this machine, which was made for one server, and what it opens.
#[derive(Clone)]
pub(crate) struct Tls {
    certificate: Arc<str>,
    acceptor: TlsAcceptor,
}

impl Tls {
    /// Makes a key and a certificate that names it.
    pub(crate) fn new(more: &[String]) -> io::Result<Self> {
        let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let names: Vec<String> = own.into_iter().chain(more.iter().cloned()).collect();
        let made = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config
                    .with_no_client_auth()
                    .with_single_cert(vec![made.cert.der().clone()], key.into())
            })
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Tickets would arrive while the client sends its first request. The official Python client reads and
        // writes on two threads without a lock, and its request is then lost once in some hundred times.
        config.send_tls13_tickets = 0;
        Ok(Self {
            certificate: made.cert.pem().into(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }

    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Whether the client begins with TLS; `None` when it is gone before it begins.
    pub(crate) async fn is_wanted(stream: &TcpStream) -> Option<bool> {
        let mut first = [0];
        let length = stream.peek(&mut first).await.ok()?;
        (length > 0).then_some(first == [HANDSHAKE])
    }

    /// Passes on what is said within TLS to the server, until either side ends it.
    pub(crate) async fn unwrap(&self, stream: TcpStream, server: SocketAddr) -> io::Result<()> {
        let mut client = self.acceptor.accept(stream).await?;
        let mut plain = TcpStream::connect(server).await?;
        plain.set_nodelay(true)?;
        tokio::io::copy_bidirectional(&mut client, &mut plain).await?;
        Ok(())
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}
