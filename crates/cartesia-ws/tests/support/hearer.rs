//! A server of speech to text that understands nothing: it counts audio, and every ten seconds of it are a
//! sentence. It keeps nothing, so that what grows is the client's.

use std::net::{SocketAddr, TcpListener, TcpStream};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio_websockets::{Message, ServerBuilder};

/// 8-bit samples, 8 000 of them in a second.
pub(crate) const SECOND: usize = 8_000;

/// Audio in a sentence.
pub(crate) const SENTENCE: usize = 10 * SECOND;

/// Starts the server on threads of its own.
pub(crate) fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        while let Ok((socket, _)) = listener.accept() {
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime");
                runtime.block_on(hear(socket));
            });
        }
    });
    address
}

async fn hear(socket: TcpStream) {
    socket.set_nodelay(true).expect("a socket");
    socket.set_nonblocking(true).expect("a socket");
    let socket = tokio::net::TcpStream::from_std(socket).expect("a socket");
    let (request, mut messages) = ServerBuilder::new()
        .accept(socket)
        .await
        .expect("a WebSocket");
    let has_turns = request.uri().path().starts_with("/stt/turns");
    let mut heard = 0;
    while let Some(Ok(message)) = messages.next().await {
        let mut answers = Vec::new();
        let mut is_over = false;
        if message.is_binary() {
            let before = heard / SENTENCE;
            heard += message.as_payload().len();
            if heard / SENTENCE > before {
                answers = sentence(has_turns);
            }
        } else if message.as_text().is_some_and(|text| text.contains("close")) {
            is_over = true;
            if !has_turns {
                answers.push(r#"{"type":"done"}"#);
            }
        }
        for answer in answers {
            if messages.send(Message::text(answer)).await.is_err() {
                return;
            }
        }
        if is_over {
            // The client may be gone already.
            _ = messages.close().await;
            return;
        }
    }
}

fn sentence(has_turns: bool) -> Vec<&'static str> {
    if has_turns {
        vec![
            r#"{"type":"turn.start","request_id":"r"}"#,
            r#"{"type":"turn.update","request_id":"r","transcript":"Ten seconds"}"#,
            r#"{"type":"turn.end","request_id":"r","transcript":"Ten seconds are over."}"#,
        ]
    } else {
        vec![
            r#"{"type":"transcript","request_id":"r","is_final":false,"text":" Ten seconds"}"#,
            r#"{"type":"transcript","request_id":"r","is_final":true,"text":" Ten seconds are over.","duration":10.0,"words":[]}"#,
        ]
    }
}
