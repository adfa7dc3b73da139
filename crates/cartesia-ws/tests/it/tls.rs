//! TLS: who is trusted, and what is said of those who are not.

use std::sync::Arc;

use cartesia_core::network::{Network, Proxy, RootCertificate};
use cartesia_types::ErrorKind;
use cartesia_ws::{Connector, Error};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
#[cfg(feature = "rustls")]
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
#[cfg(feature = "rustls")]
use tokio_rustls::rustls::HandshakeKind;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::proxy_server::ProxyServer;
use crate::support::{KEY, Server, answer, failure, script, websocket, within};

/// A certificate authority of the tests, and what a server of it needs.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let name = &mut params.distinguished_name;
        // OpenSSL takes a certificate for self-signed whose own name is that of its authority.
        name.push(DnType::CommonName, "authority of the tests");
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// The other side of TLS, for a name or address, until a year.
    pub(crate) fn acceptor(&self, name: &str, until: i32) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let leaf = params.signed_by(&key, &self.0).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }

    pub(crate) fn trusted(&self) -> Network {
        let roots = RootCertificate::all_from_pem(self.0.pem()).unwrap();
        Network::new().with_extra_roots(roots)
    }
}

pub(crate) const FAR: i32 = 2300;

pub(crate) fn encrypted(server: &Server, network: Network) -> Connector {
    Connector::new()
        .api_key(KEY)
        .base_url(format!("wss://localhost:{}", server.address.port()))
        .network(network)
}

/// The operating system's TLS does not tell what it is that it refuses.
pub(crate) fn assert_says(error: &Error, why: &str) {
    let rustls = cfg!(feature = "rustls");
    let why = if rustls {
        why
    } else {
        "the TLS handshake failed"
    };
    assert!(error.to_string().contains(why), "{error}");
}

#[tokio::test]
async fn an_extra_authority_is_trusted_and_no_other_stranger() {
    let authority = Authority::new();
    let tls = authority.acceptor("localhost", FAR);
    let server = Server::start_with(Some(tls.clone()), [websocket()]).await;
    let opened = within(encrypted(&server, authority.trusted()).check()).await;
    assert_eq!(opened.unwrap().request_id(), Some("open-id"));
    server.finish().await;

    for network in [Network::new(), Authority::new().trusted()] {
        let server = Server::start_with(Some(tls.clone()), [websocket()]).await;
        let error = failure(encrypted(&server, network)).await;
        assert_eq!(error.kind(), ErrorKind::Connect);
        let text = error.to_string();
        let named = format!("no connection to localhost:{}: ", server.address.port());
        assert!(text.contains(&named), "{text}");
        assert_says(&error, "an authority that is not trusted");
        assert_eq!(
            server.finish().await.len(),
            0,
            "no credential to a stranger"
        );
    }
}

#[tokio::test]
async fn certificates_for_others_or_for_yesterday_are_refused() {
    let authority = Authority::new();
    for (name, until, part) in [
        ("example.com", FAR, "is for another host name"),
        ("127.0.0.1", FAR, "is for another host name"),
        ("localhost", 2001, "has expired"),
    ] {
        let tls = authority.acceptor(name, until);
        let server = Server::start_with(Some(tls), [websocket()]).await;
        let error = failure(encrypted(&server, authority.trusted())).await;
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert_says(&error, part);
        assert_eq!(server.finish().await.len(), 0);
    }
}

/// A server that would rather speak HTTP/2 must not be led to.
#[cfg(feature = "rustls")]
#[tokio::test]
async fn http_1_is_offered_and_nothing_else() {
    let authority = Authority::new();
    let tls = authority.acceptor("localhost", FAR);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connector = Connector::new()
        .api_key(KEY)
        .base_url(format!("wss://localhost:{port}"))
        .network(authority.trusted());
    let server = async {
        let (tcp, _) = listener.accept().await.unwrap();
        let stream = tls.accept(tcp).await.unwrap();
        let (_, session) = stream.get_ref();
        session.alpn_protocol().map(<[u8]>::to_vec)
    };
    let (chosen, outcome) = within(async { tokio::join!(server, connector.check()) }).await;
    assert_eq!(chosen.as_deref(), Some(&b"http/1.1"[..]));
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Closed);
}

/// The second client of a process resumes the session of the first, unless it trusts others.
#[cfg(feature = "rustls")]
#[tokio::test]
async fn clients_with_the_same_roots_resume_sessions() {
    let authority = Authority::new();
    let tls = authority.acceptor("localhost", FAR);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("wss://localhost:{}", listener.local_addr().unwrap().port());
    let more = authority
        .trusted()
        .with_extra_roots(Authority::new().trusted().extra_roots);
    for (network, expected) in [
        (authority.trusted(), HandshakeKind::Full),
        (authority.trusted(), HandshakeKind::Resumed),
        (more, HandshakeKind::Full),
    ] {
        let connector = Connector::new()
            .api_key(KEY)
            .base_url(&url)
            .network(network);
        let server = async {
            let (tcp, _) = listener.accept().await.unwrap();
            let mut stream = tls.accept(tcp).await.unwrap();
            // With the answer comes what the next session needs.
            let no = b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n";
            tokio::io::AsyncWriteExt::write_all(&mut stream, no)
                .await
                .unwrap();
            stream.get_ref().1.handshake_kind()
        };
        let (kind, outcome) = within(async { tokio::join!(server, connector.check()) }).await;
        assert_eq!(kind, Some(expected));
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Auth);
    }
}

#[tokio::test]
async fn an_address_may_have_a_certificate() {
    let authority = Authority::new();
    let tls = authority.acceptor("127.0.0.1", FAR);
    let server = Server::start_with(Some(tls), [websocket()]).await;
    let connector = encrypted(&server, authority.trusted());
    let connector = connector.base_url(format!("wss://{}", server.address));
    within(connector.check()).await.unwrap();
    server.finish().await;
}

#[tokio::test]
async fn a_server_without_tls_is_distinguished_from_one_with_a_bad_certificate() {
    let server = Server::start([script(async |mut connection| {
        connection.write("HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let mut rest = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut connection.stream, &mut rest).await;
    })])
    .await;
    let error = failure(encrypted(&server, Network::new())).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_says(&error, "does not speak TLS");
    server.finish().await;
}

#[tokio::test]
async fn a_refusal_comes_through_tls_too() {
    let authority = Authority::new();
    let tls = authority.acceptor("localhost", FAR);
    // The end of the connection, which ends this body, comes without TLS saying so.
    let refusal = answer("HTTP/1.1 401 No\r\n\r\nUnauthorized: no such key");
    let server = Server::start_with(Some(tls), [refusal]).await;
    let error = failure(encrypted(&server, authority.trusted())).await;
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(error.to_string().contains("no such key"), "{error}");
    server.finish().await;
}

#[tokio::test]
async fn a_broken_extra_root_is_a_mistake_of_the_setting() {
    let broken = Network::new().with_extra_roots([RootCertificate::from_der([1, 2, 3])]);
    let connector = Connector::new().api_key(KEY).network(broken.clone());
    let error = failure(connector).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("an extra"), "{error}");

    // Where nothing is encrypted, certificates are not looked at.
    let server = Server::start([websocket()]).await;
    within(server.connector().network(broken).check())
        .await
        .unwrap();
    server.finish().await;
}

/// A process that links two providers of cryptography has no default one, and asking for it panics.
/// Had anything here asked for it, rustls would have set it: only one is linked.
#[tokio::test]
async fn no_default_provider_of_cryptography_is_asked_for() {
    let authority = Authority::new();
    let tls = authority.acceptor("localhost", FAR);
    let server = Server::start_with(Some(tls.clone()), [websocket(), websocket()]).await;
    within(encrypted(&server, authority.trusted()).check())
        .await
        .unwrap();
    let proxy = ProxyServer::start("https", Some(tls), server.address).await;
    let network = authority.trusted().with_proxy(Proxy::fixed(proxy.url()));
    within(encrypted(&server, network).check()).await.unwrap();
    server.finish().await;
    assert!(CryptoProvider::get_default().is_none());
}
