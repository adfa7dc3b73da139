//! The callback of a device: the entry point of all code on its thread.

use std::time::Duration;

use crate::clock::{Clock, nanos};
use crate::render::Renderer;
use crate::shared::nanos_of;

/// Samples that are rendered at a time for a device that does not take floats.
const PIECE: usize = 2_048;

/// The player's side of a device's callback.
///
/// Everything here and below runs on the thread of the device: no allocation, no lock, no system call.
/// Real devices and those of other programs call the same functions, so the tests of that promise drive
/// this code.
pub(crate) struct Output {
    renderer: Renderer,
    clock: Clock,
    channels: usize,
    /// Room for a piece, for [`fill_as`](Self::fill_as).
    floats: Vec<f32>,
}

impl Output {
    pub(crate) fn new(renderer: Renderer, clock: Clock, channels: u16) -> Self {
        let channels = usize::from(channels.max(1));
        Self {
            renderer,
            clock,
            channels,
            floats: vec![0.0; (PIECE / channels).max(1) * channels],
        }
    }

    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// Fills a buffer whose first frame is heard after `latency`.
    pub(crate) fn fill(&mut self, out: &mut [f32], latency: Duration) {
        let latency = nanos(latency);
        self.renderer.requested(out.len() / self.channels, latency);
        self.renderer
            .render(out, self.channels, self.clock.now(), latency);
    }

    /// The same for samples of another type.
    pub(crate) fn fill_as<T>(
        &mut self,
        out: &mut [T],
        latency: Duration,
        convert: impl Fn(f32) -> T,
    ) {
        let (now, mut ahead) = (self.clock.now(), nanos(latency));
        self.renderer.requested(out.len() / self.channels, ahead);
        for piece in out.chunks_mut(self.floats.len()) {
            let Some(floats) = self.floats.get_mut(..piece.len()) else {
                break;
            };
            self.renderer.render(floats, self.channels, now, ahead);
            for (to, from) in piece.iter_mut().zip(floats.iter()) {
                *to = convert(*from);
            }
            let frames = (piece.len() / self.channels) as u64;
            ahead = ahead.saturating_add(nanos_of(frames, self.renderer.sample_rate()));
        }
    }
}
