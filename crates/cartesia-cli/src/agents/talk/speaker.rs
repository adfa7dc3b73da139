//! The output of the agent's audio: a file, stdout, or the speakers.

use std::path::{Path, PathBuf};

#[cfg(feature = "playback")]
use cartesia::audio::{Player, Utterance};
use cartesia::{OutputFormat, RawFormat, WavFormat};

use crate::args::Transport;
use crate::failure::Failure;
use crate::file_names;
use crate::speak::Sink;

/// The sink of the agent's audio.
pub(super) enum Speaker {
    File(Box<Sink>),
    #[cfg(feature = "playback")]
    Device(Device),
}

/// The machine's speakers. An interruption silences what was not played yet.
#[cfg(feature = "playback")]
pub(super) struct Device {
    player: Player,
    format: RawFormat,
    speech: Option<Utterance>,
}

impl Speaker {
    pub(super) async fn open(output: Option<&Path>, format: RawFormat) -> Result<Self, Failure> {
        let Some(path) = output else {
            return Self::device(format);
        };
        if !file_names::is_stdout(path) {
            file_names::check(path)?;
        }
        let wav = OutputFormat::Wav(WavFormat::new(format.encoding, format.sample_rate));
        let sink = Sink::open(path, Transport::Ws, wav).await?;
        Ok(Self::File(Box::new(sink)))
    }

    #[cfg(feature = "playback")]
    fn device(format: RawFormat) -> Result<Self, Failure> {
        Ok(Self::Device(Device {
            player: Player::open_default()?,
            format,
            speech: None,
        }))
    }

    #[cfg(not(feature = "playback"))]
    fn device(_: RawFormat) -> Result<Self, Failure> {
        Err(Failure::usage(
            "this build has no speakers: name a file with --output",
        ))
    }

    pub(super) async fn write(&mut self, audio: &[u8]) -> Result<(), Failure> {
        match self {
            Self::File(sink) => sink.write(audio).await,
            #[cfg(feature = "playback")]
            Self::Device(device) => {
                let speech = match &device.speech {
                    Some(speech) => speech,
                    None => device
                        .speech
                        .insert(device.player.utterance(device.format)?),
                };
                Ok(speech.write(audio).await?)
            }
        }
    }

    /// The agent was interrupted. A file keeps what it has.
    pub(super) fn clear(&mut self) {
        match self {
            Self::File(_) => {}
            #[cfg(feature = "playback")]
            Self::Device(device) => {
                device.speech = None;
                // It takes effect even if it is not awaited.
                let _ = device.player.interrupt();
            }
        }
    }

    /// The call ended well: completes the file, or plays the rest.
    pub(super) async fn finish(self) -> Result<(), Failure> {
        match self {
            Self::File(sink) => sink.finish().await.map(drop),
            #[cfg(feature = "playback")]
            Self::Device(device) => {
                if let Some(speech) = device.speech {
                    speech.finished().await;
                }
                Ok(())
            }
        }
    }

    /// The call failed: returns the file in which the audio that arrived is kept.
    pub(super) async fn keep(self) -> Option<PathBuf> {
        match self {
            Self::File(sink) => sink.keep().await,
            #[cfg(feature = "playback")]
            Self::Device(_) => None,
        }
    }
}
