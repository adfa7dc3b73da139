//! `speak`: a text becomes audio: aloud, in a file or on stdout.

mod format;
mod sink;

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cartesia::tts::{BytesRequest, SseRequest};
use cartesia::{Client, ErrorKind};
use serde::Serialize;

use crate::args::{Global, Speak, Transport};
use crate::connect::{self, with_timeout};
use crate::failure::{Failure, print_json_line};
use crate::playback::{Opened, Playback};
use format::Plan;
pub(crate) use format::by_extension;
pub(crate) use sink::Sink;

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
    let text = text(speak.text.as_deref())?;
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
    text: String,
) -> Result<(), Failure> {
    let voice = connect::find_voice(client, global, &speak.voice).await?;
    // Before anything is synthesized and billed: a device that cannot be opened and a path that cannot
    // be written are known now.
    let device = speak.aloud.device.as_deref();
    let mut playback = match plan.play.open(device, plan.format, plan.has_header()) {
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
    let mut sink = match output {
        Some(output) => Sink::open(output, plan.transport, plan.format)?,
        // Events carry bare samples, whatever container is asked for.
        None if plan.has_header() => Sink::nowhere(plan.format),
        None => Sink::nowhere(plan.raw().into()),
    };
    let mut request_id = None;
    let started = Instant::now();
    let receiving = async {
        match plan.transport {
            Transport::Sse => {
                let mut request = SseRequest::new(speak.model.clone(), voice, text, plan.raw());
                request.language.clone_from(&speak.language);
                let mut stream = with_timeout!(client.tts().sse(request), global).await?;
                request_id = stream.info().request_id().map(str::to_owned);
                while let Some(audio) = stream.next_audio().await? {
                    sink.write(&audio)?;
                    play(&mut playback, &audio).await?;
                }
            }
            Transport::Bytes => {
                let mut request = BytesRequest::new(speak.model.clone(), voice, text, plan.format);
                request.language.clone_from(&speak.language);
                let mut body = with_timeout!(client.tts().bytes(request), global).await?;
                request_id = body.info().request_id().map(str::to_owned);
                while let Some(audio) = body.next_chunk().await? {
                    sink.write(&audio)?;
                    play(&mut playback, &audio).await?;
                }
            }
        }
        let arrived = started.elapsed();
        let played = match &mut playback {
            Some(playback) => Some(playback.finish().await?),
            None => None,
        };
        Ok::<_, Failure>((arrived, played))
    };
    let outcome = tokio::select! {
        outcome = receiving => outcome,
        _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
    };
    if let (Err(failure), Some(playback)) = (&outcome, playback) {
        playback.end(failure.kind()).await;
    }
    // What arrived before a failure is kept, as a file that plays.
    let (bytes, first_audio) = (sink.received(), sink.first_audio());
    let audio = sink.finish();
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

/// Plays a piece, if anything is played.
async fn play(playback: &mut Option<Playback>, audio: &[u8]) -> Result<(), Failure> {
    match playback {
        Some(playback) => playback.write(audio).await,
        None => Ok(()),
    }
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

/// The text to speak: the argument, or all of stdin.
fn text(argument: Option<&str>) -> Result<String, Failure> {
    let text = match argument {
        Some(text) if text != "-" => text.to_owned(),
        None if std::io::stdin().is_terminal() => {
            return Err(Failure::usage(
                "there is no text: give it as an argument or on stdin",
            ));
        }
        _ => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| {
                    Failure::usage(format!("the text on stdin cannot be read: {error}"))
                })?;
            text
        }
    };
    if text.trim().is_empty() {
        return Err(Failure::usage("the text is empty"));
    }
    Ok(text)
}
