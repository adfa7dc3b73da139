//! A WebSocket client that knows nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_mock::MockServer;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::{KEY, VOICE, within};

pub(crate) struct SocketClient {
    socket: WebSocketStream<TcpStream>,
}

/// The handshake with exactly these headers.
pub(crate) async fn handshake(
    server: &MockServer,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Result<(SocketClient, Response), Error> {
    handshake_at(&server.addr().to_string(), path, headers).await
}

/// The same with whatever listens at an address.
pub(crate) async fn handshake_at(
    address: &str,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Result<(SocketClient, Response), Error> {
    let url = format!("ws://{address}{path}");
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let stream = within(TcpStream::connect(address)).await.unwrap();
    let (socket, response) = within(tokio_tungstenite::client_async(request, stream)).await?;
    Ok((SocketClient { socket }, response))
}

/// A socket as clients open them.
pub(crate) async fn connect(server: &MockServer, version: &str) -> SocketClient {
    let authorization = format!("Bearer {KEY}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("cartesia-version", version),
    ];
    handshake(server, "/tts/websocket", &headers)
        .await
        .unwrap()
        .0
}

impl SocketClient {
    pub(crate) async fn send(&mut self, message: &Value) {
        self.send_raw(Message::text(message.to_string())).await;
    }

    pub(crate) async fn send_raw(&mut self, message: Message) {
        within(self.socket.send(message)).await.unwrap();
    }

    /// The next message, whatever it is.
    pub(crate) async fn next_raw(&mut self) -> Option<Result<Message, Error>> {
        within(self.socket.next()).await
    }

    /// The next message, which must be JSON.
    pub(crate) async fn next(&mut self) -> Value {
        let message = self.next_raw().await.expect("the socket ended").unwrap();
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }

    /// Everything up to and with the first `done` or `error` of a context.
    pub(crate) async fn until_over(&mut self, context_id: &str) -> Vec<Value> {
        let mut messages = Vec::new();
        loop {
            let message = self.next().await;
            let over = message["context_id"] == context_id
                && (message["type"] == "done" || message["type"] == "error");
            messages.push(message);
            if over {
                return messages;
            }
        }
    }

    /// Code and reason of the close frame that is next.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        match self.next_raw().await {
            Some(Ok(Message::Close(Some(close)))) => {
                (close.code.into(), close.reason.as_str().to_owned())
            }
            other => panic!("not closed: {other:?}"),
        }
    }

    pub(crate) fn inner(&mut self) -> &mut WebSocketStream<TcpStream> {
        &mut self.socket
    }
}

/// A request that every version accepts, and that ends its context.
pub(crate) fn request(context_id: &str, transcript: &str) -> Value {
    json!({
        "context_id": context_id,
        "model_id": "sonic-3",
        "transcript": transcript,
        "voice": {"mode": "id", "id": VOICE},
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16_000},
    })
}

/// The same, but more is to come, and nothing waits.
pub(crate) fn more(context_id: &str, transcript: &str) -> Value {
    let mut request = request(context_id, transcript);
    request["continue"] = true.into();
    request["max_buffer_delay_ms"] = 0.into();
    request
}

/// The empty input that ends what [`more`] began.
pub(crate) fn end(context_id: &str) -> Value {
    let mut request = more(context_id, "");
    request["continue"] = false.into();
    request
}

pub(crate) fn types(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message["type"].as_str().unwrap())
        .collect()
}

/// The audio of a context.
pub(crate) fn audio_of(messages: &[Value], context_id: &str) -> Vec<u8> {
    messages
        .iter()
        .filter(|message| message["type"] == "chunk" && message["context_id"] == context_id)
        .flat_map(|message| STANDARD.decode(message["data"].as_str().unwrap()).unwrap())
        .collect()
}
