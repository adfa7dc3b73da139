//! A network with 50 ms to the server and back, and TLS at its end.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use xtask::Result;

/// To the server and back.
pub(crate) const ROUND_TRIP: Duration = Duration::from_millis(50);

/// What clients need to get there.
#[derive(Debug)]
pub(crate) struct Slow {
    pub(crate) port: u16,
    /// The authority of its certificate, as PEM.
    pub(crate) authority: String,
}

/// Serves what the server on `plain` does, on a thread of its own.
pub(crate) fn start(plain: u16) -> Result<Slow> {
    let (acceptor, authority) = certificate()?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        let serving = async {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let (socket, _) = listener.accept().await?;
                let acceptor = acceptor.clone();
                #[expect(clippy::disallowed_methods, reason = "it ends with its connection")]
                tokio::spawn(async move {
                    // A client that goes away in the middle is none of our concern.
                    let _ = connection(socket, acceptor, plain).await;
                });
            }
        };
        let served: std::io::Result<()> = runtime.block_on(serving);
        served
    });
    Ok(Slow { port, authority })
}

fn certificate() -> Result<(TlsAcceptor, String)> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, "authority of the bench");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let leaf = CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &authority)?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der())?,
        )?;
    Ok((TlsAcceptor::from(Arc::new(config)), authority.pem()))
}

async fn connection(client: TcpStream, acceptor: TlsAcceptor, plain: u16) -> Result {
    client.set_nodelay(true)?;
    // The handshake of TCP.
    sleep(ROUND_TRIP).await;
    let (near, far) = tokio::io::duplex(1 << 20);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = tokio::io::split(near);
    let served = async {
        let mut encrypted = acceptor.accept(far).await?;
        let mut server = TcpStream::connect(("127.0.0.1", plain)).await?;
        server.set_nodelay(true)?;
        tokio::io::copy_bidirectional(&mut encrypted, &mut server).await
    };
    let up = delayed(from_client, to_server);
    let down = delayed(from_server, to_client);
    // The connection ends with the server, or when the client goes away.
    tokio::select! {
        _ = served => {}
        _ = up => {}
        _ = down => {}
    }
    Ok(())
}

/// Passes on what it reads half a round trip later.
async fn delayed(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Bytes)>(1024);
    let reading = async {
        loop {
            let mut piece = BytesMut::with_capacity(64 * 1024);
            if from.read_buf(&mut piece).await? == 0 {
                return Ok(());
            }
            let due = Instant::now() + ROUND_TRIP / 2;
            if sender.send((due, piece.freeze())).await.is_err() {
                return Ok(());
            }
        }
    };
    let writing = async {
        while let Some((due, piece)) = receiver.recv().await {
            sleep_until(due).await;
            to.write_all(&piece).await?;
        }
        Ok(())
    };
    tokio::select! {
        ended = reading => ended,
        ended = writing => ended,
    }
}
