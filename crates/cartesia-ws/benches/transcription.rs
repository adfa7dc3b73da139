//! What a minute of audio costs the client of speech to text in CPU time, over a real socket and through the
//! public API, beside a loop that sends the same messages and drops the answers; and how much memory an hour
//! takes.
//!
//! `cargo bench -p cartesia-ws --bench transcription`. The server runs on threads of its own; only the client's
//! thread is measured, all its tasks included.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::print_stdout, reason = "it prints its results")]

#[path = "support/hearer.rs"]
mod hearer;

use std::time::Duration;

use cartesia_types::stt::{LiveSpec, SttEncoding, SttFormat, SttModelId, TurnsSpec};
use cartesia_ws::{Connector, SttEvent, SttStream};
use futures_util::{SinkExt as _, StreamExt as _};
use hearer::SECOND;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

const ROUNDS: usize = 15;
/// Minutes of a round, so that opening and closing the connection hardly count.
const MINUTES: usize = 10;
/// 100 ms, as the vendor recommends.
const PIECE: usize = SECOND / 10;
const PIECES: usize = MINUTES * 60 * 10;
const SENTENCES: usize = MINUTES * 60 * SECOND / hearer::SENTENCE;

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

/// A line of `/proc/self/status`, in bytes.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this bench runs on Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.expect("the line is there");
    let kibibytes: u64 = kibibytes
        .trim_matches([':', '\t', ' ', 'k', 'B'])
        .parse()
        .expect("a number of kB");
    kibibytes << 10
}

fn piece() -> Vec<u8> {
    vec![0x55; PIECE]
}

async fn ours<E: SttEvent>(stream: SttStream<E>, pieces: usize) -> usize {
    let (mut input, mut output) = stream.split();
    let writer = async {
        for _ in 0..pieces {
            input.send(piece()).await.expect("it is taken");
        }
        input.finish().await.expect("it is taken");
    };
    let reader = async {
        let mut events = 0;
        while let Some(_event) = output.next_event().await.expect("it ends well") {
            events += 1;
        }
        events
    };
    tokio::join!(writer, reader).1
}

/// Sends the same messages, and drops what comes back.
async fn floor(address: &str, path: &str, close: &str) -> usize {
    let stream = tokio::net::TcpStream::connect(address)
        .await
        .expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    let (socket, _) = client_async(format!("ws://{address}{path}"), stream)
        .await
        .expect("a WebSocket");
    let (mut sender, mut receiver) = socket.split();
    let writer = async {
        for _ in 0..PIECES {
            let message = Message::binary(piece());
            sender.send(message).await.expect("it is sent");
        }
        let close = Message::text(close);
        sender.send(close).await.expect("it is sent");
    };
    let reader = async {
        let mut texts = 0;
        while let Some(Ok(message)) = receiver.next().await {
            texts += usize::from(message.is_text());
        }
        texts
    };
    tokio::join!(writer, reader).1
}

fn main() {
    let address = hearer::start().to_string();
    let connector = Connector::new()
        .api_key("sk_bench")
        .base_url(format!("ws://{address}"));
    let format = SttFormat::new(SttEncoding::PcmMulaw, 8_000);
    let live = || LiveSpec::new(SttModelId::INK_2, format);
    let turns = || TurnsSpec::new(SttModelId::INK_2, format);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut best = [Duration::MAX; 4];
    // In turns, so that whatever else the machine does meets all of them alike.
    for _ in 0..ROUNDS {
        for (index, best) in best.iter_mut().enumerate() {
            let start = cpu_time();
            let events = runtime.block_on(async {
                match index {
                    0 => floor(&address, "/stt/websocket", "close").await,
                    1 => {
                        let stream = connector.live(live()).await.expect("a connection");
                        ours(stream, PIECES).await
                    }
                    2 => floor(&address, "/stt/turns/websocket", r#"{"type":"close"}"#).await,
                    _ => {
                        let stream = connector.turns(turns()).await.expect("a connection");
                        ours(stream, PIECES).await
                    }
                }
            });
            let spent = cpu_time().saturating_sub(start);
            assert!(events >= 2 * SENTENCES, "{index}: {events} events");
            *best = (*best).min(spent);
        }
    }
    println!(
        "CPU time of the client per minute of 8 kHz audio in messages of 100 ms, best of {ROUNDS}:"
    );
    for (names, pair) in [
        (
            ["send and drop, manual finalize", "cartesia-ws, live"],
            &best[..2],
        ),
        (["send and drop, turns", "cartesia-ws, turns"], &best[2..]),
    ] {
        for (name, time) in names.into_iter().zip(pair) {
            #[expect(clippy::cast_precision_loss, reason = "a few minutes")]
            let millis = time.as_secs_f64() * 1e3 / MINUTES as f64;
            let ratio = time.as_secs_f64() / pair[0].as_secs_f64();
            println!("  {name:34} {millis:7.3} ms   {ratio:5.2} x");
        }
    }
    let before = memory("VmRSS");
    std::fs::write("/proc/self/clear_refs", "5").expect("the peak can be reset");
    runtime.block_on(async {
        let stream = connector.live(live()).await.expect("a connection");
        ours(stream, 60 * 60 * 10).await;
    });
    let above = memory("VmHWM").saturating_sub(before);
    println!("an hour of audio (28.8 MB): {above} bytes more than before");
}
