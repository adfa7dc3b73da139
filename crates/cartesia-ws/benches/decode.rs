//! From a frame to PCM, in memory: a floor that drops the frames, this family's decoder, and one
//! written by hand.
//!
//! `cargo bench -p cartesia-ws --bench decode`.

#![allow(missing_docs, reason = "a program")]

mod support;

use std::hint::black_box;
use std::io::Cursor;

use cartesia_types::tts::{ContextId, Event, EventMessage};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// Frames that are read in one go.
const FRAMES: usize = 64;
const ID: &str = "6b1f4a1e-54a5-4bd8-9d0e-3d4b9c0f8f10";

fn read_all(stream: &[u8], mut take: impl FnMut(Utf8Bytes)) {
    let mut socket = WebSocket::from_raw_socket(Cursor::new(stream.to_vec()), Role::Client, None);
    for _ in 0..FRAMES {
        match socket.read() {
            Ok(Message::Text(text)) => take(text),
            other => panic!("{other:?}"),
        }
    }
}

fn decode(criterion: &mut Criterion) {
    let mut stream = Vec::new();
    for _ in 0..FRAMES {
        support::frame(&support::chunk(ID, &support::noise()), &mut stream);
    }
    let mut group = criterion.benchmark_group("frame_to_pcm");
    group.throughput(Throughput::Bytes((FRAMES * support::CHUNK) as u64));
    group.bench_function("floor: frames dropped", |bencher| {
        bencher.iter(|| read_all(&stream, |text| drop(black_box(text))));
    });
    group.bench_function("cartesia-types", |bencher| {
        let id = ContextId::from(ID);
        bencher.iter(|| {
            read_all(&stream, |text| {
                let message = EventMessage::parse(&text).expect("a message");
                assert_eq!(message.context_id(), Some(ID));
                let event = message.decode(Some(id.clone())).expect("an event");
                assert!(
                    matches!(&event, Event::Chunk(chunk) if chunk.data.len() == support::CHUNK)
                );
                drop(black_box(event));
            });
        });
    });
    group.bench_function("naive: serde_json::Value and base64", |bencher| {
        bencher.iter(|| read_all(&stream, |text| drop(black_box(support::by_hand(&text)))));
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
