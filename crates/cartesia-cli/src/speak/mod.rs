//! `speak`: a text becomes audio in a file or on stdout.

mod fetch;
mod format;
mod sink;
mod text;

use std::path::Path;
use std::time::{Duration, Instant};

use cartesia::{Client, ErrorKind};
use serde::Serialize;

use crate::args::{Global, Speak};
use crate::connect;
use crate::failure::{Failure, print_json_line};
use fetch::Fetch;
use format::Plan;
pub(crate) use format::by_extension;
pub(crate) use sink::Sink;
use text::Text;

/// Figures of a run that went well, as programs read them; the order of the fields is part of it.
#[derive(Serialize)]
struct Report {
    outcome: &'static str,
    transport: &'static str,
    bytes: u64,
    audio_ms: u64,
    first_audio_ms: Option<u64>,
    total_ms: u64,
    request_id: Option<String>,
    /// Gaps in playback; null, since nothing was played.
    underruns: Option<u64>,
}

pub(crate) async fn run(global: &Global, speak: Speak) -> Result<(), Failure> {
    let plan = Plan::new(&speak)?;
    let text = Text::new(speak.text.as_deref(), plan.transport).await?;
    if !connect::nothing_is_configured(global) {
        let client = connect::client(global)?;
        return speak_with(&client, global, &speak, &plan, text).await;
    }
    // Without a key there is still something to hear.
    let server = cartesia_mock::MockServer::start().await.map_err(|error| {
        Failure::of(
            ErrorKind::Config,
            format!("the embedded mock server cannot run: {error}"),
        )
    })?;
    if !global.json {
        eprintln!(
            "CARTESIA_API_KEY is not set: using the embedded mock server, which hums the words \
             instead of speaking them."
        );
    }
    let client = connect::client_of_mock(global, &server.url())?;
    let result = speak_with(&client, global, &speak, &plan, text).await;
    server.shutdown().await;
    result
}

async fn speak_with(
    client: &Client,
    global: &Global,
    speak: &Speak,
    plan: &Plan,
    text: Text,
) -> Result<(), Failure> {
    let voice = connect::find_voice(client, global, &speak.voice).await?;
    // Before anything is synthesized and billed: a path that cannot be written is known now.
    let mut sink = Sink::open(&plan.output, plan.transport, plan.format)?;
    let mut fetch = Fetch::new(client, global, speak, plan, voice);
    let started = Instant::now();
    let outcome = tokio::select! {
        outcome = fetch.run(text, &mut sink) => outcome,
        _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
    };
    let total = started.elapsed();
    let request_id = fetch.finish().await;
    // What arrived before a failure is kept, as a file that plays.
    let (bytes, first_audio) = (sink.received(), sink.first_audio());
    let audio = sink.finish();
    outcome.map_err(|failure| failure.with_bytes(bytes))?;
    let report = Report {
        outcome: "ok",
        transport: plan.transport.as_str(),
        bytes,
        audio_ms: millis(audio?),
        first_audio_ms: first_audio.map(|first| millis(first - started)),
        total_ms: millis(total),
        request_id,
        underruns: None,
    };
    if global.json || speak.report {
        print_json_line(&report);
    } else {
        report.tell(&plan.output, speak.output.is_none());
    }
    Ok(())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Report {
    fn tell(&self, output: &Path, is_default: bool) {
        let name = if output == Path::new("-") {
            "stdout".into()
        } else {
            output.display().to_string()
        };
        eprintln!(
            "{name}: {}.{:02} s of speech, first audio after {} ms, all of it after {} ms",
            self.audio_ms / 1_000,
            self.audio_ms % 1_000 / 10,
            self.first_audio_ms.unwrap_or_default(),
            self.total_ms
        );
        if is_default {
            eprintln!("(This version does not play aloud; `-o FILE` chooses another file.)");
        }
    }
}
