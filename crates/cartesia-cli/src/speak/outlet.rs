//! The outputs of audio as it arrives: a file, and the speakers.

use std::time::Duration;

use cartesia::Error;
use cartesia::OutputFormat;
use cartesia::tts::{Event, WordTiming};

use super::sink::Sink;
use crate::failure::Failure;
use crate::playback::Playback;
use crate::progress;

const SPEAKING: &str = "speaking";

/// Keeps audio, and plays it if there is something to play it on.
pub(super) struct Outlet {
    pub(super) sink: Sink,
    pub(super) playback: Option<Playback>,
    pub(super) meter: Option<Meter>,
    /// The words and their times, for subtitles.
    pub(super) words: Vec<WordTiming>,
}

impl Outlet {
    /// Takes an event: audio, and the words that are in it.
    pub(super) async fn take(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::Chunk(chunk) if !chunk.data.is_empty() => self.write(&chunk.data).await,
            Event::Timestamps(timestamps) => {
                self.words.extend(timestamps.words);
                Ok(())
            }
            // An error that is not the end leaves a hole, which audio alone cannot show.
            Event::Error(event) => Err(Error::api("speak", *event.error).into()),
            _ => Ok(()),
        }
    }

    /// Takes a piece. It waits while as much is queued as a player, or the reader of a pipe, takes.
    pub(super) async fn write(&mut self, audio: &[u8]) -> Result<(), Failure> {
        self.sink.write(audio).await?;
        if let Some(meter) = &mut self.meter {
            meter.show(self.sink.received());
        }
        match &mut self.playback {
            Some(playback) => playback.write(audio).await,
            None => Ok(()),
        }
    }
}

/// Shows on a terminal how far a synthesis is, by the estimate of its length.
pub(super) struct Meter {
    format: OutputFormat,
    estimate: u64,
    shown: Option<u64>,
}

impl Meter {
    pub(super) fn new(format: OutputFormat, estimate: Duration) -> Self {
        Self {
            format,
            estimate: estimate.as_secs().max(1),
            shown: None,
        }
    }

    fn show(&mut self, bytes: u64) {
        let seconds = match (self.format, self.format.pcm()) {
            (OutputFormat::Mp3(mp3), _) => bytes * 8 / u64::from(mp3.bit_rate.max(1)),
            (_, Some(raw)) => raw.duration_of_bytes(bytes).as_secs(),
            _ => return,
        };
        // A line for each second at most.
        if self.shown.replace(seconds) != Some(seconds) {
            progress::show_estimate(SPEAKING, seconds, self.estimate);
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.shown.is_some() {
            progress::wipe(SPEAKING);
        }
    }
}
