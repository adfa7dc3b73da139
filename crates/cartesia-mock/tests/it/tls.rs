//! TLS on the port of the server.

use std::sync::Arc;

use cartesia_mock::MockServer;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::{KEY, NEWEST, answer, get, within};

/// A client that trusts these certificates alone.
fn connector(roots: RootCertStore) -> TlsConnector {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn server() -> (MockServer, TlsConnector) {
    let server = within(MockServer::builder().tls().start()).await.unwrap();
    let pem = server.certificate().unwrap();
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    (server, connector(roots))
}

#[tokio::test]
async fn requests_and_sockets_come_with_and_without_it() {
    let (server, connector) = server().await;
    assert_eq!(answer(get(&server, NEWEST, "/voices")).await.0, 200);
    for name in ["localhost", "127.0.0.1", "::1"] {
        let stream = within(TcpStream::connect(server.addr())).await.unwrap();
        let name = ServerName::try_from(name).unwrap();
        let mut stream = within(connector.connect(name, stream)).await.unwrap();
        let request = format!(
            "GET /voices HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {KEY}\r\n\
             cartesia-version: {NEWEST}\r\n\r\n"
        );
        within(stream.write_all(request.as_bytes())).await.unwrap();
        let mut response = String::new();
        // It ends without the farewell of TLS, as connections do.
        let _ = within(stream.read_to_string(&mut response)).await;
        assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
        // The first message from the server is its response: see `Tls::new`.
        assert_eq!(stream.get_ref().1.tls13_tickets_received(), 0);
    }

    let stream = within(TcpStream::connect(server.addr())).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = within(connector.connect(name, stream)).await.unwrap();
    let url = format!("ws://localhost/tts/websocket?api_key={KEY}&cartesia_version={NEWEST}");
    let upgrade = Box::pin(tokio_tungstenite::client_async(url, stream));
    let (_, response) = within(upgrade).await.unwrap();
    assert_eq!(response.status(), 101);
    assert_eq!(server.received().len(), 5);
    within(server.shutdown()).await;
}

#[tokio::test]
async fn who_does_not_trust_it_is_not_served_and_others_are() {
    let (server, _) = server().await;
    let stream = within(TcpStream::connect(server.addr())).await.unwrap();
    let silent = within(TcpStream::connect(server.addr())).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let distrusting = connector(RootCertStore::empty());
    within(distrusting.connect(name, stream)).await.unwrap_err();
    assert_eq!(answer(get(&server, NEWEST, "/voices")).await.0, 200);
    // Somebody who says nothing does not keep it from stopping.
    within(server.shutdown()).await;
    drop(silent);
}

#[tokio::test]
async fn the_certificate_may_have_more_names() {
    let builder = MockServer::builder().tls_name("mock.test");
    let server = within(builder.start()).await.unwrap();
    let pem = server.certificate().unwrap();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    let connector = connector(roots);
    for (name, accepted) in [
        ("mock.test", true),
        ("localhost", true),
        ("other.test", false),
    ] {
        let stream = within(TcpStream::connect(server.addr())).await.unwrap();
        let name = ServerName::try_from(name).unwrap();
        let connected = within(connector.connect(name, stream)).await;
        assert_eq!(connected.is_ok(), accepted);
    }
}
