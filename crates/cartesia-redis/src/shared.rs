//! The state that handles, permits and the task share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cartesia_core::limiter::{Limits, Permit, Priority, Workload};
use cartesia_types::Error;
use tokio::sync::{Notify, oneshot};

use crate::registry::{Number, Registry};

pub(crate) struct Shared {
    synthesis: Mutex<Registry>,
    transcription: Mutex<Registry>,
    call: Mutex<Registry>,
    next: AtomicU64,
    /// Wakes the task: there is something to tell the server.
    pub(crate) news: Notify,
    /// The last handle is gone.
    abandoned: AtomicBool,
    /// Why the server cannot be reached at the moment.
    failure: Mutex<Option<Error>>,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            synthesis: Mutex::default(),
            transcription: Mutex::default(),
            call: Mutex::default(),
            next: AtomicU64::new(0),
            news: Notify::new(),
            abandoned: AtomicBool::new(false),
            failure: Mutex::default(),
        }
    }

    pub(crate) fn registry(&self, workload: Workload) -> MutexGuard<'_, Registry> {
        let registry = match workload {
            Workload::Transcription => &self.transcription,
            Workload::Call => &self.call,
            _ => &self.synthesis,
        };
        // Nothing panics while it is held, and even a poisoned lock would hold valid data.
        registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to wait for a permit.
    pub(crate) fn wait(
        self: &Arc<Self>,
        workload: Workload,
        priority: Priority,
    ) -> (Waiter, oneshot::Receiver<()>) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (grant, granted) = oneshot::channel();
        self.registry(workload).wait(number, priority, grant);
        self.news.notify_one();
        let shared = Arc::clone(self);
        let waiter = Waiter {
            shared: Some(shared),
            workload,
            number,
        };
        (waiter, granted)
    }

    fn release(&self, workload: Workload, number: Number) {
        self.registry(workload).release(number);
        self.news.notify_one();
    }

    /// Grants permits without the server.
    pub(crate) fn grant_locally(&self, share: Limits) {
        for workload in Workload::ALL {
            let share = share.of(workload).unwrap_or(usize::MAX);
            self.registry(workload).grant_locally(share);
        }
    }

    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
        self.news.notify_one();
    }

    /// Neither handles nor permits are left. The server may still have to hear of it.
    pub(crate) fn is_unused(&self) -> bool {
        self.is_abandoned_and(Registry::is_idle)
    }

    /// Neither handles nor permits are left, and the server knows.
    pub(crate) fn is_over(&self) -> bool {
        self.is_abandoned_and(Registry::is_empty)
    }

    fn is_abandoned_and(&self, holds: fn(&Registry) -> bool) -> bool {
        self.abandoned.load(Ordering::Acquire)
            && Workload::ALL.iter().all(|it| holds(&self.registry(*it)))
    }

    pub(crate) fn set_failure(&self, failure: Option<Error>) {
        *self.failure() = failure;
    }

    pub(crate) fn failure(&self) -> MutexGuard<'_, Option<Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wait for a permit. Dropping it gives up the place in the queue, or the permit.
pub(crate) struct Waiter {
    shared: Option<Arc<Shared>>,
    workload: Workload,
    number: Number,
}

impl Waiter {
    /// The permit that was granted to it.
    pub(crate) fn into_permit(mut self) -> Permit {
        let (workload, number) = (self.workload, self.number);
        let shared = self.shared.take();
        Permit::new(move || {
            if let Some(shared) = &shared {
                shared.release(workload, number);
            }
        })
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.release(self.workload, self.number);
        }
    }
}
