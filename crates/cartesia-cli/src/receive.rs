//! Audio that comes back for a file that was sent.

use std::path::Path;

use cartesia::http::{AudioCall, SseCall};
use cartesia::{ErrorKind, Mp3Format, OutputFormat, RawEncoding, RawFormat, WavFormat};
use serde::Serialize;

use crate::args::{AudioOutput, Container, Transport};
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::speak::{Sink, container};
use crate::{print, signals};

/// Figures of a run that went well, as programs read them; the order of the fields is part of it.
#[derive(Serialize)]
struct Report {
    outcome: &'static str,
    bytes: u64,
    audio_ms: u64,
    request_id: Option<String>,
}

/// The source of the audio.
pub(crate) enum Source {
    Bytes(AudioCall),
    Events(SseCall),
}

impl From<AudioCall> for Source {
    fn from(call: AudioCall) -> Self {
        Self::Bytes(call)
    }
}

impl From<SseCall> for Source {
    fn from(call: SseCall) -> Self {
        Self::Events(call)
    }
}

impl Source {
    fn transport(&self) -> Transport {
        match self {
            Self::Bytes(_) => Transport::Bytes,
            Self::Events(_) => Transport::Sse,
        }
    }
}

impl AudioOutput {
    /// The format that the flags ask for.
    pub(crate) fn format(&self) -> Result<OutputFormat, Failure> {
        let container = container(self.container, Some(&self.output))?;
        if container == Container::Mp3 && self.encoding.is_some() {
            return Err(Failure::usage(
                "MP3 has no --encoding: it is chosen by --bit-rate",
            ));
        }
        let encoding = self.encoding.unwrap_or(RawEncoding::PcmS16Le);
        let sample_rate = self.sample_rate.unwrap_or(match encoding {
            RawEncoding::PcmMulaw | RawEncoding::PcmAlaw => 8_000,
            _ => 44_100,
        });
        Ok(match container {
            Container::Raw => RawFormat::new(encoding, sample_rate).into(),
            Container::Wav => WavFormat::new(encoding, sample_rate).into(),
            Container::Mp3 => Mp3Format::new(sample_rate, self.bit_rate).into(),
        })
    }
}

/// A success without audio is an error.
pub(crate) const NO_AUDIO: &str =
    "the service sent no audio: there may be nothing to speak in the text";

/// Writes the answer as it arrives. Audio received before a failure is kept, as a playable file.
pub(crate) async fn run(
    global: &Global,
    source: Source,
    output: &Path,
    format: OutputFormat,
) -> Result<(), Failure> {
    // Before anything is sent and billed: a path that cannot be written is known now.
    let mut sink = Sink::open(output, source.transport(), format).await?;
    let mut request_id = None;
    let receiving = async {
        match source {
            Source::Bytes(call) => {
                let mut body = with_timeout!(call, global).await?;
                request_id = body.info().request_id().map(str::to_owned);
                while let Some(audio) = body.next_chunk().await? {
                    sink.write(&audio).await?;
                }
            }
            Source::Events(call) => {
                let mut events = with_timeout!(call, global).await?;
                request_id = events.info().request_id().map(str::to_owned);
                while let Some(audio) = events.next_audio().await? {
                    sink.write(&audio).await?;
                }
            }
        }
        sink.drain().await
    };
    let mut outcome = tokio::select! {
        outcome = receiving => outcome,
        signal = signals::stop() => Err(Failure::stopped(signal)),
    };
    let bytes = sink.received();
    if outcome.is_ok() && !sink.has_audio() {
        outcome = Err(Failure::of(ErrorKind::Incomplete, NO_AUDIO));
    }
    if let Err(failure) = outcome {
        return Err(failure.with_bytes(bytes).with_saved(sink.keep().await));
    }
    let audio_ms = u64::try_from(sink.finish().await?.as_millis()).unwrap_or(u64::MAX);
    if global.json {
        print::json_note(&Report {
            outcome: "ok",
            bytes,
            audio_ms,
            request_id,
        });
    } else {
        let (seconds, rest) = (audio_ms / 1_000, audio_ms % 1_000 / 10);
        let name = output.display();
        print::note(&format!("{name}: {seconds}.{rest:02} s of speech"));
    }
    Ok(())
}
