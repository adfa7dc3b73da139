//! A player on a device that the caller drives: an audio engine of one's own, a call, a game.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cartesia_types::ErrorKind;

use super::OfflineOptions;
use crate::clock::{Clock, nanos};
use crate::engine::Engine;
use crate::render::Renderer;
use crate::{Error, Player, Result};

/// The output of [`Player::external`]: whoever has a device calls [`render`](Self::render) when it
/// asks for audio.
///
/// It does not keep its player open; a closed player gives silence.
pub struct ExternalOutput {
    engine: Arc<Engine>,
    renderer: Renderer,
    channels: usize,
}

impl Player {
    /// A player whose audio is fetched by somebody else's audio callback, in real time. Of the options,
    /// the period and the latency are not used.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] for a rate or number of channels out of range, [`ErrorKind::Io`]
    /// when the system gives no thread.
    pub fn external(options: OfflineOptions) -> Result<(Self, ExternalOutput)> {
        let options = options.checked()?;
        let engine = Engine::new(options.settings, Clock::system());
        let renderer = engine.change(|state| state.attach(options.device));
        let player = Self::new(Arc::clone(&engine));
        let output = ExternalOutput {
            engine: Arc::clone(&engine),
            renderer,
            channels: usize::from(options.device.channels),
        };
        std::thread::Builder::new()
            .name("cartesia-feeder".to_owned())
            .spawn(move || engine.feed())
            .map_err(|error| {
                let message = "no thread can be started";
                Error::new(ErrorKind::Io, "player.external", message).with_source(error)
            })?;
        Ok((player, output))
    }
}

impl ExternalOutput {
    /// Fills `out`, interleaved, with what is to be heard `latency` from now.
    ///
    /// Made for the thread of an audio device: it does not allocate, free, lock, wake, log or make a
    /// system call, and it never waits. It reads the monotonic clock, which on the usual systems is
    /// no system call either.
    pub fn render(&mut self, out: &mut [f32], latency: Duration) {
        let now = self.engine.clock.now();
        self.renderer
            .render(out, self.channels, now, nanos(latency));
    }
}

impl fmt::Debug for ExternalOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalOutput")
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}
