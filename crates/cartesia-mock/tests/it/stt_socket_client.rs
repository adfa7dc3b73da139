//! A client that listens.

use cartesia_mock::MockServer;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use crate::socket_client::{SocketClient, handshake};
use crate::support::{KEY, NEWEST, audio, body};

pub(crate) const MANUAL: &str = "/stt/websocket?model=ink-2&encoding=pcm_s16le&sample_rate=16000";
pub(crate) const TURNS: &str =
    "/stt/turns/websocket?model=ink-2&encoding=pcm_s16le&sample_rate=16000";

/// A hundred milliseconds at 16 kHz.
pub(crate) const FRAME: usize = 3_200;

pub(crate) async fn listen(server: &MockServer, path: &str, version: &str) -> SocketClient {
    let authorization = format!("Bearer {KEY}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("cartesia-version", version),
    ];
    handshake(server, path, &headers).await.unwrap().0
}

/// Speech in 16-bit samples at 16 kHz.
pub(crate) async fn spoken(server: &MockServer, text: &str) -> Vec<u8> {
    audio(server, NEWEST, &body(text)).await
}

impl SocketClient {
    pub(crate) async fn send_audio(&mut self, audio: &[u8], frame: usize) {
        for frame in audio.chunks(frame) {
            self.send_raw(Message::binary(frame.to_vec())).await;
        }
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.send_raw(Message::text(text.to_owned())).await;
    }

    /// Everything up to and with the first message of a type.
    pub(crate) async fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut messages = Vec::new();
        loop {
            let message = self.next().await;
            let last = message["type"] == kind;
            messages.push(message);
            if last {
                return messages;
            }
        }
    }

    /// Everything up to the close frame, and its code.
    pub(crate) async fn until_closed(&mut self) -> (Vec<Value>, u16) {
        let mut messages = Vec::new();
        loop {
            match self.next_raw().await.unwrap().unwrap() {
                Message::Close(close) => return (messages, close.unwrap().code.into()),
                Message::Text(text) => messages.push(serde_json::from_str(&text).unwrap()),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// All text that is final, as clients put it together.
pub(crate) fn final_text(messages: &[Value]) -> String {
    let last = messages
        .iter()
        .filter(|message| message["is_final"] == true);
    last.map(|message| message["text"].as_str().unwrap())
        .collect()
}

/// The messages without what differs between connections.
pub(crate) fn anonymous(mut messages: Vec<Value>) -> Vec<Value> {
    for message in &mut messages {
        message["request_id"] = Value::Null;
    }
    messages
}
