//! From nothing to the first audio.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cartesia::RawFormat;
use cartesia::network::{Network, RootCertificate};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};
use xtask::Result;

use crate::scenario::{Client, Figures, Run, Start, Transport};
use crate::server::Address as At;
use crate::slow::ROUND_TRIP;
use crate::{sse, websocket};

const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;
const PLAN: &str = "/3200/4/0";

pub(crate) async fn measure(run: Run, start: Start, at: &At) -> Result<Figures> {
    let wait = match (run.client, run.transport) {
        (Client::Ours, Transport::WebSocket) => our_websocket(start, at).await?,
        (Client::Ours, _) => our_events(start, at).await?,
        (_, Transport::WebSocket) => bare_websocket(start, at).await?,
        _ => bare_events(start, at).await?,
    };
    Ok(Figures {
        p50: wait.as_secs_f64() * 1e3,
        trips: wait.as_secs_f64() / ROUND_TRIP.as_secs_f64(),
        ..Figures::default()
    })
}

fn client(at: &At) -> Result<cartesia::Client> {
    let roots = RootCertificate::all_from_pem(&at.authority)?;
    Ok(cartesia::Client::builder()
        .api_key("sk_bench")
        .base_url(format!("https://localhost:{}{PLAN}", at.slow))
        .network(Network::new().with_extra_roots(roots))
        .build()?)
}

async fn our_websocket(start: Start, at: &At) -> Result<Duration> {
    let client = client(at)?;
    let mut first = None;
    if start != Start::Cold {
        let connection = client.tts().connect().await?;
        websocket::ours(&connection, 1, FORMAT, false).await?;
        first = Some(connection);
    }
    let asked = Instant::now();
    let connection = match (start, first) {
        (Start::Warm, Some(connection)) => connection,
        _ => client.tts().connect().await?,
    };
    websocket::first_of_ours(&connection, FORMAT).await?;
    Ok(asked.elapsed())
}

async fn our_events(start: Start, at: &At) -> Result<Duration> {
    let client = client(at)?;
    // One that is not read keeps its connection, so that the next request needs another one.
    let _unread = match start {
        Start::Cold => None,
        Start::Again => Some(sse::events(&client, FORMAT).await?),
        Start::Prepared => {
            client.prewarm().await?;
            None
        }
        Start::Warm => {
            sse::ours(&client, FORMAT).await?;
            None
        }
    };
    let asked = Instant::now();
    let mut events = sse::events(&client, FORMAT).await?;
    events.next_event().await?;
    Ok(asked.elapsed())
}

fn tls(at: &At) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(at.authority.as_bytes())?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

type Socket = WebSocketStream<TlsStream<TcpStream>>;

async fn connect(tls: &TlsConnector, at: &At) -> Result<Socket> {
    let stream = TcpStream::connect(("localhost", at.slow)).await?;
    stream.set_nodelay(true)?;
    let stream = tls
        .connect(ServerName::try_from("localhost")?, stream)
        .await?;
    let url = format!("wss://localhost:{}{PLAN}/tts/websocket", at.slow);
    Ok(client_async(url, stream).await?.0)
}

async fn first_message(socket: &mut Socket) -> Result {
    let message = r#"{"context_id":"bench-0","contexts":1}"#;
    socket.send(Message::text(message)).await?;
    match socket.next().await {
        Some(Ok(Message::Text(_))) => Ok(()),
        other => Err(format!("no audio: {other:?}").into()),
    }
}

async fn bare_websocket(start: Start, at: &At) -> Result<Duration> {
    let tls = TlsConnector::from(Arc::new(tls(at)?));
    let mut first = None;
    if start != Start::Cold {
        let mut socket = connect(&tls, at).await?;
        first_message(&mut socket).await?;
        // Until `done`, which is short.
        while let Some(Ok(Message::Text(text))) = socket.next().await {
            if text.len() < 256 {
                break;
            }
        }
        first = Some(socket);
    }
    let asked = Instant::now();
    let mut socket = match (start, first) {
        (Start::Warm, Some(socket)) => socket,
        _ => connect(&tls, at).await?,
    };
    first_message(&mut socket).await?;
    Ok(asked.elapsed())
}

async fn bare_events(start: Start, at: &At) -> Result<Duration> {
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(tls(at)?)
        .build()?;
    let url = format!("https://localhost:{}{PLAN}/tts/sse", at.slow);
    let ask = || http.post(&url).body("{}").send();
    let _unread = match start {
        Start::Cold => None,
        Start::Again => Some(ask().await?),
        Start::Prepared => {
            http.get(&url).send().await?.bytes().await?;
            None
        }
        Start::Warm => {
            ask().await?.bytes().await?;
            None
        }
    };
    let asked = Instant::now();
    ask().await?.chunk().await?;
    Ok(asked.elapsed())
}
