//! A thousand conversations on one connection and ten thousand over a pool, all at the pace of speech,
//! each checked byte for byte, with a reader among them that does not read.
//!
//! `cargo bench -p cartesia-ws --bench load`. The mock server runs in the same process, and both share
//! its memory and CPU time. An argument divides the numbers, for a machine that is smaller.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::print_stdout, reason = "it prints its results")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use cartesia_mock::{MockServer, Pace};
use cartesia_types::tts::{Buffering, ContextSpec, Event, GenerationRequest};
use cartesia_types::{ApiVersion, ErrorKind, ModelId, RawFormat, VoiceId};
use cartesia_ws::{Connector, ContextOutput, ContextPolicy, PoolConfig};
use tokio::task::JoinSet;

const TEXT: &str = "I looked into it, and the parcel left the depot this morning. It should be with you \
                    tomorrow before noon, and the driver will ring before.";

struct Scenario {
    name: &'static str,
    contexts: usize,
    connections: usize,
    format: RawFormat,
}

const SCENARIOS: [Scenario; 2] = [
    Scenario {
        name: "one connection, 16-bit 24 kHz",
        contexts: 1_000,
        connections: 1,
        format: RawFormat::PCM_S16LE_24000,
    },
    Scenario {
        name: "a pool of 20 connections, 8 kHz telephony",
        contexts: 10_000,
        connections: 20,
        format: RawFormat::PCM_MULAW_8000,
    },
];

/// What one reader saw.
struct Heard {
    id: String,
    audio: Vec<u8>,
    /// How late the audio was at worst, against playing it from its first chunk on.
    late: Duration,
}

fn spec(format: RawFormat) -> ContextSpec {
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    ContextSpec::new(ModelId::SONIC_LATEST, voice, format).with_buffering(Buffering::Verbatim)
}

async fn listen(mut output: ContextOutput) -> Heard {
    let format = output.format();
    let mut audio = Vec::new();
    let mut late = Duration::ZERO;
    let mut begin = None;
    while let Some(event) = output.next_event().await.expect("the stream is whole") {
        if let Event::Chunk(chunk) = event {
            let begin = *begin.get_or_insert_with(Instant::now);
            let due = format.duration_of_bytes(audio.len() as u64);
            late = late.max(begin.elapsed().saturating_sub(due));
            audio.extend_from_slice(&chunk.data);
        }
    }
    let id = output.id().to_string();
    Heard { id, audio, late }
}

/// A line of `/proc/self/status`, in MiB.
fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kibibytes = line.and_then(|line| {
        line.trim_start_matches(':')
            .trim()
            .split(' ')
            .next()?
            .parse::<u64>()
            .ok()
    });
    kibibytes.unwrap_or(0) / 1024
}

async fn run(server: &Arc<MockServer>, scenario: &Scenario, divisor: usize) {
    let contexts = scenario.contexts / divisor;
    let policy = ContextPolicy::default().with_buffer_bytes(32 * 1024);
    let connector = Connector::new()
        .api_key("sk_bench")
        .base_url(server.url())
        .contexts(policy);
    let config = PoolConfig::default()
        .with_max_connections(scenario.connections)
        .with_contexts_per_connection(contexts.div_ceil(scenario.connections) + 1)
        .with_spares(scenario.connections - 1);
    let pool = connector.tts_pool(config).expect("it is set up");
    pool.prewarm().await.expect("the server answers");
    let before = memory("VmRSS");

    let start = Instant::now();
    let request = GenerationRequest::new(spec(scenario.format), TEXT);
    let mut slow = pool.send(request.clone()).await.expect("it is taken");
    let mut readers = JoinSet::new();
    for _ in 0..contexts {
        let output = pool.send(request.clone()).await.expect("it is taken");
        readers.spawn(listen(output));
    }
    let all_sent = start.elapsed();
    let live = pool.stats().live_contexts;
    let heard = readers.join_all().await;
    let took = start.elapsed();
    let peak = memory("VmHWM");

    let mut late: Vec<_> = heard.iter().map(|heard| heard.late).collect();
    late.sort_unstable();
    let at = |percent: usize| late[(late.len() - 1) * percent / 100];
    for Heard { id, audio, .. } in &heard {
        let request =
            GenerationRequest::new(spec(scenario.format).with_context_id(id.as_str()), TEXT);
        let request = serde_json::to_value(request).expect("it is JSON");
        let expected = server.expected_audio(ApiVersion::LATEST, &request, &[TEXT]);
        assert!(
            expected.as_deref() == Some(audio),
            "{id} heard something else"
        );
    }
    let failed = loop {
        match slow.next_event().await {
            Ok(Some(_)) => {}
            Ok(None) => break None,
            Err(error) => break Some(error.kind()),
        }
    };
    assert_eq!(
        failed,
        Some(ErrorKind::SlowConsumer),
        "the reader that does not read"
    );
    println!(
        "{}: {contexts} contexts, {live} of them at once",
        scenario.name
    );
    println!("  every byte right; all asked for after {all_sent:.1?}, all said after {took:.1?}");
    println!(
        "  latest chunk against playing from the first on: p50 {:.0?}, p99 {:.0?}, worst {:.0?}",
        at(50),
        at(99),
        at(100)
    );
    println!("  memory: {before} MiB before, {peak} MiB at most, with all that was heard");
    pool.close().await;
}

fn main() {
    let divisor = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(1)
        .max(1);
    let server = MockServer::builder()
        .pace(Pace::RealTime)
        .start_on_thread()
        .expect("a mock server");
    let server = Arc::new(server);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    for scenario in &SCENARIOS {
        runtime.block_on(run(&server, scenario, divisor));
    }
}
