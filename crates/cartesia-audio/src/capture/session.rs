//! An open microphone, with or without a thread of its own: what it captures becomes chunks for the reader.

use std::time::Duration;

use super::pump::{Progress, Pump};
use super::recorder::RecorderState;
use super::tap::{Tap, TapShared};
use crate::Result;
use crate::device_ring::DeviceFormat;
use crate::shared::nanos_of;
use crate::waiters::Watched;

/// Audio between the device and the thread that converts it.
///
/// A sound server that stood still delivers all at once what it captured in the meantime.
const RING: Duration = Duration::from_secs(2);

/// How often the ring is to be emptied; it holds much more.
pub(super) const TICK: Duration = Duration::from_millis(10);

pub(crate) struct Session {
    pump: Pump,
    sample_rate: u32,
}

/// What came of a turn of converting.
pub(crate) struct Converted {
    pub(crate) has_chunks: bool,
    /// The recorder was stopped.
    pub(crate) is_stopped: bool,
}

impl Session {
    /// For a device that runs at `device`; the tap is for its callback.
    pub(crate) fn new(device: DeviceFormat, progress: &Progress) -> Result<(Self, Tap)> {
        let (pump, tap) = Pump::new(device.sample_rate, device.channels, RING, progress)?;
        let session = Self {
            pump,
            sample_rate: device.sample_rate,
        };
        Ok((session, tap))
    }

    pub(super) fn tap(&self) -> &TapShared {
        self.pump.shared()
    }

    /// Gives what was captured to the reader. Returns whether the recorder was stopped.
    pub(super) fn convert(
        &mut self,
        shared: &Watched<RecorderState>,
        progress: &mut Progress,
    ) -> bool {
        let converted = self.convert_quietly(shared, progress);
        if converted.has_chunks {
            shared.wake();
        }
        converted.is_stopped
    }

    /// As [`convert`](Self::convert), for a caller who wakes the reader when it holds no lock.
    pub(crate) fn convert_quietly(
        &mut self,
        shared: &Watched<RecorderState>,
        progress: &mut Progress,
    ) -> Converted {
        let mut chunks = Vec::new();
        self.pump.run(progress, |chunk| chunks.push(chunk));
        let has_chunks = !chunks.is_empty();
        let tap = self.tap();
        let dropped = Duration::from_nanos(nanos_of(tap.dropped(), self.sample_rate));
        let mut state = shared.lock();
        for chunk in chunks {
            state.give(chunk);
        }
        state.note_device(tap.overruns(), dropped);
        state.note_gaps(progress.gaps());
        Converted {
            has_chunks,
            is_stopped: state.is_stopped(),
        }
    }

    /// Ends the device: converts the rest; the unfinished chunk waits for another device.
    pub(crate) fn retire(&mut self, state: &mut RecorderState, progress: &mut Progress) {
        self.pump.finish(progress, |chunk| state.give(chunk));
        state.note_gaps(progress.gaps());
        state.retire_device();
    }

    /// No other device follows: the unfinished chunk is the last.
    pub(crate) fn end(&mut self, state: &mut RecorderState, progress: &mut Progress) {
        if let Some(rest) = progress.rest(self.pump.encoder()) {
            state.give(rest);
        }
        state.end();
    }
}

/// Changes the state, and wakes all waiters.
pub(super) fn change(shared: &Watched<RecorderState>, change: impl FnOnce(&mut RecorderState)) {
    let mut state = shared.lock();
    change(&mut state);
    let bells = state.bells();
    drop(state);
    shared.wake();
    for bell in bells {
        bell.ring();
    }
}
