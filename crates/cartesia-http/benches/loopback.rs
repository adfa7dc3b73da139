//! What a minute of speech costs the client in CPU time, over a real socket and through the public
//! API, beside a loop that drops the bytes and beside a client written by hand.
//!
//! `cargo bench -p cartesia-http --bench loopback`. The server runs on a thread of its own and sends
//! a stream that was made before; only the client's thread is measured.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::print_stdout, reason = "it prints its results")]

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use cartesia_http::Client;
use cartesia_types::tts::{Event, SseRequest};
use cartesia_types::{ModelId, RawFormat, VoiceId};

const FORMAT: RawFormat = RawFormat::PCM_F32LE_44100;
const ROUNDS: usize = 15;

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

/// Answers every request on every connection with the same stream.
fn serve(listener: &TcpListener, response: &Arc<[u8]>) {
    while let Ok((socket, _)) = listener.accept() {
        let response = Arc::clone(response);
        std::thread::spawn(move || answer_all(socket, &response));
    }
}

fn answer_all(mut socket: TcpStream, response: &[u8]) -> std::io::Result<()> {
    let mut reader = BufReader::new(socket.try_clone()?);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length])?;
        socket.write_all(response)?;
    }
}

async fn drop_the_bytes(client: &reqwest::Client, url: &str) -> usize {
    let mut response = client.get(url).send().await.expect("the server answers");
    let mut total = 0;
    while let Some(bytes) = response.chunk().await.expect("the stream is whole") {
        total += bytes.len();
    }
    total
}

async fn by_hand(client: &reqwest::Client, url: &str) -> usize {
    let response = client.get(url).send().await.expect("the server answers");
    support::by_hand(Box::pin(response.bytes_stream())).await
}

async fn ours(client: &Client) -> usize {
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let request = SseRequest::new(ModelId::SONIC_LATEST, voice, "a minute of speech", FORMAT);
    let mut events = client.tts().sse(request).await.expect("the server answers");
    let mut audio = 0;
    while let Some(event) = events.next_event().await.expect("the stream is whole") {
        if let Event::Chunk(chunk) = event {
            audio += chunk.data.len();
        }
    }
    audio
}

fn main() {
    let minute = usize::try_from(FORMAT.bytes_of_duration(Duration::from_secs(60))).expect("fits");
    let mut response = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                         transfer-encoding: chunked\r\n\r\n"
        .to_vec();
    for event in support::events(minute / support::CHUNK) {
        response.extend(format!("{:x}\r\n", event.len()).bytes());
        response.extend(event);
        response.extend(b"\r\n");
    }
    response.extend(b"0\r\n\r\n");

    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || serve(&listener, &response.into()));

    let client = Client::builder()
        .api_key("sk_bench")
        .base_url(&url)
        .build()
        .expect("it is set up");
    // A bare client takes the process-wide crypto provider; ours never looks at it.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let bare = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("it is set up");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut best = [Duration::MAX; 3];
    // In turns, so that whatever else the machine does meets all of them alike.
    for _ in 0..ROUNDS {
        for (index, best) in best.iter_mut().enumerate() {
            let start = cpu_time();
            let bytes = runtime.block_on(async {
                match index {
                    0 => drop_the_bytes(&bare, &url).await,
                    1 => ours(&client).await,
                    _ => by_hand(&bare, &url).await,
                }
            });
            assert!(
                bytes >= minute / support::CHUNK * support::CHUNK,
                "{index}: {bytes} bytes"
            );
            *best = (*best).min(cpu_time().saturating_sub(start));
        }
    }
    let [floor, ours, by_hand] = best;
    println!("CPU time of the client per minute of 44.1 kHz float speech, best of {ROUNDS}:");
    for (name, time) in [
        ("reqwest, bytes dropped", floor),
        ("cartesia-http, public API", ours),
        ("eventsource-stream, Value, base64", by_hand),
    ] {
        let (millis, ratio) = (
            time.as_secs_f64() * 1e3,
            time.as_secs_f64() / floor.as_secs_f64(),
        );
        println!("  {name:34} {millis:7.2} ms   {ratio:5.2} x");
    }
}
