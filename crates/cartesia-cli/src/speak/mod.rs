//! `speak`: a text becomes audio in a file or on stdout.

mod format;
mod sink;

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::time::{Duration, Instant};

use cartesia::tts::{BytesRequest, SseRequest};
use cartesia::{Client, ErrorKind};
use serde_json::json;

use crate::args::{Global, Speak, Transport};
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use format::Plan;
use sink::Sink;

/// Figures of a run that went well.
struct Report {
    transport: Transport,
    bytes: u64,
    audio: Duration,
    first_audio: Option<Duration>,
    total: Duration,
    request_id: Option<String>,
}

pub(crate) async fn run(global: &Global, speak: Speak) -> Result<(), Failure> {
    let plan = Plan::new(&speak)?;
    let text = text(speak.text.as_deref())?;
    let quiet = global.json || speak.report;
    if !connect::nothing_is_configured(global) {
        let client = connect::client(global)?;
        return speak_with(&client, global, &speak, &plan, text, quiet).await;
    }
    // Without a key there is still something to hear.
    let server = cartesia_mock::MockServer::start().await.map_err(|error| {
        Failure::of(ErrorKind::Config, format!("the embedded mock server cannot run: {error}"))
    })?;
    eprintln!(
        "CARTESIA_API_KEY is not set: using the embedded mock server, which hums instead of speaking."
    );
    let client = connect::client_of_mock(global, &server.url())?;
    let result = speak_with(&client, global, &speak, &plan, text, quiet).await;
    server.shutdown().await;
    result
}

async fn speak_with(
    client: &Client,
    global: &Global,
    speak: &Speak,
    plan: &Plan,
    text: String,
    quiet: bool,
) -> Result<(), Failure> {
    let voice = connect::find_voice(client, global, &speak.voice).await?;
    // Before anything is synthesized and billed: a path that cannot be written is known now.
    let mut sink = Sink::open(&plan.output, plan.transport, plan.format)?;
    let mut request_id = None;
    let started = Instant::now();
    let receiving = async {
        match plan.transport {
            Transport::Sse => {
                let mut request =
                    SseRequest::new(speak.model.clone(), voice, text, plan.raw());
                request.language.clone_from(&speak.language);
                let mut stream = with_timeout!(client.tts().sse(request), global).await?;
                request_id = stream.info().request_id().map(str::to_owned);
                while let Some(audio) = stream.next_audio().await? {
                    sink.write(&audio)?;
                }
            }
            Transport::Bytes => {
                let mut request =
                    BytesRequest::new(speak.model.clone(), voice, text, plan.format);
                request.language.clone_from(&speak.language);
                let mut body = with_timeout!(client.tts().bytes(request), global).await?;
                request_id = body.info().request_id().map(str::to_owned);
                while let Some(audio) = body.next_chunk().await? {
                    sink.write(&audio)?;
                }
            }
        }
        Ok::<(), Failure>(())
    };
    let outcome = tokio::select! {
        outcome = receiving => outcome,
        _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
    };
    // What arrived before a failure is kept, as a file that plays.
    let (bytes, first_audio) = (sink.received(), sink.first_audio());
    let audio = sink.finish();
    outcome.map_err(|failure| failure.with_bytes(bytes))?;
    let report = Report {
        transport: plan.transport,
        bytes,
        audio: audio?,
        first_audio: first_audio.map(|first| first - started),
        total: started.elapsed(),
        request_id,
    };
    report.tell(&plan.output, speak.output.is_none(), quiet);
    Ok(())
}

impl Report {
    fn tell(&self, output: &Path, default_output: bool, as_json: bool) {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        if as_json {
            let line = json!({
                "outcome": "ok",
                "transport": self.transport.as_str(),
                "bytes": self.bytes,
                "audio_ms": millis(self.audio),
                "first_audio_ms": self.first_audio.map(millis),
                "total_ms": millis(self.total),
                "request_id": self.request_id,
                "underruns": null,
            });
            eprintln!("{line}");
            return;
        }
        let first = self.first_audio.unwrap_or_default();
        let name = if output == Path::new("-") { "stdout".into() } else { output.display().to_string() };
        eprintln!(
            "{name}: {:.2} s of speech, first audio after {} ms, all of it after {} ms",
            self.audio.as_secs_f64(),
            millis(first),
            millis(self.total)
        );
        if default_output {
            eprintln!("(This version does not play aloud; `-o FILE` chooses another file.)");
        }
    }
}

/// The text to speak: the argument, or all of stdin.
fn text(argument: Option<&str>) -> Result<String, Failure> {
    let text = match argument {
        Some(text) if text != "-" => text.to_owned(),
        None if std::io::stdin().is_terminal() => {
            return Err(Failure::usage("there is no text: give it as an argument or on stdin"));
        }
        _ => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|error| {
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
