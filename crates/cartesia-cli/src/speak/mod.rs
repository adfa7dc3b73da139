//! `speak`: a text becomes audio: aloud, in a file or on stdout.

#[cfg(feature = "playback")]
mod aloud;
mod decode;
pub(crate) mod estimate;
mod fetch;
mod format;
mod outlet;
mod pipe;
mod sink;
mod text;
#[cfg(feature = "playback")]
mod words;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cartesia::captions::{CaptionSettings, Captions};
use cartesia::tts::WordTiming;
use cartesia::{ErrorKind, Language};
use serde::Serialize;

use crate::args::Speak;
#[cfg(feature = "playback")]
use crate::args::Transport;
use crate::failure::Failure;
use crate::find_voice::find_voice;
use crate::global::Global;
use crate::playback::{Device, Opened, Playback};
use crate::{captions, connect, file_names, print, progress, receive, signals};
use fetch::Fetch;
use format::Plan;
pub(crate) use format::container;
use outlet::{Meter, Outlet};
pub(crate) use sink::Sink;
use text::Text;

/// Shorter speech is there before a progress bar could be read.
const SHOWN_FROM: Duration = Duration::from_secs(10);

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

pub(crate) async fn run(global: &Global, mut speak: Speak) -> Result<(), Failure> {
    speak.fill(&global.settings);
    let plan = Plan::new(&speak)?;
    // Before anything is sent: a path that cannot be written is known now.
    if let Some(output) = &speak.output {
        file_names::check(output)?;
    }
    if let Some(subtitles) = &speak.subtitles {
        captions::format_of(subtitles)?;
        file_names::check(subtitles)?;
    }
    let text = Text::new(global, &speak, plan.transport).await?;
    let said = text.known().map(str::to_owned);
    let client = connect::client(global)?;
    let voice = find_voice(&client, global, &speak.voice()).await?;
    let device = open_device(global, &speak, &plan)?;
    #[cfg(feature = "playback")]
    let device = match device {
        Some(device) if plan.transport == Transport::Ws && speak.output.is_none() => {
            return aloud::run(global, &speak, &plan, &client, voice, text, &device).await;
        }
        device => device,
    };
    let (mut outlet, output) = open(global, &speak, &plan, &text, device).await?;
    let mut fetch = Fetch::new(&client, global, &speak, &plan, voice);
    let started = Instant::now();
    let speaking = async {
        fetch.run(text, &mut outlet).await?;
        let arrived = started.elapsed();
        if !outlet.sink.has_audio() {
            return Err(Failure::of(ErrorKind::Incomplete, receive::NO_AUDIO));
        }
        outlet.meter = None;
        outlet.sink.drain().await?;
        let played = match &mut outlet.playback {
            Some(playback) => Some(playback.finish().await?),
            None => None,
        };
        Ok::<_, Failure>((arrived, played))
    };
    let outcome = tokio::select! {
        outcome = speaking => outcome,
        signal = signals::stop() => Err(Failure::stopped(signal)),
    };
    let Outlet {
        sink,
        playback,
        meter,
        words,
    } = outlet;
    drop(meter);
    if let (Err(failure), Some(playback)) = (&outcome, playback) {
        playback.end(failure.kind()).await;
    }
    let request_id = fetch.finish().await;
    let (bytes, first_audio) = (sink.received(), sink.first_audio());
    let (arrived, played) = match outcome {
        Ok(outcome) => outcome,
        // Audio received before a failure is kept, as a playable file.
        Err(failure) => return Err(failure.with_bytes(bytes).with_saved(sink.keep().await)),
    };
    let audio = sink.finish().await;
    let audio = audio.map_err(|failure| failure.with_bytes(bytes))?;
    if let Some(path) = &speak.subtitles {
        write_subtitles(&speak, path, said.as_deref(), &words)?;
    }
    Report {
        outcome: "ok",
        transport: plan.transport.as_str(),
        bytes,
        audio_ms: millis(audio),
        first_audio_ms: first_audio.map(|first| millis(first - started)),
        total_ms: millis(arrived),
        request_id,
        underruns: played.map(|played| played.underruns),
    }
    .tell(global, &speak, output.as_deref());
    Ok(())
}

/// Opens the device that is played on, if it is to be played and there is one.
fn open_device(global: &Global, speak: &Speak, plan: &Plan) -> Result<Option<Device>, Failure> {
    match plan.play.open(speak.aloud.device.as_deref())? {
        Opened::Playing(device) => Ok(Some(device)),
        Opened::Impossible => {
            if !global.json && !speak.quiet {
                let name = output_of(speak, plan);
                let name = name.display();
                print::note(&format!(
                    "There is no audio device to play on (`doctor` says more): writing {name}."
                ));
            }
            Ok(None)
        }
        Opened::Silent => Ok(None),
    }
}

/// The file that is written, if one is. A file with a generated name never replaces another.
fn output_of(speak: &Speak, plan: &Plan) -> PathBuf {
    match &speak.output {
        Some(output) => output.clone(),
        None => file_names::free(&plan.output),
    }
}

/// Opens what the audio goes to, before anything is synthesized and billed. Also returns the path of
/// what is written.
async fn open(
    global: &Global,
    speak: &Speak,
    plan: &Plan,
    text: &Text,
    device: Option<Device>,
) -> Result<(Outlet, Option<PathBuf>), Failure> {
    let output = output_of(speak, plan);
    let playback = match device {
        Some(device) => Some(Playback::on(device, plan.format, plan.has_header())?),
        None => None,
    };
    let output = (playback.is_none() || speak.output.is_some()).then_some(output);
    let sink = match &output {
        Some(output) => Sink::open(output, plan.transport, plan.format).await?,
        None if plan.has_header() => Sink::nowhere(plan.format, true),
        // Events carry raw samples, whatever container is asked for.
        None => Sink::nowhere(plan.raw().into(), false),
    };
    let is_shown = progress::is_shown(global) && !speak.report && !speak.quiet;
    let estimate = text.estimate();
    let estimate = estimate.filter(|estimate| is_shown && estimate.speech >= SHOWN_FROM);
    let meter = estimate.map(|estimate| Meter::new(plan.format, estimate.speech));
    let outlet = Outlet {
        sink,
        playback,
        meter,
        words: Vec::new(),
    };
    Ok((outlet, output))
}

/// Writes the words as a file of captions. A text that streamed in is not there any more: then words are
/// joined as their script asks.
fn write_subtitles(
    speak: &Speak,
    path: &Path,
    said: Option<&str>,
    words: &[WordTiming],
) -> Result<(), Failure> {
    let locale = speak.locale.as_ref().map(|locale| locale.as_str().into());
    let language: Option<Language> = speak.language.clone().or(locale);
    let settings = language.map_or_else(CaptionSettings::default, |language| {
        CaptionSettings::for_language(&language)
    });
    let captions = match said {
        Some(said) => Captions::of_text(said, words, &settings),
        None => Captions::new(words, &settings),
    };
    captions::check(&captions, said.unwrap_or("text"))?;
    captions::write(path, &captions.render(captions::format_of(path)?))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Report {
    /// Tells it in the way that was asked for.
    fn tell(&self, global: &Global, speak: &Speak, output: Option<&Path>) {
        if global.json || speak.report {
            print::json_note(self);
        } else if !speak.quiet {
            self.print(output);
        }
    }

    fn print(&self, output: Option<&Path>) {
        let name = match output {
            None => "played".into(),
            Some(output) if output == Path::new("-") => "stdout".into(),
            Some(output) => output.display().to_string(),
        };
        print::note(&format!(
            "{name}: {}.{:02} s of speech, first audio after {} ms, all of it after {} ms",
            self.audio_ms / 1_000,
            self.audio_ms % 1_000 / 10,
            self.first_audio_ms.unwrap_or_default(),
            self.total_ms
        ));
        if let Some(gaps @ 1..) = self.underruns {
            print::note(&format!(
                "There were {gaps} gaps in the sound: the audio arrived too slowly."
            ));
        }
    }
}
