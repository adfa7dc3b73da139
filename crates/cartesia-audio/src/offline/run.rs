//! An offline output that moves by itself, on a thread of its own.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cartesia_types::ErrorKind;

use super::OfflineOutput;
use crate::player_core::PlayerCore;
use crate::{Error, Result};

/// The speed at which an offline output moves by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pace {
    /// In real time, like a device: a second of audio takes a second, and silence takes time, too.
    RealTime,
    /// As fast as possible while there is audio to play. Time stands still while it waits for audio, so there
    /// are no underruns.
    Fast,
}

/// An [`OfflineOutput`] that moves on a thread of its own; see [`OfflineOutput::run`]. Dropping it
/// stops it.
pub struct RunningOutput {
    stop: Arc<AtomicBool>,
    core: Arc<PlayerCore>,
    thread: Option<JoinHandle<OfflineOutput>>,
}

impl OfflineOutput {
    /// Starts a thread that moves the output, until it is stopped or the player is closed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when the system cannot start a thread.
    pub fn run(self, pace: Pace) -> Result<RunningOutput> {
        let stop = Arc::new(AtomicBool::new(false));
        let core = Arc::clone(&self.core);
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("cartesia-offline".to_owned())
            .spawn(move || match pace {
                Pace::RealTime => in_real_time(self, &stopped),
                Pace::Fast => fast(self, &stopped),
            })
            .map_err(|error| {
                Error::new(ErrorKind::Io, "output.run", "a thread cannot be started")
                    .with_source(error)
            })?;
        Ok(RunningOutput {
            stop,
            core,
            thread: Some(thread),
        })
    }
}

impl RunningOutput {
    /// Stops it, and returns the output with its rendered samples. `None` only if its thread panicked.
    pub fn stop(mut self) -> Option<OfflineOutput> {
        self.halt();
        self.thread.take()?.join().ok()
    }

    fn halt(&self) {
        self.stop.store(true, Ordering::Release);
        self.core.change(|_| ());
    }
}

impl Drop for RunningOutput {
    fn drop(&mut self) {
        self.halt();
    }
}

impl fmt::Debug for RunningOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningOutput").finish_non_exhaustive()
    }
}

fn is_over(output: &OfflineOutput, stop: &AtomicBool) -> bool {
    stop.load(Ordering::Acquire) || output.core.state.lock().closed
}

fn in_real_time(mut output: OfflineOutput, stop: &AtomicBool) -> OfflineOutput {
    output.keep.get_or_insert(false);
    let start = Instant::now();
    let mut rendered = 0_u64;
    while !is_over(&output, stop) {
        let period = output.period;
        output.step(period);
        rendered += period as u64;
        let due = Duration::from_nanos(crate::shared::nanos_of(rendered, output.sample_rate()));
        std::thread::sleep(due.saturating_sub(start.elapsed()));
    }
    output
}

fn fast(mut output: OfflineOutput, stop: &AtomicBool) -> OfflineOutput {
    while !is_over(&output, stop) {
        let seen = output.core.state.lock().requests;
        output.run_until_idle();
        let mut state = output.core.state.lock();
        let idle = state.requests == seen && output.useful_frames(&mut state) == 0;
        if idle && !state.closed && !stop.load(Ordering::Acquire) {
            // A write wakes it.
            drop(output.core.state.pause(state, Duration::from_secs(1)));
        }
    }
    output
}
