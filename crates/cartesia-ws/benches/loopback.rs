//! What a minute of speech costs the client in CPU time, over a real socket and through the public
//! API, beside a loop that drops the frames and beside a client written by hand.
//!
//! `cargo bench -p cartesia-ws --bench loopback`. The server runs on threads of its own; only the
//! client's thread is measured, all its tasks included.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::print_stdout, reason = "it prints its results")]

mod support;

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use cartesia_types::tts::{Buffering, ContextSpec, Event};
use cartesia_types::{ModelId, RawFormat, VoiceId};
use cartesia_ws::{Connector, TtsConnection};
use futures_util::future::join_all;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};
use tokio_websockets::ServerBuilder;

const FORMAT: RawFormat = RawFormat::PCM_F32LE_44100;
const ROUNDS: usize = 21;
/// Messages in a minute of speech.
#[expect(clippy::cast_possible_truncation, reason = "a minute is ten megabytes")]
const MINUTE: usize = FORMAT.bytes_per_second() as usize * 60 / support::CHUNK;

/// CPU time of this thread so far.
fn cpu_time() -> Duration {
    // The kernel adds up at its ticks, milliseconds apart, and when a thread gives way.
    std::thread::yield_now();
    // The first number is the time on the CPU in nanoseconds (Linux, Documentation/scheduler).
    let text = std::fs::read_to_string("/proc/thread-self/schedstat");
    let nanos = text
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok());
    Duration::from_nanos(nanos.expect("this bench reads CPU times the way Linux tells them"))
}

fn serve(listener: &TcpListener) {
    while let Ok((socket, _)) = listener.accept() {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(speak(socket))
        });
    }
}

/// Waits for as many contexts as each of them announces, and speaks a minute over all of them in turn.
async fn speak(socket: TcpStream) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    socket.set_nonblocking(true)?;
    let socket = tokio::net::TcpStream::from_std(socket)?;
    let noise = support::noise();
    let server = ServerBuilder::new();
    let (_, mut messages) = server.accept(socket).await.expect("a WebSocket");
    let mut names = Vec::new();
    while let Some(Ok(message)) = messages.next().await {
        let Some(text) = message.as_text() else {
            continue;
        };
        let message: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
        names.push(message["context_id"].as_str().expect("a name").to_owned());
        if Some(names.len() as u64) == message["contexts"].as_u64() {
            let mut minute = Vec::new();
            for name in names.iter().cycle().take(MINUTE) {
                support::frame(&support::chunk(name, &noise), &mut minute);
            }
            for name in names.drain(..) {
                support::frame(&support::done(&name), &mut minute);
            }
            messages.get_mut().write_all(&minute).await?;
        }
    }
    Ok(())
}

fn spec(contexts: usize) -> ContextSpec {
    ContextSpec::new(
        ModelId::SONIC_LATEST,
        VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091"),
        FORMAT,
    )
    .with_buffering(Buffering::Verbatim)
    .with_extra("contexts", contexts)
}

async fn ours(connection: &TtsConnection, contexts: usize) -> usize {
    let speech = (0..contexts).map(|_| async {
        let context = connection.context(spec(contexts)).expect("a context");
        let mut output = context.speak("A minute.").await.expect("it is taken");
        let mut audio = 0;
        while let Some(event) = output.next_event().await.expect("the stream is whole") {
            if let Event::Chunk(chunk) = event {
                audio += chunk.data.len();
            }
        }
        audio
    });
    join_all(speech).await.into_iter().sum()
}

/// Asks for a minute, gives each message to `read`, and counts what that says.
async fn bare(
    socket: &mut WebSocketStream<tokio::net::TcpStream>,
    contexts: usize,
    read: fn(&str) -> (usize, bool),
) -> usize {
    for number in 0..contexts {
        let message = format!(r#"{{"context_id":"bench-{number}","contexts":{contexts}}}"#);
        socket
            .send(Message::text(message))
            .await
            .expect("it is sent");
    }
    let (mut audio, mut done) = (0, 0);
    while done < contexts {
        let Some(Ok(Message::Text(text))) = socket.next().await else {
            panic!("the stream is not whole");
        };
        let (bytes, last) = read(&text);
        audio += bytes;
        done += usize::from(last);
    }
    audio
}

/// Only the last message is short.
fn drop_it(text: &str) -> (usize, bool) {
    (text.len(), text.len() < 1024)
}

fn by_hand(text: &str) -> (usize, bool) {
    let (audio, last) = support::by_hand(text);
    (audio.len(), last)
}

async fn connect_bare(address: &str) -> WebSocketStream<tokio::net::TcpStream> {
    let stream = tokio::net::TcpStream::connect(address)
        .await
        .expect("it listens");
    let (socket, _) = client_async(format!("ws://{address}/"), stream)
        .await
        .expect("a WebSocket");
    socket
}

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    std::thread::spawn(move || serve(&listener));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let connector = Connector::new()
        .api_key("sk_bench")
        .base_url(format!("ws://{address}"));
    let connection = runtime.block_on(connector.tts()).expect("a connection");
    let mut floor = runtime.block_on(connect_bare(&address));
    let mut naive = runtime.block_on(connect_bare(&address));

    for contexts in [1, 20] {
        let mut best = [Duration::MAX; 3];
        // In turns, so that whatever else the machine does meets all of them alike.
        for _ in 0..ROUNDS {
            for (index, best) in best.iter_mut().enumerate() {
                let start = cpu_time();
                let bytes = runtime.block_on(async {
                    match index {
                        0 => bare(&mut floor, contexts, drop_it).await,
                        1 => ours(&connection, contexts).await,
                        _ => bare(&mut naive, contexts, by_hand).await,
                    }
                });
                let spent = cpu_time().saturating_sub(start);
                assert!(bytes >= MINUTE * support::CHUNK, "{index}: {bytes} bytes");
                *best = (*best).min(spent);
            }
        }
        let [floor, ours, by_hand] = best;
        println!(
            "CPU time of the client per minute of 44.1 kHz float speech, {contexts} contexts, best of {ROUNDS}:"
        );
        for (name, time) in [
            ("tokio-tungstenite, frames dropped", floor),
            ("cartesia-ws, public API", ours),
            ("tokio-tungstenite, Value, base64", by_hand),
        ] {
            let (millis, ratio) = (
                time.as_secs_f64() * 1e3,
                time.as_secs_f64() / floor.as_secs_f64(),
            );
            println!("  {name:34} {millis:7.2} ms   {ratio:5.2} x");
        }
    }
}
