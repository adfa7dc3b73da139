//! Waiting for a state to change, in tasks and in threads alike.
//!
//! Every change of the state wakes all waiters, and each checks its own condition. Waking happens on ordinary
//! threads, never on that of the audio device.

use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A value behind a lock, and those who wait for it to change.
#[derive(Debug)]
pub(crate) struct Watched<T> {
    inner: Mutex<Inner<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct Inner<T> {
    value: T,
    wakers: Vec<Waker>,
}

/// Access to the value. Releasing it wakes no waiter; see [`Watched::wake`].
pub(crate) struct Guard<'w, T>(MutexGuard<'w, Inner<T>>);

impl<T> Watched<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            inner: Mutex::new(Inner {
                value,
                wakers: Vec::new(),
            }),
            changed: Condvar::new(),
        }
    }

    /// No code of a user runs under the lock, so a poisoned one still holds a whole value.
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        Guard(self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Wakes all waiters.
    pub(crate) fn wake(&self) {
        let wakers = std::mem::take(&mut self.lock().0.wakers);
        self.changed.notify_all();
        // Outside the lock: a waker is code of a runtime.
        for waker in wakers {
            waker.wake();
        }
    }

    /// Waits until `ready` gives something. Cancel-safe.
    pub(crate) async fn until<R>(&self, mut ready: impl FnMut(&mut T) -> Option<R>) -> R {
        poll_fn(|context| self.poll(context, &mut ready)).await
    }

    pub(crate) fn poll<R>(
        &self,
        context: &Context<'_>,
        ready: impl FnOnce(&mut T) -> Option<R>,
    ) -> Poll<R> {
        let mut guard = self.lock();
        if let Some(result) = ready(&mut guard) {
            return Poll::Ready(result);
        }
        let wakers = &mut guard.0.wakers;
        if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
            wakers.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// Blocks the thread until `ready` gives something.
    pub(crate) fn block_until<R>(&self, mut ready: impl FnMut(&mut T) -> Option<R>) -> R {
        let mut guard = self.lock();
        loop {
            if let Some(result) = ready(&mut guard) {
                return result;
            }
            let next = self.changed.wait(guard.0);
            guard = Guard(next.unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// The same for at most `limit`.
    #[cfg(feature = "device")]
    pub(crate) fn block_for<R>(
        &self,
        limit: Duration,
        mut ready: impl FnMut(&mut T) -> Option<R>,
    ) -> Option<R> {
        let start = std::time::Instant::now();
        let mut guard = self.lock();
        loop {
            if let Some(result) = ready(&mut guard) {
                return Some(result);
            }
            let left = limit.checked_sub(start.elapsed())?;
            guard = self.pause(guard, left);
        }
    }

    /// Lets go of the lock until something changes, or for `limit`.
    pub(crate) fn pause<'w>(&'w self, guard: Guard<'w, T>, limit: Duration) -> Guard<'w, T> {
        match self.changed.wait_timeout(guard.0, limit) {
            Ok((guard, _)) => Guard(guard),
            Err(poisoned) => Guard(poisoned.into_inner().0),
        }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0.value
    }
}
