//! Clients on a WebSocket.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use cartesia::tts::{Buffering, ContextSpec, Event};
use cartesia::{ModelId, RawFormat, TtsConnection, VoiceId};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async};
use xtask::Result;

use crate::by_hand;
use crate::client::Seen;
use crate::scenario::Client;

/// A connection of one of the clients.
pub(crate) enum Connection {
    Ours(TtsConnection),
    Bare(Client, Box<WebSocketStream<TcpStream>>),
}

/// How long ago a message was sent, in milliseconds.
fn age(sent_at: f64) -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0.0, |now| now.as_secs_f64() * 1e3 - sent_at)
}

pub(crate) fn spec(contexts: usize, format: RawFormat) -> ContextSpec {
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    ContextSpec::new(ModelId::SONIC_LATEST, voice, format)
        .with_buffering(Buffering::Verbatim)
        .with_extra("contexts", contexts)
}

/// A connection of this SDK.
pub(crate) async fn connect(port: u16, plan: &str) -> Result<TtsConnection> {
    let client = cartesia::Client::builder()
        .api_key("sk_bench")
        .base_url(format!("http://127.0.0.1:{port}{plan}"))
        .build()?;
    Ok(client.tts().connect().await?)
}

/// Waits for the first event of a context.
pub(crate) async fn first_of_ours(connection: &TtsConnection, format: RawFormat) -> Result {
    let context = connection.context(spec(1, format))?;
    let mut output = context.speak("A minute.").await?;
    output.next_event().await?;
    Ok(())
}

impl Connection {
    pub(crate) async fn open(client: Client, port: u16, plan: &str) -> Result<Self> {
        if client == Client::Ours {
            return Ok(Self::Ours(connect(port, plan).await?));
        }
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let url = format!("ws://127.0.0.1:{port}{plan}/tts/websocket");
        let (socket, _) = client_async(url, stream).await?;
        Ok(Self::Bare(client, Box::new(socket)))
    }

    /// Speaks over so many contexts at once. With `paced`, notes how late each chunk is.
    pub(crate) async fn speak(
        &mut self,
        contexts: usize,
        format: RawFormat,
        paced: bool,
    ) -> Result<Seen> {
        match self {
            Self::Ours(connection) => ours(connection, contexts, format, paced).await,
            Self::Bare(client, socket) => {
                for number in 0..contexts {
                    let message =
                        format!(r#"{{"context_id":"bench-{number}","contexts":{contexts}}}"#);
                    socket.send(Message::text(message)).await?;
                }
                if *client == Client::Routed {
                    routed(socket, contexts, paced).await
                } else {
                    bare(*client, socket, contexts, paced).await
                }
            }
        }
    }
}

pub(crate) async fn ours(
    connection: &TtsConnection,
    contexts: usize,
    format: RawFormat,
    paced: bool,
) -> Result<Seen> {
    let read = |context: cartesia::TtsContext| async move {
        let mut seen = Seen::default();
        let mut output = context.speak("A minute.").await?;
        while let Some(event) = output.next_event().await? {
            if let Event::Chunk(chunk) = event {
                seen.chunk(chunk.data.len());
                if paced && let Some(sent) = chunk.step_time {
                    seen.late.push(age(sent.as_secs_f64() * 1e3));
                }
            }
        }
        Ok::<_, cartesia::Error>(seen)
    };
    if contexts == 1 {
        // Read here, so that where this runs is where a program reads.
        return Ok(read(connection.context(spec(1, format))?).await?);
    }
    let mut readers = JoinSet::new();
    for _ in 0..contexts {
        readers.spawn(read(connection.context(spec(contexts, format))?));
    }
    let mut all = Seen::default();
    while let Some(seen) = readers.join_next().await {
        all.add(seen??);
    }
    Ok(all)
}

async fn bare(
    client: Client,
    socket: &mut WebSocketStream<TcpStream>,
    contexts: usize,
    paced: bool,
) -> Result<Seen> {
    let mut seen = Seen::default();
    let mut done = 0;
    while done < contexts {
        let text = next(socket).await?;
        let (bytes, last) = match client {
            Client::ByHand => by_hand::read(&text),
            Client::Decode => {
                let (audio, last) = by_hand::decode_alone(text.as_bytes());
                (audio.len(), last)
            }
            // Only the last message is short.
            _ => (text.len(), text.len() < 256),
        };
        if last {
            done += 1;
        } else {
            seen.chunk(bytes);
            if paced && let Some(sent) = by_hand::sent_at(&text) {
                seen.late.push(age(sent));
            }
        }
    }
    Ok(seen)
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Result<Utf8Bytes> {
    match socket.next().await {
        Some(Ok(Message::Text(text))) => Ok(text),
        other => Err(format!("the stream is not whole: {other:?}").into()),
    }
}

/// What a program writes that gives each context a reader of its own.
async fn routed(
    socket: &mut WebSocketStream<TcpStream>,
    contexts: usize,
    paced: bool,
) -> Result<Seen> {
    let mut readers = JoinSet::new();
    let mut ways = HashMap::new();
    for number in 0..contexts {
        let (way, mut audio) = mpsc::channel::<(Bytes, f64)>(64);
        ways.insert(format!("bench-{number}"), way);
        readers.spawn(async move {
            let mut seen = Seen::default();
            while let Some((audio, sent)) = audio.recv().await {
                seen.chunk(audio.len());
                if paced {
                    seen.late.push(age(sent));
                }
            }
            seen
        });
    }
    while !ways.is_empty() {
        let text = next(socket).await?;
        let before = "\"context_id\":\"";
        let start = text.find(before).ok_or("no name")? + before.len();
        let name = text[start..].split('"').next().unwrap_or_default();
        let (audio, last) = by_hand::decode_alone(text.as_bytes());
        if last {
            ways.remove(name);
        } else {
            let sent = by_hand::sent_at(&text).unwrap_or_default();
            let way = ways.get(name).ok_or("an unknown name")?;
            way.send((audio, sent)).await?;
        }
    }
    let mut all = Seen::default();
    while let Some(seen) = readers.join_next().await {
        all.add(seen?);
    }
    Ok(all)
}
