//! `speak`: a text becomes audio: aloud, in a file or on stdout.

mod fetch;
mod format;
mod outlet;
mod pipe;
mod sink;
mod text;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cartesia::{Client, ErrorKind};
use serde::Serialize;

use crate::args::{Global, Speak};
use crate::connect;
use crate::failure::{Failure, print_json_line};
use crate::playback::Opened;
use fetch::Fetch;
use format::Plan;
pub(crate) use format::by_extension;
use outlet::Outlet;
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
    /// Gaps in playback; null when nothing was played.
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
    // Before anything is synthesized and billed: a device that cannot be opened and a path that cannot
    // be written are known now.
    let device = speak.aloud.device.as_deref();
    let playback = match plan.play.open(device, plan.format, plan.has_header()) {
        Opened::Playing(playback) => Some(*playback),
        Opened::Impossible => {
            if !global.json {
                eprintln!(
                    "There is no audio device to play on (`doctor` says more): writing {}.",
                    plan.output.display()
                );
            }
            None
        }
        Opened::Silent => None,
        Opened::Failed(failure) => return Err(failure),
    };
    let output = (playback.is_none() || speak.output.is_some()).then_some(&plan.output);
    let sink = match output {
        Some(output) => Sink::open(output, plan.transport, plan.format).await?,
        // Events carry bare samples, whatever container is asked for.
        None if plan.has_header() => Sink::nowhere(plan.format),
        None => Sink::nowhere(plan.raw().into()),
    };
    let mut outlet = Outlet { sink, playback };
    let mut fetch = Fetch::new(client, global, speak, plan, voice);
    let started = Instant::now();
    let speaking = async {
        fetch.run(text, &mut outlet).await?;
        let arrived = started.elapsed();
        outlet.sink.drain().await?;
        let played = match &mut outlet.playback {
            Some(playback) => Some(playback.finish().await?),
            None => None,
        };
        Ok::<_, Failure>((arrived, played))
    };
    let outcome = tokio::select! {
        outcome = speaking => outcome,
        _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
    };
    let Outlet { sink, playback } = outlet;
    if let (Err(failure), Some(playback)) = (&outcome, playback) {
        playback.end(failure.kind()).await;
    }
    let request_id = fetch.finish().await;
    // What arrived before a failure is kept, as a file that plays.
    let (bytes, first_audio) = (sink.received(), sink.first_audio());
    let audio = sink.finish().await;
    let (arrived, played) = outcome.map_err(|failure| failure.with_bytes(bytes))?;
    let report = Report {
        outcome: "ok",
        transport: plan.transport.as_str(),
        bytes,
        audio_ms: millis(audio?),
        first_audio_ms: first_audio.map(|first| millis(first - started)),
        total_ms: millis(arrived),
        request_id,
        underruns: played.map(|played| played.underruns),
    };
    if global.json || speak.report {
        print_json_line(&report);
    } else {
        report.tell(output.map(PathBuf::as_path));
    }
    Ok(())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Report {
    fn tell(&self, output: Option<&Path>) {
        let name = match output {
            None => "played".into(),
            Some(output) if output == Path::new("-") => "stdout".into(),
            Some(output) => output.display().to_string(),
        };
        eprintln!(
            "{name}: {}.{:02} s of speech, first audio after {} ms, all of it after {} ms",
            self.audio_ms / 1_000,
            self.audio_ms % 1_000 / 10,
            self.first_audio_ms.unwrap_or_default(),
            self.total_ms
        );
        if let Some(gaps @ 1..) = self.underruns {
            eprintln!("There were {gaps} gaps in the sound: the audio arrived too slowly.");
        }
    }
}
