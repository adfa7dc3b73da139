//! The driver, which its task and the readers of its streams poll in turn.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::{Control, Driver, Gauges};
use crate::protocol::{Key, Protocol};

/// The driver has ended.
pub(crate) struct Gone;

/// The driver of a connection, which one thread at a time polls.
///
/// Its task polls it whenever something happens. A caller that finds it free gives it orders, which are then written on
/// the thread of the caller. A reader that has read everything polls it in the middle of a stream, when more has arrived
/// already. Both cost no change of tasks or threads. Whatever the driver waits for wakes the task, also when another
/// polled last, so the driver does not depend on callers and readers.
pub(crate) struct SharedDriver<P: Protocol> {
    driver: Mutex<Option<Driver<P>>>,
    gauges: Arc<Gauges<P::Stats>>,
    /// Where it opens connections, wherever it is polled: readers need no runtime.
    runtime: Handle,
    /// The task has polled the driver once, and so can be woken.
    has_begun: AtomicBool,
    /// The task was woken while another thread had the driver.
    missed: AtomicBool,
    /// The task has ended, or was dropped with its runtime.
    is_over: AtomicBool,
}

impl<P: Protocol> SharedDriver<P> {
    pub(crate) fn new(driver: Driver<P>, runtime: Handle) -> Self {
        Self {
            runtime,
            gauges: Arc::clone(&driver.gauges),
            driver: Mutex::new(Some(driver)),
            has_begun: AtomicBool::new(false),
            missed: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        }
    }

    /// Returns the driver, unless another thread polls it.
    fn take_hold(&self) -> Option<MutexGuard<'_, Option<Driver<P>>>> {
        match self.driver.try_lock() {
            Ok(driver) => Some(driver),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Lets others poll the driver, wakes the readers, and makes up for what others could not do meanwhile.
    fn release(&self, mut driver: MutexGuard<'_, Option<Driver<P>>>, task: &Waker) {
        let has_orders = driver.as_ref().is_some_and(Driver::has_orders);
        let reader = driver
            .as_mut()
            .and_then(|driver| driver.readers.wake_others());
        drop(driver);
        if let Some(reader) = reader {
            // Not before: if it runs at once, and reads everything, it can make the next turn.
            reader.wake();
        }
        let turn = &self.gauges.turn;
        if self.is_over.load(Ordering::SeqCst) {
            self.end();
        } else if turn.is_over()
            || self.missed.swap(false, Ordering::SeqCst) && (has_orders || !turn.waits())
        {
            // All else that was missed has time until the end of the readers' turn.
            task.wake_by_ref();
        }
    }

    /// Gives the driver a control on this thread, so that no other has to be woken; or else puts it into the lane.
    pub(crate) fn control(
        &self,
        lane: &mpsc::UnboundedSender<Control<P>>,
        control: Control<P>,
    ) -> Result<(), Gone> {
        match self.order(control, Driver::obey) {
            Ok(()) => Ok(()),
            Err(control) => lane.send(control).map_err(|_| Gone),
        }
    }

    /// Gives the driver a command on this thread. Returns it if it has to go through the lane.
    pub(crate) fn command(&self, key: Key, command: P::Command) -> Result<(), P::Command> {
        self.order(command, |driver, now, command| {
            driver.take_command(now, key, command);
        })
    }

    /// Gives the driver an order, if it is free and no other waits.
    fn order<O>(&self, order: O, take: impl FnOnce(&mut Driver<P>, Instant, O)) -> Result<(), O> {
        let mut order = Some(order);
        self.borrow(|driver, cx| {
            if driver.takes_orders()
                && let Some(order) = order.take()
            {
                driver.take_order(cx, |driver, now| take(driver, now, order));
            }
        });
        order.map_or(Ok(()), Err)
    }

    /// Uses the driver on this thread, unless another one does.
    fn borrow<T>(&self, work: impl FnOnce(&mut Driver<P>, &mut Context<'_>) -> T) -> Option<T> {
        // A task that cannot be woken yet must find the driver free.
        if !self.has_begun.load(Ordering::SeqCst) {
            return None;
        }
        let mut guard = self.take_hold()?;
        let driver = guard.as_mut()?;
        let task = driver.task.clone()?;
        let outcome = {
            let _runtime = self.runtime.enter();
            work(driver, &mut Context::from_waker(&task))
        };
        self.release(guard, &task);
        Some(outcome)
    }

    /// Drops the driver, which tells every handle.
    fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Who holds it now drops it.
        let driver = self.take_hold().and_then(|mut driver| driver.take());
        drop(driver);
    }

    /// Polls the driver, if it waits for readers that have read everything. Returns whether it did.
    pub(crate) fn continue_turn(&self) -> bool {
        if !self.gauges.turn.is_over() {
            return false;
        }
        let polled = self.borrow(|driver, cx| {
            // Another thread may have made the turn just before.
            let is_due = self.gauges.turn.is_over();
            if is_due && driver.poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
            is_due
        });
        polled.unwrap_or(false)
    }
}

/// The task of a connection.
pub(crate) struct Task<P: Protocol>(pub(crate) Arc<SharedDriver<P>>);

impl<P: Protocol> Future for Task<P> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let shared = &self.0;
        let guard = shared.take_hold().or_else(|| {
            shared.missed.store(true, Ordering::SeqCst);
            // It may have been released just before.
            shared.take_hold()
        });
        let Some(mut guard) = guard else {
            return Poll::Pending;
        };
        shared.missed.store(false, Ordering::SeqCst);
        let Some(driver) = guard.as_mut() else {
            return Poll::Ready(());
        };
        match &mut driver.task {
            Some(task) => task.clone_from(cx.waker()),
            None => driver.task = Some(cx.waker().clone()),
        }
        shared.has_begun.store(true, Ordering::SeqCst);
        // The timer of a turn fires now and then while readers make turns, and each of them does all there is to do.
        let polled = if driver.leaves_turn_to_readers(cx) {
            Poll::Pending
        } else {
            driver.poll(cx)
        };
        shared.release(guard, cx.waker());
        polled
    }
}

impl<P: Protocol> Drop for Task<P> {
    fn drop(&mut self) {
        self.0.end();
    }
}
