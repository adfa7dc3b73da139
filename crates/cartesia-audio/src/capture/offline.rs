//! A microphone that a test speaks into.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::pump::{Progress, Pump};
use super::recorder::State;
use super::tap::Tap;
use crate::Result;
use crate::event::Bell;
use crate::shared::nanos_of;
use crate::waiters::Watched;

/// A microphone without a device, from [`RecorderBuilder::open_offline`](super::RecorderBuilder::open_offline).
///
/// It takes the same way as a real one: through the function that runs on the thread of the audio
/// device, a ring, and the conversion. Its clock is the audio that it hears.
pub struct OfflineMicrophone {
    shared: Arc<Watched<State>>,
    progress: Progress,
    pump: Pump,
    tap: Tap,
    rate: u32,
    channels: usize,
    ring: Duration,
    /// Frames heard.
    heard: u64,
    ended: bool,
}

impl OfflineMicrophone {
    pub(super) fn new(
        shared: Arc<Watched<State>>,
        progress: Progress,
        rate: u32,
        channels: u16,
        ring: Duration,
    ) -> Result<Self> {
        let (pump, tap) = Pump::new(rate, channels, ring, &progress)?;
        Ok(Self {
            shared,
            progress,
            pump,
            tap,
            rate,
            channels: usize::from(channels.max(1)),
            ring,
            heard: 0,
            ended: false,
        })
    }

    /// Hears interleaved frames, from −1 to 1, as if a device had captured them. After
    /// [`Recorder::stop`](super::Recorder::stop) it is deaf.
    pub fn hear(&mut self, samples: &[f32]) {
        // Two buffers of the device at most wait in the ring of a machine that is not too busy.
        for buffer in samples.chunks((self.rate as usize / 100).max(1) * self.channels) {
            self.capture(buffer);
            self.convert();
        }
    }

    /// The same while the machine is too busy to take anything from the device in time: what does
    /// not fit into the ring is lost.
    pub fn hear_while_busy(&mut self, samples: &[f32]) {
        for buffer in samples.chunks((self.rate as usize / 100).max(1) * self.channels) {
            self.capture(buffer);
        }
        self.convert();
    }

    /// Ends the recording from the side of the device.
    pub fn unplug(mut self) {
        self.end();
    }

    fn capture(&mut self, buffer: &[f32]) {
        self.tap.capture(buffer, nanos_of(self.heard, self.rate));
        self.heard += (buffer.len() / self.channels) as u64;
    }

    fn convert(&mut self) {
        if self.shared.lock().is_stopped() {
            self.end();
        }
        if self.ended {
            return;
        }
        let mut state = self.shared.lock();
        self.pump.run(&mut self.progress, |chunk| state.give(chunk));
        let tap = self.pump.shared();
        let dropped = Duration::from_nanos(nanos_of(tap.dropped(), self.rate));
        state.note_device(tap.overruns(), dropped);
        drop(state);
        self.shared.wake();
    }

    fn end(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let mut state = self.shared.lock();
        self.pump
            .finish(&mut self.progress, |chunk| state.give(chunk));
        if let Some(rest) = self.progress.rest(self.pump.encoder()) {
            state.give(rest);
        }
        state.end();
        let bells = state.bells();
        drop(state);
        self.shared.wake();
        bells.iter().for_each(Bell::ring);
    }
}

impl Drop for OfflineMicrophone {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for OfflineMicrophone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfflineMicrophone")
            .field("rate", &self.rate)
            .field("channels", &self.channels)
            .field("ring", &self.ring)
            .finish_non_exhaustive()
    }
}
