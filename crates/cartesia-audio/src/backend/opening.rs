//! Opens devices on threads of their own.
//!
//! A sound system that does not answer blocks the thread that asks it, for half a minute or for ever. The thread
//! that owns the device must still notice that it is not needed any more, and try again.
//!
//! On Linux the audio library opens one device at a time, so a blocked attempt holds up the ones after it. The
//! client library of PulseAudio gives up after 30 s.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::Result;

/// Attempts that may be blocked at the same time. With so many, no further one begins until one of them ends.
const BLOCKED: usize = 4;

/// How often an attempt is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Keeps the thread that opened a device. Drop it after the device: on Windows, the sound system may be bound to
/// that thread.
pub(crate) struct Opener(
    #[expect(dead_code, reason = "the thread waits until it is dropped")] Sender<()>,
);

/// How an attempt ended.
pub(crate) enum Attempt<T> {
    Opened(T, Opener),
    /// There is no device, or the sound system does not answer.
    Failed,
    /// The device is not needed any more.
    Stopped,
}

/// The attempts of one player or recorder.
pub(crate) struct Openings {
    limit: Duration,
    /// Each attempt holds a clone until it is over.
    attempts: Arc<()>,
}

impl Openings {
    /// An attempt that takes longer than `limit` is abandoned.
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            attempts: Arc::new(()),
        }
    }

    /// Runs `open` on a thread of its own, until it returns, takes too long, or `is_stopped` returns true. A device
    /// that is opened after that is dropped there.
    pub(crate) fn attempt<T: Send + 'static>(
        &self,
        open: impl FnOnce() -> Result<T> + Send + 'static,
        is_stopped: impl Fn() -> bool,
    ) -> Attempt<T> {
        if Arc::strong_count(&self.attempts) > BLOCKED {
            return Attempt::Failed;
        }
        // Without room: a device that is not awaited any more comes back to the thread.
        let (sender, receiver) = mpsc::sync_channel(0);
        let attempt = Arc::clone(&self.attempts);
        let thread = std::thread::Builder::new().name("cartesia-opener".to_owned());
        let spawned = thread.spawn(move || {
            let Ok(device) = open() else {
                return;
            };
            let (opener, dropped) = mpsc::channel();
            // Dropping the device may block, too, and is a part of the attempt.
            if sender.send((device, Opener(opener))).is_err() {
                return;
            }
            drop(attempt);
            // Nothing is sent: it ends when the other side is dropped.
            _ = dropped.recv();
        });
        if spawned.is_err() {
            return Attempt::Failed;
        }
        let start = Instant::now();
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok((device, opener)) => return Attempt::Opened(device, opener),
                Err(RecvTimeoutError::Disconnected) => return Attempt::Failed,
                Err(RecvTimeoutError::Timeout) if is_stopped() => return Attempt::Stopped,
                Err(RecvTimeoutError::Timeout) if start.elapsed() >= self.limit => {
                    return Attempt::Failed;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}
