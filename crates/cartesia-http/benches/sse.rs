//! From the bytes of an event stream to audio: this crate, the usual crates by hand, and a floor
//! that only looks at the bytes.
//!
//! `cargo bench -p cartesia-http --bench sse`. After Criterion's figures come the ratios.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::print_stdout, reason = "it prints its results")]

mod support;

use std::convert::Infallible;
use std::hint::black_box;
use std::time::{Duration, Instant};

use cartesia_http::sse::{DEFAULT_MAX_EVENT_BYTES, SseParser};
use cartesia_types::tts::Event;
use criterion::{Criterion, Throughput};
use futures_util::{FutureExt as _, stream};

const CHUNKS: usize = 64;
/// As a socket hands them out.
const PIECE: usize = 16 * 1024;

fn floor(bytes: &[u8]) -> usize {
    let mut scratch = Vec::with_capacity(PIECE);
    let mut total = 0;
    for piece in bytes.chunks(PIECE) {
        scratch.clear();
        scratch.extend_from_slice(piece);
        total += black_box(&scratch).len();
    }
    total
}

fn ours(bytes: &[u8]) -> usize {
    let mut parser = SseParser::new(DEFAULT_MAX_EVENT_BYTES);
    let mut audio = 0;
    for piece in bytes.chunks(PIECE) {
        parser.push(piece);
        while let Some(data) = parser.next_event().expect("the stream is well-formed") {
            if let Event::Chunk(chunk) = Event::from_json(data).expect("it decodes") {
                audio += black_box(&chunk.data).len();
            }
        }
    }
    audio
}

fn naive(bytes: &[u8]) -> usize {
    let pieces = stream::iter(bytes.chunks(PIECE).map(Ok::<_, Infallible>));
    support::by_hand(pieces)
        .now_or_never()
        .expect("nothing to wait for")
}

/// The best of many: what the code costs, not what else the machine does.
fn best(run: impl Fn() -> usize) -> Duration {
    let time = |run: &dyn Fn() -> usize| {
        let start = Instant::now();
        black_box(run());
        start.elapsed()
    };
    (0..30).map(|_| time(&run)).min().unwrap_or_default()
}

fn main() {
    let bytes = support::events(CHUNKS).concat();
    assert_eq!(ours(&bytes), CHUNKS * support::CHUNK);
    assert_eq!(naive(&bytes), CHUNKS * support::CHUNK);

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("sse");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("floor: bytes copied and dropped", |bench| {
        bench.iter(|| floor(&bytes));
    });
    group.bench_function("cartesia-http", |bench| {
        bench.iter(|| ours(&bytes));
    });
    group.bench_function("eventsource-stream, Value, base64", |bench| {
        bench.iter(|| naive(&bytes));
    });
    group.finish();

    let [floor, ours, naive] = [
        best(|| floor(&bytes)),
        best(|| ours(&bytes)),
        best(|| naive(&bytes)),
    ];
    let ratio = |slow: Duration, fast: Duration| slow.as_secs_f64() / fast.as_secs_f64();
    println!("parse, JSON and base64 of {CHUNKS} chunks of 16 kB in pieces of 16 kB:");
    println!(
        "  cartesia-http                      {:>8.1} x the floor",
        ratio(ours, floor)
    );
    println!(
        "  eventsource-stream, Value, base64  {:>8.1} x the floor",
        ratio(naive, floor)
    );
    println!(
        "  by hand against cartesia-http      {:>8.1} x",
        ratio(naive, ours)
    );
}
