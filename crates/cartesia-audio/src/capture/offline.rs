//! A microphone for tests, without a device.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::pump::Progress;
use super::recorder::RecorderState;
use super::session::{Session, change};
use super::tap::Tap;
use crate::Result;
use crate::clock::nanos;
use crate::device_ring::DeviceFormat;
use crate::shared::{frames_in, nanos_of};
use crate::waiters::Watched;

/// A microphone without a device, from [`RecorderBuilder::open_offline`](super::RecorderBuilder::open_offline).
///
/// Samples take the same path as those of a real one: through the device callback, a ring, and the
/// conversion. Its clock advances with the samples.
pub struct OfflineMicrophone(Arc<OfflineSource>);

impl OfflineMicrophone {
    pub(super) fn new(source: Arc<OfflineSource>) -> Self {
        Self(source)
    }

    /// Captures interleaved frames, from −1 to 1, as a device would. Has no effect after
    /// [`Recorder::stop`](super::Recorder::stop).
    pub fn hear(&mut self, samples: &[f32]) {
        let mut source = self.0.lock();
        for buffer in samples.chunks(source.buffer()) {
            source.capture(buffer);
            source.convert();
        }
    }

    /// Captures frames while the machine is too busy to read them in time: frames that do not fit into the
    /// ring are lost.
    pub fn hear_while_busy(&mut self, samples: &[f32]) {
        let mut source = self.0.lock();
        for buffer in samples.chunks(source.buffer()) {
            source.capture(buffer);
        }
        source.convert();
    }

    /// Advances time without audio from the device, which leaves a gap.
    pub fn lose(&mut self, time: Duration) {
        let mut source = self.0.lock();
        source.heard += frames_in(nanos(time), source.device.sample_rate);
    }

    /// Removes the device, which ends the recording.
    pub fn unplug(self) {
        self.0.end();
    }
}

impl Drop for OfflineMicrophone {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl fmt::Debug for OfflineMicrophone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfflineMicrophone")
            .field("device", &self.0.lock().device)
            .finish_non_exhaustive()
    }
}

/// The state that microphone and recorder share: either of them may end the recording. There is no thread
/// that would notice a stop.
pub(super) struct OfflineSource(Mutex<Source>);

struct Source {
    shared: Arc<Watched<RecorderState>>,
    progress: Progress,
    session: Session,
    tap: Tap,
    device: DeviceFormat,
    /// Frames heard.
    heard: u64,
    ended: bool,
}

impl OfflineSource {
    pub(super) fn new(
        shared: Arc<Watched<RecorderState>>,
        progress: Progress,
        device: DeviceFormat,
    ) -> Result<Self> {
        let (session, tap) = Session::new(device, &progress)?;
        Ok(Self(Mutex::new(Source {
            shared,
            progress,
            session,
            tap,
            device,
            heard: 0,
            ended: false,
        })))
    }

    /// Ends the recording: what was heard until now comes out.
    pub(super) fn end(&self) {
        self.lock().end();
    }

    /// No code of a user runs under the lock, so a poisoned one still holds a whole value.
    fn lock(&self) -> MutexGuard<'_, Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source {
    /// Samples in 10 ms, which is a usual buffer of a device.
    fn buffer(&self) -> usize {
        (self.device.sample_rate as usize / 100).max(1) * self.channels()
    }

    fn channels(&self) -> usize {
        usize::from(self.device.channels.max(1))
    }

    fn capture(&mut self, buffer: &[f32]) {
        if self.ended {
            return;
        }
        self.tap
            .capture(buffer, nanos_of(self.heard, self.device.sample_rate));
        self.heard += (buffer.len() / self.channels()) as u64;
    }

    fn convert(&mut self) {
        if !self.ended && self.session.convert(&self.shared, &mut self.progress) {
            self.end();
        }
    }

    fn end(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let (session, progress) = (&mut self.session, &mut self.progress);
        change(&self.shared, |state| {
            session.retire(state, progress);
            session.end(state, progress);
        });
    }
}
