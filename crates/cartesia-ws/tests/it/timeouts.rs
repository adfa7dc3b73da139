//! Nothing hangs: opening a connection has one limit, and its error says how far it came.
//!
//! The clock is moved by hand.

use std::pin::pin;
use std::time::Duration;

use cartesia_core::network::{Network, Proxy};
use cartesia_core::{Credential, TokenFuture, TokenProvider};
use cartesia_types::ErrorKind;
use cartesia_ws::{Connector, Deadline, Error, Timeouts};
use tokio::io::AsyncReadExt as _;

use crate::support::{Gate, Server, connector, everything, script, within};

const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn the_limits_are_on_by_default() {
    let limits = Timeouts::default();
    assert_eq!(limits.connect, Some(LIMIT));
    assert_eq!(limits.first_audio, Some(Duration::from_secs(10)));
    assert_eq!(limits.silence, Some(Duration::from_secs(20)));
    assert_eq!(limits.ping_interval, Some(Duration::from_secs(20)));
    assert_eq!(limits.pong, Some(Duration::from_secs(20)));
    assert_eq!(limits.close, Some(Duration::from_secs(5)));
    assert_eq!(limits.idle, Some(Duration::from_secs(270)));
    let other = limits.with_idle(None).with_close(Duration::ZERO);
    assert_eq!((other.idle, other.close), (None, Some(Duration::ZERO)));
}

/// Moves the clock past the limit once the other side was reached.
async fn timed_out(connector: Connector, reached: Gate) -> Error {
    let mut call = pin!(connector.check());
    let mut reached = pin!(reached.passed());
    within(async {
        tokio::select! {
            outcome = &mut call => panic!("ended before: {outcome:?}"),
            () = &mut reached => {}
        }
    })
    .await;
    tokio::time::pause();
    tokio::time::advance(LIMIT).await;
    tokio::time::resume();
    let error = within(call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let text = error.to_string();
    assert!(text.contains("within 10s (`Timeouts::connect`)"), "{text}");
    assert_eq!(error.deadline(), Some(Deadline::Connect));
    assert!(!everything(&error).contains("canary"));
    assert!(error.is_retryable());
    error
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing() {
    for said in ["", "HTTP/1.1 101 Switching Protocols\r\nupgrade: web"] {
        let asked = Gate::default();
        let gate = asked.clone();
        let server = Server::start([script(async move |mut connection| {
            connection.request().await;
            connection.write(said).await;
            gate.open();
            connection.closed().await;
        })])
        .await;
        let error = timed_out(server.connector(), asked).await;
        let part = format!(
            "waiting for the answer to the WebSocket upgrade: no connection to {} ",
            server.address
        );
        assert!(error.to_string().contains(&part), "{error}");
        server.finish().await;
    }
}

/// What was said of a refusal counts, even if the rest of it does not come.
#[tokio::test]
async fn a_refusal_that_does_not_end_is_a_refusal() {
    let asked = Gate::default();
    let gate = asked.clone();
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        let head = "HTTP/1.1 403 No\r\ncontent-length: 1000\r\n\r\nForbidden: no grant";
        connection.write(head).await;
        gate.open();
        connection.closed().await;
    })])
    .await;
    let limits = Timeouts::default().with_connect(Duration::from_secs(60));
    let connector = server.connector().timeouts(limits);
    let mut call = pin!(connector.check());
    let mut reached = pin!(asked.passed());
    within(async {
        tokio::select! {
            outcome = &mut call => panic!("ended before: {outcome:?}"),
            () = &mut reached => {}
        }
    })
    .await;
    // From here on the clock jumps to the next limit when nothing else is to be done.
    tokio::time::pause();
    let error = call.await.unwrap_err();
    tokio::time::resume();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(error.to_string().contains("no grant"), "{error}");
    server.finish().await;
}

/// Opens its gate when it is asked, and gives nothing.
struct Never(Gate);

impl TokenProvider for Never {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(async {
            self.0.open();
            std::future::pending().await
        })
    }
}

#[tokio::test]
async fn a_token_provider_that_gives_nothing() {
    let asked = Gate::default();
    let provider = Credential::provider(Never(asked.clone()));
    let connector = connector("ws://127.0.0.1:1").credential(provider);
    let error = timed_out(connector, asked).await;
    assert!(
        error
            .to_string()
            .contains("token provider returned no token"),
        "{error}"
    );
}

/// Opens its gate when something arrives, and says nothing.
async fn silent(gate: Gate) -> Server {
    Server::start([script(async move |mut connection| {
        connection.stream.read_u8().await.unwrap();
        gate.open();
        connection
            .stream
            .read_to_end(&mut Vec::new())
            .await
            .unwrap();
    })])
    .await
}

#[tokio::test]
async fn a_proxy_that_says_nothing() {
    for scheme in ["http", "socks5h"] {
        let asked = Gate::default();
        let server = silent(asked.clone()).await;
        let url = format!("{scheme}://user:canary@{}", server.address);
        let network = Network::new().with_proxy(Proxy::fixed(url.parse().unwrap()));
        let connector = connector("ws://speech.invalid")
            .allow_plain_http(true)
            .network(network);
        let error = timed_out(connector, asked).await;
        let part = format!(
            "waiting for the proxy to connect: no connection to speech.invalid:80 through the proxy {scheme}://{} ",
            server.address
        );
        assert!(error.to_string().contains(&part), "{error}");
        server.finish().await;
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn a_server_that_does_not_answer_in_tls() {
    let asked = Gate::default();
    let server = silent(asked.clone()).await;
    let connector = connector(&format!("wss://localhost:{}", server.address.port()));
    let error = timed_out(connector, asked).await;
    assert!(error.to_string().contains("setting up TLS"), "{error}");
    server.finish().await;
}

#[tokio::test]
async fn a_limit_beyond_the_clock_is_none() {
    let server = Server::start([crate::support::websocket()]).await;
    let limits = Timeouts::default().with_connect(Duration::MAX);
    within(server.connector().timeouts(limits).check())
        .await
        .unwrap();
    server.finish().await;
}
