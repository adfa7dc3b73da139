//! Playing on the machine's own device: pieces of audio, as they arrive.

use std::time::Duration;

use cartesia::OutputFormat;
use cartesia::audio::{Event, Events, Player, SourceFormat, Utterance};
use cartesia::wav::WavDecoder;
use cartesia::{ErrorKind, RawEncoding};

use super::Played;
use crate::failure::Failure;
use crate::{print, signals};

/// Speech may come much faster than it is spoken, and the service does not wait for a listener.
const QUEUE: Duration = Duration::from_secs(20 * 60);

/// The time after which a lost device is given up.
const DEVICE_LIMIT: Duration = Duration::from_secs(10);

/// How long it may take to fade out.
const FADE_LIMIT: Duration = Duration::from_secs(1);

/// A device, and the one utterance that is played on it.
pub(crate) struct Playback {
    player: Player,
    events: Events,
    source: Source,
}

enum Source {
    /// Samples without a header.
    Raw(Utterance),
    /// A WAV file; what is in it is known when its header is there.
    Wav {
        decoder: Box<WavDecoder>,
        samples: Vec<f32>,
        utterance: Option<Utterance>,
    },
}

impl Playback {
    /// Opens the device of this name or identifier, or else the system's default one. `format` is
    /// that of what will be written; a `header` comes first when it is WAV as the service sends it.
    ///
    /// # Errors
    ///
    /// A failure of kind [`ErrorKind::Device`] when there is no such device.
    pub(crate) fn open(
        device: Option<&str>,
        format: OutputFormat,
        header: bool,
    ) -> Result<Self, Failure> {
        let mut builder = Player::builder().queue(QUEUE);
        if let Some(device) = device {
            builder = builder.device(device);
        }
        let player = builder.open()?;
        let source = match format.pcm() {
            Some(raw) if !header => Source::Raw(player.utterance(raw)?),
            Some(_) => Source::Wav {
                decoder: Box::default(),
                samples: Vec::new(),
                utterance: None,
            },
            None => {
                return Err(Failure::usage(
                    "MP3 cannot be played here: choose --container wav",
                ));
            }
        };
        Ok(Self {
            events: player.events(),
            player,
            source,
        })
    }

    /// Plays a piece after those before it.
    pub(crate) async fn write(&mut self, audio: &[u8]) -> Result<(), Failure> {
        match &mut self.source {
            Source::Raw(utterance) => utterance.write(audio).await?,
            Source::Wav {
                decoder,
                samples,
                utterance,
            } => {
                samples.clear();
                decoder
                    .push(audio, samples)
                    .map_err(|error| Failure::of(ErrorKind::Protocol, error.to_string()))?;
                let Some(spec) = decoder.spec() else {
                    return Ok(());
                };
                let format =
                    SourceFormat::new(RawEncoding::PcmF32Le, spec.sample_rate, spec.channels);
                let utterance = match utterance {
                    Some(utterance) => utterance,
                    none => none.insert(self.player.utterance(format)?),
                };
                let bytes: Vec<u8> = samples
                    .iter()
                    .flat_map(|sample| sample.to_le_bytes())
                    .collect();
                utterance.write(&bytes).await?;
            }
        }
        Ok(())
    }

    /// Waits until all of it was heard.
    ///
    /// # Errors
    ///
    /// A failure of kind [`ErrorKind::Device`] when the device is gone and no other takes its place.
    pub(crate) async fn finish(&mut self) -> Result<Played, Failure> {
        let utterance = match &self.source {
            Source::Raw(utterance)
            | Source::Wav {
                utterance: Some(utterance),
                ..
            } => utterance,
            Source::Wav { .. } => return Ok(Played { underruns: 0 }),
        };
        let drained = utterance.finished();
        tokio::pin!(drained);
        let mut lost: Option<(String, tokio::time::Instant)> = None;
        loop {
            let given_up = async {
                match &lost {
                    Some((_, since)) => tokio::time::sleep_until(*since + DEVICE_LIMIT).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                report = &mut drained => return Ok(Played { underruns: report.underruns }),
                event = self.events.next_event() => match event {
                    Some(Event::DeviceLost { device, .. }) => {
                        print::note(&format!("{device} was disconnected; waiting for it or another device"));
                        lost = Some((device, tokio::time::Instant::now()));
                    }
                    Some(Event::DeviceChanged { to, .. }) => {
                        print::note(&format!("playing on {to}"));
                        lost = None;
                    }
                    _ => {}
                },
                () = given_up => {
                    let device = lost.take().map(|(device, _)| device).unwrap_or_default();
                    let message = format!("{device} was disconnected, and no other device can be used");
                    return Err(Failure::of(ErrorKind::Device, message));
                }
            }
        }
    }

    /// Ends it after a failure of the run. What arrived before it is heard, unless the listener wants
    /// no more or there is no device.
    pub(crate) async fn end(mut self, failure: Option<ErrorKind>) {
        if !matches!(failure, Some(ErrorKind::Cancelled | ErrorKind::Device)) {
            // The run has failed already; another failure is no news.
            tokio::select! {
                _ = self.finish() => return,
                _ = signals::stop() => {}
            }
        }
        let interruption = self.player.interrupt();
        // A user who interrupts does not want to wait for a device that does not answer.
        _ = tokio::time::timeout(FADE_LIMIT, interruption.heard()).await;
    }
}
