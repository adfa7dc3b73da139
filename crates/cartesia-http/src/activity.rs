//! The activity of a request while it is sent.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cartesia_core::time::deadline_after;
use tokio::time::{Instant, timeout_at};

/// The time at which a piece was last sent. A long file takes its time, so a limit counts from its last
/// piece.
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    start: Instant,
    /// Milliseconds after the start.
    last: Arc<AtomicU64>,
    /// Why a file could not be read.
    failure: Arc<Mutex<Option<io::Error>>>,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            last: Arc::default(),
            failure: Arc::default(),
        }
    }
}

impl Activity {
    /// Notes that something was sent.
    pub(crate) fn note(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(millis, Ordering::Relaxed);
    }

    /// Notes that a file could not be read. Returns an error for the HTTP library, which cannot tell it from
    /// an error of the connection.
    pub(crate) fn fail(&self, error: io::Error) -> io::Error {
        let kind = error.kind();
        *self.failure() = Some(error);
        kind.into()
    }

    /// Returns why a file could not be read, once.
    pub(crate) fn take_failure(&self) -> Option<io::Error> {
        self.failure().take()
    }

    fn failure(&self) -> MutexGuard<'_, Option<io::Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last(&self) -> Instant {
        self.start + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }

    /// Waits for `work`, which began at `since`; returns `None` once there was no activity for `limit`.
    pub(crate) async fn limit<T>(
        &self,
        since: Instant,
        limit: Option<Duration>,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            let from = self.last().max(since);
            let Some(deadline) = deadline_after(from, limit) else {
                return Some(work.await);
            };
            match timeout_at(deadline, &mut work).await {
                Ok(outcome) => return Some(outcome),
                Err(_) if self.last() > from => {}
                Err(_) => return None,
            }
        }
    }
}
