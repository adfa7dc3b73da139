//! `bench`: many requests at once, and how fast and how evenly their speech comes.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

mod cpu;
mod playback;
mod report;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use cartesia::tts::{BytesRequest, SseRequest};
use cartesia::{Client, GenerationRequest, ModelId, RawFormat, TtsConnection};
use clap::Args;
use tokio::task::JoinSet;

use crate::args::{Transport, VoiceName, default_voice};
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::find_voice::find_voice;
use crate::global::Global;
use crate::signals;
use playback::Playback;
use report::{Report, millis};

/// The default format of `speak`.
const FORMAT: RawFormat = RawFormat::PCM_S16LE_44100;

/// Measure how fast speech comes, over many requests at once.
///
/// It needs a server: the service, where every request is billed, or a `cartesia-rs mock` that
/// CARTESIA_BASE_URL names.
///
/// First audio is measured from the request. A chunk is late by how much later it comes than a player
/// needs it that began with the first audio: a negative number says how much earlier it came. Underruns
/// are the gaps that such a player would have had. Exits with 0 if any request succeeded.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Transport of the audio
    #[arg(long, value_name = "HOW", default_value = "ws")]
    transport: Transport,
    /// Requests in flight at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = count)]
    contexts: usize,
    /// Number of requests
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = count)]
    requests: usize,
    /// Number of WebSockets that they share
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = count)]
    connections: usize,
    /// The text to speak
    #[arg(
        long,
        default_value = "The quick brown fox jumps over the lazy dog, again and again."
    )]
    text: String,
    /// The voice, by its id or name [default: Katie]
    #[arg(long, value_name = "ID|NAME", default_value_t = default_voice(), hide_default_value = true)]
    voice: VoiceName,
    /// The model
    #[arg(long, value_name = "ID", default_value_t = ModelId::default())]
    model: ModelId,
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=100_000) => Ok(count),
        _ => Err("it is not a number from 1 to 100000".to_owned()),
    }
}

pub(crate) async fn run(global: &Global, bench: Bench) -> Result<(), Failure> {
    if bench.text.trim().is_empty() {
        return Err(Failure::usage("the text is empty"));
    }
    let client = connect::client(global)?;
    tokio::select! {
        outcome = measure(global, &bench, client) => outcome,
        signal = signals::stop() => Err(Failure::stopped(signal)),
    }
}

async fn measure(global: &Global, bench: &Bench, client: Client) -> Result<(), Failure> {
    let voice = find_voice(&client, global, &bench.voice).await?;
    let at_once = bench.contexts.min(bench.requests);
    let connecting = Instant::now();
    let mut connections = Vec::new();
    if bench.transport == Transport::Ws {
        // One without a context would be of no use.
        for _ in 0..bench.connections.min(at_once) {
            connections.push(client.tts().connect().await?);
        }
    }
    let is_ws = !connections.is_empty();
    let mut report = Report {
        transport: bench.transport.as_str(),
        requests: bench.requests,
        contexts: at_once,
        connections: is_ws.then_some(connections.len()),
        connect_ms: is_ws.then(|| millis(connecting.elapsed())),
        ok: 0,
        errors: BTreeMap::new(),
        first_audio_ms: None,
        lateness_ms: None,
        underruns: 0,
        bytes: 0,
        audio_ms: 0.0,
        wall_ms: 0.0,
        throughput: 0.0,
        cpu_ms_per_audio_minute: None,
    };

    let request = SseRequest::new(bench.model.clone(), voice, &bench.text, FORMAT);
    let taken = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    let (started, cpu) = (Instant::now(), cpu::time());
    for index in 0..at_once {
        let caller = Caller {
            client: client.clone(),
            global: global.clone(),
            connection: connections.iter().cycle().nth(index).cloned(),
            transport: bench.transport,
            request: request.clone(),
        };
        let (taken, requests) = (Arc::clone(&taken), bench.requests);
        callers.spawn(async move {
            let mut made = Vec::new();
            while taken.fetch_add(1, Ordering::Relaxed) < requests {
                made.push(caller.call().await);
            }
            made
        });
    }
    let mut heard = Vec::with_capacity(bench.requests);
    let mut first_failure = None;
    for (playback, outcome) in callers.join_all().await.into_iter().flatten() {
        heard.push(playback);
        match outcome {
            Ok(()) => report.ok += 1,
            Err(failure) => {
                *report.errors.entry(failure.kind_name()).or_default() += 1;
                first_failure.get_or_insert(failure);
            }
        }
    }
    let cpu = cpu::time()
        .zip(cpu)
        .map(|(now, then)| now.saturating_sub(then));
    report.add(&heard, started.elapsed(), cpu);
    for connection in connections {
        connection.close().await;
    }
    report.print(global.json)?;
    match first_failure {
        Some(failure) if report.ok == 0 => Err(failure),
        _ => Ok(()),
    }
}

/// Makes one request after the other.
struct Caller {
    client: Client,
    global: Global,
    connection: Option<TtsConnection>,
    transport: Transport,
    request: SseRequest,
}

impl Caller {
    async fn call(&self) -> (Playback, Result<(), Failure>) {
        let mut playback = Playback::new(FORMAT, Instant::now());
        let outcome = match &self.connection {
            Some(connection) => self.by_context(connection, &mut playback).await,
            None if self.transport == Transport::Bytes => self.by_bytes(&mut playback).await,
            None => self.by_events(&mut playback).await,
        };
        (playback, outcome)
    }

    async fn by_context(
        &self,
        connection: &TtsConnection,
        playback: &mut Playback,
    ) -> Result<(), Failure> {
        let request = GenerationRequest::from(self.request.clone());
        let mut output = connection.send(request).await?;
        while let Some(audio) = output.next_audio().await? {
            playback.hear(audio.len(), Instant::now());
        }
        Ok(())
    }

    async fn by_events(&self, playback: &mut Playback) -> Result<(), Failure> {
        let call = self.client.tts().sse(self.request.clone());
        let mut stream = with_timeout!(call, self.global).await?;
        while let Some(audio) = stream.next_audio().await? {
            playback.hear(audio.len(), Instant::now());
        }
        Ok(())
    }

    async fn by_bytes(&self, playback: &mut Playback) -> Result<(), Failure> {
        let SseRequest {
            model_id,
            voice,
            transcript,
            ..
        } = self.request.clone();
        let request = BytesRequest::new(model_id, voice, transcript, FORMAT);
        let mut body = with_timeout!(self.client.tts().bytes(request), self.global).await?;
        while let Some(audio) = body.next_chunk().await? {
            playback.hear(audio.len(), Instant::now());
        }
        Ok(())
    }
}
