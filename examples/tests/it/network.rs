//! A company's network: a gateway with a certificate of its own, and a proxy.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cartesia_mock::MockServer;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{example_for, lines, output, with_mock};

#[test]
fn without_either() {
    assert_connected(&with_mock("tls_and_proxy", &[]));
}

fn assert_connected(lines: &[String]) {
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], "HTTP: version 2026-08-14");
    assert!(lines[1].starts_with("WebSocket: ") && lines[1].ends_with(" s of speech"));
}

#[test]
fn a_certificate_authority_of_its_own() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&server);
    fs::write(folder.path().join("company.pem"), &gateway.authority).unwrap();
    let program = || {
        let mut command = example_for(&server, "tls_and_proxy", folder.path());
        command.env("CARTESIA_BASE_URL", &gateway.url);
        command
    };

    assert_connected(&lines(program().env("COMPANY_CA", "company.pem")));

    // Without it, nobody vouches for the gateway, and nothing was sent through it.
    let before = server.received().len();
    let refused = output(&mut program());
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(server.received().len(), before);
}

#[test]
fn a_proxy() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let proxy = Proxy::start(&server);
    let command = &mut example_for(&server, "tls_and_proxy", folder.path());

    assert_connected(&lines(command.env("COMPANY_PROXY", &proxy.url)));

    // HTTP and the WebSocket, both through it.
    assert!(proxy.connections.load(Ordering::Relaxed) >= 2);
}

/// What terminates TLS in front of a server, with a certificate that an authority of its own signed.
/// Ends with its runtime.
struct Gateway {
    url: String,
    authority: String,
    _runtime: Runtime,
}

impl Gateway {
    fn start(server: &MockServer) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(["localhost".to_owned()])
            .unwrap()
            .signed_by(&key, &authority)
            .unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let runtime = Runtime::new().unwrap();
        let (listener, port) = listen(&runtime);
        let server = server.addr();
        #[expect(clippy::disallowed_methods, reason = "ends with the runtime")]
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that does not trust the certificate breaks the handshake off.
                    let mut outside = acceptor.accept(socket).await?;
                    let mut inside = TcpStream::connect(server).await?;
                    copy_bidirectional(&mut outside, &mut inside).await
                });
            }
        });
        Self {
            url: format!("https://localhost:{port}"),
            authority: authority.pem(),
            _runtime: runtime,
        }
    }
}

/// A proxy that leads to one server, whatever it is asked for. Ends with its runtime.
struct Proxy {
    url: String,
    connections: Arc<AtomicUsize>,
    _runtime: Runtime,
}

impl Proxy {
    fn start(server: &MockServer) -> Self {
        let runtime = Runtime::new().unwrap();
        let (listener, port) = listen(&runtime);
        let connections = Arc::new(AtomicUsize::new(0));
        let (counter, server) = (Arc::clone(&connections), server.addr());
        #[expect(clippy::disallowed_methods, reason = "ends with the runtime")]
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(forward(socket, server));
            }
        });
        Self {
            url: format!("http://127.0.0.1:{port}"),
            connections,
            _runtime: runtime,
        }
    }
}

/// A tunnel when it is asked for one, and else the request as it came: the server takes both forms.
async fn forward(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    server: std::net::SocketAddr,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await?);
    }
    let mut inside = TcpStream::connect(server).await?;
    if head.starts_with(b"CONNECT ") {
        let answer = b"HTTP/1.1 200 Connection established\r\n\r\n";
        socket.write_all(answer).await?;
    } else {
        inside.write_all(&head).await?;
    }
    copy_bidirectional(&mut socket, &mut inside).await?;
    Ok(())
}

fn listen(runtime: &Runtime) -> (TcpListener, u16) {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}
