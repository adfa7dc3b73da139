//! An hour of audio takes no more memory than five minutes. A binary of its own: the memory is that of the
//! whole process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/hearer.rs"]
mod hearer;

use std::time::Duration;

use cartesia_types::stt::{
    LiveEvent, LiveSpec, SttEncoding, SttFormat, SttModelId, TurnEvent, TurnsSpec,
};
use cartesia_ws::{Connector, SttEvent, SttStream};
use hearer::SECOND;

const MINUTES: usize = 60;
/// Minutes after which everything is there that is allocated once.
const WARM_UP: usize = 5;
/// What may come on top of that, for what the allocator does. The audio of the rest is 26 MB.
const MOST: usize = 6 << 20;

/// Memory of this process, in bytes.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.unwrap().trim().trim_end_matches(" kB");
    kibibytes.parse::<usize>().unwrap() << 10
}

/// Sends an hour as fast as it goes, and returns how many sentences came back.
async fn listen_for_an_hour<E: SttEvent>(
    stream: SttStream<E>,
    is_sentence: fn(&E) -> bool,
) -> usize {
    let (mut input, mut output) = stream.split();
    let writer = async {
        let (mut before, mut most) = (0, 0);
        for minute in 1..=MINUTES {
            for _ in 0..60 {
                // Samples of its own, as from a microphone.
                input.send(vec![0x55; SECOND]).await.unwrap();
            }
            let now = memory();
            if minute <= WARM_UP {
                before = before.max(now);
            } else {
                most = most.max(now);
            }
        }
        input.finish().await.unwrap();
        most.saturating_sub(before)
    };
    let reader = async {
        let (mut sentences, mut most) = (0, 0);
        while let Some(event) = output.next_event().await.unwrap() {
            sentences += usize::from(is_sentence(&event));
            most = most.max(output.stats().buffered_bytes);
        }
        assert_eq!(output.stats().connections, 1);
        // The buffer for a lost connection, and what waits to be sent.
        assert!(most < 60 * SECOND as u64, "{most}");
        sentences
    };
    let (grown, sentences) = tokio::join!(writer, reader);
    assert!(grown < MOST, "{grown} bytes more");
    sentences
}

#[test]
fn memory_is_flat_over_an_hour_of_audio() {
    let address = hearer::start();
    let connector = Connector::new()
        .api_key("sk_example")
        .base_url(format!("ws://{address}"));
    let format = SttFormat::new(SttEncoding::PcmMulaw, 8_000);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let hour = async {
        let spec = LiveSpec::new(SttModelId::INK_2, format);
        let stream = connector.live(spec).await.unwrap();
        let finals = |event: &LiveEvent| matches!(event, LiveEvent::Transcript(it) if it.is_final);
        let live = listen_for_an_hour(stream, finals).await;
        let spec = TurnsSpec::new(SttModelId::INK_2, format);
        let stream = connector.turns(spec).await.unwrap();
        let ends = |event: &TurnEvent| matches!(event, TurnEvent::End(_));
        let turns = listen_for_an_hour(stream, ends).await;
        (live, turns)
    };
    let limit = Duration::from_secs(120);
    let heard = runtime.block_on(async { tokio::time::timeout(limit, hour).await });
    assert_eq!(heard.unwrap(), (MINUTES * 6, MINUTES * 6));
}
