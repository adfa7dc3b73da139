//! Playing on the machine's own device: pieces of audio, as they arrive.

use std::time::Duration;

use cartesia::OutputFormat;
use cartesia::audio::{
    Event, Events, OfflineOptions, Pace, Player, RunningOutput, SourceFormat, Utterance,
};
use cartesia::wav::WavDecoder;
use cartesia::{ErrorKind, RawEncoding};
use tokio::time::Instant;

use super::Played;
use crate::failure::Failure;
use crate::{print, signals};

/// Speech may come much faster than it is spoken, and the service does not wait for a listener.
const QUEUE: Duration = Duration::from_secs(20 * 60);

/// The time after which a lost device is given up.
const DEVICE_LIMIT: Duration = Duration::from_secs(10);

/// The time limit of the fade-out.
const FADE_LIMIT: Duration = Duration::from_secs(1);

/// The name of a device that is none: what plays there takes its time, and is not heard.
const NULL: &str = "null";

/// Samples per second of the device that is none.
const NULL_RATE: u32 = 48_000;

/// Something to play on.
pub(crate) struct Device {
    pub(crate) player: Player,
    /// Moves the device that is none, until this is dropped.
    _running: Option<RunningOutput>,
}

impl Device {
    /// Opens the device of this name or identifier, or else the system's default one.
    ///
    /// # Errors
    ///
    /// A failure of kind [`ErrorKind::Device`] when there is no such device.
    pub(crate) fn open(device: Option<&str>) -> Result<Self, Failure> {
        if device == Some(NULL) {
            let options = OfflineOptions::new(NULL_RATE).queue(QUEUE).keep(false);
            let (player, output) = Player::offline(options)?;
            return Ok(Self {
                player,
                _running: Some(output.run(Pace::RealTime)?),
            });
        }
        let mut builder = Player::builder().queue(QUEUE);
        if let Some(device) = device {
            builder = builder.device(device);
        }
        Ok(Self {
            player: builder.open()?,
            _running: None,
        })
    }
}

/// A device that is gone, and how long it is waited for.
#[derive(Default)]
pub(crate) struct Lost(Option<(String, Instant)>);

impl Lost {
    /// The device is gone.
    pub(crate) fn device(&mut self, name: String) {
        print::note(&format!(
            "{name} was disconnected; waiting for it or another device"
        ));
        self.0 = Some((name, Instant::now()));
    }

    /// Another one plays, or the same one again.
    pub(crate) fn found(&mut self, name: &str) {
        print::note(&format!("playing on {name}"));
        self.0 = None;
    }

    /// Waits until it is gone for too long.
    pub(crate) async fn given_up(&self) -> Failure {
        let Some((device, since)) = &self.0 else {
            return std::future::pending().await;
        };
        tokio::time::sleep_until(*since + DEVICE_LIMIT).await;
        let message = format!("{device} was disconnected, and no other device can be used");
        Failure::of(ErrorKind::Device, message)
    }
}

/// A device, and the one utterance that is played on it.
pub(crate) struct Playback {
    device: Device,
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
    /// Plays on a device. `format` is that of what will be written; a `header` comes first when it is
    /// WAV as the service sends it.
    pub(crate) fn on(device: Device, format: OutputFormat, header: bool) -> Result<Self, Failure> {
        let player = &device.player;
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
            device,
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
                    none => none.insert(self.device.player.utterance(format)?),
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
        let mut lost = Lost::default();
        loop {
            tokio::select! {
                report = &mut drained => return Ok(Played { underruns: report.underruns }),
                event = self.events.next_event() => match event {
                    Some(Event::DeviceLost { device, .. }) => lost.device(device),
                    Some(Event::DeviceChanged { to, .. }) => lost.found(&to),
                    _ => {}
                },
                failure = lost.given_up() => return Err(failure),
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
        let interruption = self.device.player.interrupt();
        // A user who interrupts does not want to wait for a device that does not answer.
        _ = tokio::time::timeout(FADE_LIMIT, interruption.heard()).await;
    }
}
