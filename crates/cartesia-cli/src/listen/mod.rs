//! `listen`: what is said, while it is being said.

mod screen;
mod source;

use std::path::Path;
use std::pin::{Pin, pin};

use cartesia::captions::{CaptionFormat, CaptionSettings};
use cartesia::stt::{LiveEvent, LiveSpec, SttFormat, Transcript, TurnEvent, TurnsSpec};
use cartesia::{ErrorKind, SttEvent, SttStream};
use serde::Serialize;

use crate::args::Listen;
use crate::failure::Failure;
use crate::global::Global;
use crate::signals::Signal;
use crate::{captions, connect, file_names, signals};
use screen::Screen;
pub(crate) use source::Source;

pub(crate) async fn run(global: &Global, listen: Listen) -> Result<(), Failure> {
    // Before anything is sent and billed: a path that cannot be written is known now.
    for (path, _) in caption_files(&listen) {
        file_names::check(path)?;
    }
    if caption_files(&listen).all(|(path, _)| file_names::is_stdout(path))
        && caption_files(&listen).count() > 1
    {
        return Err(Failure::usage("stdout takes one kind of captions"));
    }
    let mut stop = pin!(signals::stop());
    let raw = listen.encoding.zip(listen.sample_rate);
    let opening = Source::open(listen.file.as_deref(), raw, microphone(&listen));
    let source = until(&mut stop, opening).await?;
    let client = connect::client(global)?;
    let format = source.format();
    let mut screen = Screen::new(global, prints_text(&listen));
    let stt = client.stt();
    let outcome = if listen.turns {
        let opening = async { Ok(stt.turns(turns_spec(&listen, format)).await?) };
        let stream = until(&mut stop, opening).await?;
        hear(stream, source, listen.speed, &mut screen, stop).await
    } else {
        let opening = async { Ok(stt.live(live_spec(&listen, format)).await?) };
        let stream = until(&mut stop, opening).await?;
        hear(stream, source, listen.speed, &mut screen, stop).await
    };
    let transcript = screen.finish();
    // The text so far is kept, whatever ended the run.
    let written = write_captions(&listen, &transcript);
    outcome.and(written)
}

#[cfg(feature = "playback")]
fn microphone(listen: &Listen) -> Option<&str> {
    listen.device.as_deref()
}

#[cfg(not(feature = "playback"))]
fn microphone(_: &Listen) -> Option<&str> {
    None
}

/// Does something unless a signal ends the run.
pub(crate) async fn until<T>(
    stop: impl Future<Output = Signal>,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        outcome = work => outcome,
        signal = stop => Err(Failure::stopped(signal)),
    }
}

fn live_spec(listen: &Listen, format: SttFormat) -> LiveSpec {
    let mut spec = LiveSpec::new(listen.model.clone(), format);
    spec.language.clone_from(&listen.language);
    spec.keyterms.clone_from(&listen.keyterm);
    spec
}

fn turns_spec(listen: &Listen, format: SttFormat) -> TurnsSpec {
    let mut spec = TurnsSpec::new(listen.model.clone(), format);
    spec.keyterms.clone_from(&listen.keyterm);
    spec
}

/// An event of either socket.
trait Event: SttEvent + Serialize {
    fn add_to(&self, transcript: &mut Transcript);
}

impl Event for LiveEvent {
    fn add_to(&self, transcript: &mut Transcript) {
        transcript.push(self);
    }
}

impl Event for TurnEvent {
    fn add_to(&self, transcript: &mut Transcript) {
        transcript.push_turn(self);
    }
}

/// Sends the audio and shows what comes back. A signal ends the audio; what was sent until then is still
/// transcribed.
async fn hear<E: Event>(
    stream: SttStream<E>,
    source: Source,
    speed: f64,
    screen: &mut Screen,
    mut stop: Pin<&mut impl Future<Output = Signal>>,
) -> Result<(), Failure> {
    let (input, mut output) = stream.split();
    let mut sending = Some(Box::pin(source.send(input, speed)));
    let mut sent = Ok(());
    let mut stopped = None;
    loop {
        let audio = async {
            match &mut sending {
                Some(sending) => sending.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = output.next_event() => match event {
                Ok(Some(event)) => screen.show(&event)?,
                Ok(None) => break,
                // Audio that cannot be read is why there is nothing to transcribe.
                Err(error) => return sent.and(Err(error.into())),
            },
            outcome = audio => {
                sending = None;
                sent = outcome;
            }
            signal = &mut stop, if stopped.is_none() => {
                // Dropping the input is the end of the audio.
                sending = None;
                stopped = Some(signal);
            }
        }
    }
    sent?;
    match stopped {
        Some(signal) => Err(Failure::stopped(signal)),
        None => Ok(()),
    }
}

/// The files of captions that are asked for.
fn caption_files(listen: &Listen) -> impl Iterator<Item = (&Path, CaptionFormat)> {
    let srt = listen.srt.iter().map(|path| (path, CaptionFormat::Srt));
    let vtt = listen.vtt.iter().map(|path| (path, CaptionFormat::Vtt));
    srt.chain(vtt)
        .map(|(path, format)| (path.as_path(), format))
}

/// Whether stdout is for the text.
fn prints_text(listen: &Listen) -> bool {
    !caption_files(listen).any(|(path, _)| file_names::is_stdout(path))
}

fn write_captions(listen: &Listen, transcript: &Transcript) -> Result<(), Failure> {
    let language = listen.language.as_ref();
    let settings = language.map_or_else(CaptionSettings::default, CaptionSettings::for_language);
    let captions = transcript.captions(&settings);
    for (path, format) in caption_files(listen) {
        captions::write(path, &captions.render(format))?;
    }
    if transcript.words().is_empty() && !captions.is_empty() && caption_files(listen).count() > 0 {
        let message =
            "the service sent no word timestamps: the times of the captions are estimates";
        return Err(Failure::of(ErrorKind::Incomplete, message));
    }
    Ok(())
}
