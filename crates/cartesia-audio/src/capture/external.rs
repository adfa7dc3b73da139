//! A microphone driven by the caller: your own audio engine, a call, a game.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cartesia_types::{ErrorKind, pcm};

use super::pump::Progress;
use super::recorder::RecorderState;
use super::session::{Session, TICK, change};
use super::tap::Tap;
use super::{Recorder, RecorderBuilder};
use crate::clock::{Clock, nanos};
use crate::device_ring::DeviceFormat;
use crate::waiters::Watched;
use crate::{Error, Result};

/// A recorder's input for samples from your own audio callback; from [`RecorderBuilder::open_external`].
/// Dropping it ends the recording.
pub struct ExternalMicrophone {
    tap: Tap,
    clock: Clock,
    device: DeviceFormat,
    /// Gone when this is: the converting thread looks.
    _present: Arc<()>,
}

impl RecorderBuilder {
    /// Opens a recorder for samples from your own audio callback, in real time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] when the format, or that of the microphone, cannot be converted, and
    /// [`ErrorKind::Io`] when the system cannot start a thread.
    pub fn open_external(
        self,
        sample_rate: u32,
        channels: u16,
    ) -> Result<(Recorder, ExternalMicrophone)> {
        let format = self.format.check()?;
        let shared = Arc::new(Watched::new(RecorderState::new(&self)));
        let progress = Progress::new(format, self.chunk);
        let device = DeviceFormat {
            sample_rate,
            channels,
        };
        let (session, tap) = Session::new(device, &progress)?;
        let present = Arc::new(());
        let (seen, thread_shared) = (Arc::downgrade(&present), Arc::clone(&shared));
        std::thread::Builder::new()
            .name("cartesia-recorder".to_owned())
            .spawn(move || run(&thread_shared, session, progress, &seen))
            .map_err(|error| {
                let message = "a thread cannot be started";
                Error::new(ErrorKind::Io, "recorder.open_external", message).with_source(error)
            })?;
        let microphone = ExternalMicrophone {
            tap,
            clock: Clock::system(),
            device,
            _present: present,
        };
        Ok((Recorder::new(format, shared), microphone))
    }
}

fn run(
    shared: &Watched<RecorderState>,
    mut session: Session,
    mut progress: Progress,
    microphone: &Weak<()>,
) {
    loop {
        // Checked first, so that audio captured before the drop is converted.
        let gone = microphone.strong_count() == 0;
        let stopped = session.convert(shared, &mut progress);
        if gone || stopped {
            break;
        }
        drop(shared.pause(shared.lock(), TICK));
    }
    change(shared, |state| {
        session.retire(state, &mut progress);
        session.end(state, &mut progress);
    });
}

impl ExternalMicrophone {
    /// Takes a buffer, interleaved, whose first frame reached the microphone `age` ago.
    ///
    /// Made for the thread of an audio device: it does not allocate, free, lock, wake, log or make a
    /// system call, and it never waits. It reads the monotonic clock, which on the usual systems is
    /// no system call either.
    pub fn capture(&mut self, input: &[f32], age: Duration) {
        let captured = self.clock.now().saturating_sub(nanos(age));
        self.tap.capture(input, captured);
    }

    /// Captures as [`capture`](Self::capture) does, from devices of 16-bit integers.
    pub fn capture_i16(&mut self, input: &[i16], age: Duration) {
        let captured = self.clock.now().saturating_sub(nanos(age));
        self.tap
            .capture_as(input, captured, self.device.sample_rate, pcm::i16_to_f32);
    }
}

impl fmt::Debug for ExternalMicrophone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalMicrophone")
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}
