//! A player driven by the caller: your own audio engine, a call, a game.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cartesia_types::{ErrorKind, pcm};

use super::OfflineOptions;
use crate::clock::Clock;
use crate::output::Output;
use crate::player_core::PlayerCore;
use crate::{Error, Player, Result};

/// The name of the output, for [`Player::output`].
const EXTERNAL: &str = "external";

/// The output of [`Player::external`]: the owner of a device calls [`render`](Self::render) from its audio
/// callback.
///
/// It does not keep its player open; a closed player renders silence.
pub struct ExternalOutput {
    output: Output,
}

impl Player {
    /// Creates a player whose audio is fetched by your own audio callback, in real time. The options for
    /// period and latency are ignored.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] for a rate or number of channels out of range, [`ErrorKind::Io`] when
    /// the system cannot start a thread.
    pub fn external(options: OfflineOptions) -> Result<(Self, ExternalOutput)> {
        let options = options.checked()?;
        let core = PlayerCore::new(options.settings, Clock::system());
        let renderer = core.change(|state| state.attach(options.device, EXTERNAL));
        let player = Self::new(Arc::clone(&core));
        let output = ExternalOutput {
            output: Output::new(renderer, core.clock.clone(), options.device.channels),
        };
        std::thread::Builder::new()
            .name("cartesia-feeder".to_owned())
            .spawn(move || core.feed())
            .map_err(|error| {
                let message = "a thread cannot be started";
                Error::new(ErrorKind::Io, "player.external", message).with_source(error)
            })?;
        Ok((player, output))
    }
}

impl ExternalOutput {
    /// Fills `out`, interleaved, with the samples that will be heard `latency` from now.
    ///
    /// Made for the thread of an audio device: it does not allocate, free, lock, wake, log or make a
    /// system call, and it never waits. It reads the monotonic clock, which on the usual systems is
    /// no system call either.
    pub fn render(&mut self, out: &mut [f32], latency: Duration) {
        self.output.fill(out, latency);
    }

    /// Renders as [`render`](Self::render) does, for devices of 16-bit integers.
    pub fn render_i16(&mut self, out: &mut [i16], latency: Duration) {
        self.output.fill_as(out, latency, pcm::f32_to_i16);
    }
}

impl fmt::Debug for ExternalOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalOutput")
            .field("channels", &self.output.channels())
            .finish_non_exhaustive()
    }
}
