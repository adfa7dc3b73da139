//! TLS with an authority of one's own, and proxies.

use std::sync::{Arc, Mutex};

use cartesia_http::network::{Network, Proxy, RootCertificate};
use cartesia_http::{Client, RetryPolicy};
use cartesia_types::ErrorKind;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{KEY, builder, within};

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{\"ok\":true}";

/// A server for `localhost` with a certificate that an authority of its own signed.
struct TlsServer {
    port: u16,
    roots: Vec<RootCertificate>,
    _tasks: JoinSet<()>,
}

impl TlsServer {
    async fn start() -> Self {
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
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // A client that does not trust the certificate breaks the handshake off.
                if let Ok(mut stream) = acceptor.accept(socket).await {
                    let _ = stream.read(&mut [0; 4096]).await;
                    let _ = stream.write_all(ANSWER).await;
                    let _ = stream.shutdown().await;
                }
            }
        });
        let roots = RootCertificate::all_from_pem(authority.pem()).unwrap();
        Self {
            port,
            roots,
            _tasks: tasks,
        }
    }

    fn client(&self, network: Network) -> Client {
        builder(&format!("https://localhost:{}", self.port))
            .retry(RetryPolicy::never())
            .network(network)
            .build()
            .unwrap()
    }
}

#[tokio::test]
async fn an_extra_authority_is_trusted_and_no_other_stranger() {
    let server = TlsServer::start().await;
    let trusting = Network::new().with_extra_roots(server.roots.clone());
    assert_eq!(
        within(server.client(trusting).status()).await.unwrap().ok,
        Some(true)
    );

    let other = TlsServer::start().await;
    for network in [
        Network::new(),
        Network::new().with_extra_roots(other.roots.clone()),
    ] {
        let call = server
            .client(network)
            .status()
            .retry(crate::support::at_once(3));
        let error = within(call).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
        assert_eq!(error.attempts(), 1, "a retry cannot change it");
        let reason = "its certificate is from an authority that is not trusted here";
        assert!(error.to_string().contains(reason), "{error}");
    }
    let broken = Network::new().with_extra_roots([RootCertificate::from_der([1, 2, 3])]);
    let error = builder("https://localhost")
        .network(broken)
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
}

/// A proxy that tells what it was asked, and connects to the right port whatever the host's name.
struct ProxyServer {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

async fn read_until(socket: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    while !text.ends_with(end) {
        text.push(socket.read_u8().await.unwrap());
    }
    text
}

/// The server side of HTTP CONNECT; gives the request's text.
async fn connect(socket: &mut TcpStream) -> String {
    let request = String::from_utf8(read_until(socket, b"\r\n\r\n").await).unwrap();
    socket
        .write_all(b"HTTP/1.1 200 Connected\r\n\r\n")
        .await
        .unwrap();
    request
}

/// The server side of SOCKS5 without authentication (RFC 1928), for a host by its name.
async fn socks5(socket: &mut TcpStream) -> String {
    let mut head = [0; 2];
    socket.read_exact(&mut head).await.unwrap();
    socket
        .read_exact(&mut vec![0; usize::from(head[1])])
        .await
        .unwrap();
    socket.write_all(&[5, 0]).await.unwrap();
    let mut request = [0; 5];
    socket.read_exact(&mut request).await.unwrap();
    assert_eq!(request[..4], [5, 1, 0, 3], "connect to a host by its name");
    let mut host = vec![0; usize::from(request[4])];
    socket.read_exact(&mut host).await.unwrap();
    let port = socket.read_u16().await.unwrap();
    socket
        .write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        .await
        .unwrap();
    format!("SOCKS5 {}:{port}", String::from_utf8(host).unwrap())
}

impl ProxyServer {
    async fn start(scheme: &str, target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (mut tasks, log, socks) = (
            JoinSet::new(),
            Arc::clone(&asked),
            scheme.starts_with("socks"),
        );
        tasks.spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let request = if socks {
                    socks5(&mut socket).await
                } else {
                    connect(&mut socket).await
                };
                log.lock().unwrap().push(request);
                let mut upstream = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                let _ = copy_bidirectional(&mut socket, &mut upstream).await;
            }
        });
        Self {
            url,
            asked,
            _tasks: tasks,
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn connections_go_through_a_proxy_and_tell_it_nothing() {
    let server = TlsServer::start().await;
    for scheme in ["http", "socks5h"] {
        let proxy = ProxyServer::start(scheme, server.port).await;
        let network = Network::new()
            .with_extra_roots(server.roots.clone())
            .with_proxy(Proxy::fixed(proxy.url.parse().unwrap()));
        assert_eq!(
            within(server.client(network).status()).await.unwrap().ok,
            Some(true)
        );
        let asked = proxy.asked();
        assert_eq!(asked.len(), 1, "{scheme}");
        assert!(
            asked[0].contains(&format!("localhost:{}", server.port)),
            "{asked:?}"
        );
        assert!(!asked[0].contains(KEY), "the key is for the service alone");
    }
}

#[tokio::test]
async fn a_proxy_gets_its_own_password_and_is_bypassed_where_it_was_said() {
    let server = TlsServer::start().await;
    let proxy = ProxyServer::start("http", server.port).await;
    let with = |proxy| {
        Network::new()
            .with_extra_roots(server.roots.clone())
            .with_proxy(proxy)
    };
    let url = proxy.url.replace("://", "://user:secret@");
    let network = with(Proxy::fixed(url.parse().unwrap()));
    within(server.client(network).status()).await.unwrap();
    // Basic authorization: base64 of `user:secret`.
    let asked = proxy.asked().pop().unwrap().to_lowercase();
    assert!(
        asked.contains("proxy-authorization: basic dxnlcjpzzwnyzxq="),
        "{asked}"
    );

    let before = proxy.asked().len();
    for policy in [
        Proxy::fixed_except(proxy.url.parse().unwrap(), "example.com, localhost"),
        Proxy::Direct,
        // What the environment says does not hold for this machine.
        Proxy::Environment,
    ] {
        within(server.client(with(policy)).status()).await.unwrap();
    }
    assert_eq!(proxy.asked().len(), before);
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_an_error_without_its_password() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://user:canary@{gone}");
    let network = Network::new().with_proxy(Proxy::fixed(url.parse().unwrap()));
    let client = builder("https://example.com")
        .retry(RetryPolicy::never())
        .network(network)
        .build()
        .unwrap();
    let error = within(client.status()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
    let named = format!("no connection to example.com:443 through the proxy http://{gone}");
    assert!(error.to_string().contains(&named), "{error}");
    assert!(!crate::support::everything(&error).contains("canary"));
}

#[tokio::test]
async fn a_proxy_that_wants_a_login_is_not_asked_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://user:canary@{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            read_until(&mut socket, b"\r\n\r\n").await;
            let _ = socket.write_all(b"HTTP/1.1 407 x\r\n\r\n").await;
        }
    });
    let network = Network::new().with_proxy(Proxy::fixed(url.parse().unwrap()));
    let client = builder("https://example.com")
        .retry(crate::support::at_once(3))
        .network(network)
        .build()
        .unwrap();
    assert!(client.route().proxy().is_some());
    let error = within(client.status()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 1));
    assert!(error.to_string().contains("(407)"), "{error}");
    assert!(!crate::support::everything(&error).contains("canary"));
}
