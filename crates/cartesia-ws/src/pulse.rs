//! Detects that the task of a connection does not run any more.
//!
//! A handle may wait on another runtime than the one that runs the task of its connection. If that
//! runtime stands still (a current-thread runtime outside `block_on`, a worker that is blocked), no
//! limit that the task keeps can pass. So each handle that waits keeps a limit on its own runtime: it
//! wakes the task now and then, and gives up when the task does not run.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use cartesia_core::Alarm;
use cartesia_types::ErrorKind;
use tokio::runtime::{Handle, Id};
use tokio::sync::mpsc;
use tokio::task;
use tokio::time::Instant;

use crate::Error;
use crate::driver::Control;
use crate::protocol::Protocol;

/// The time after which a task that was woken and has not run counts as blocked. A handle gives up after two
/// to three times this.
const LIMIT: Duration = Duration::from_secs(5);

/// Counts how often the task of a connection ran.
#[derive(Debug, Default)]
pub(crate) struct Pulse(AtomicU64);

impl Pulse {
    /// The task runs.
    pub(crate) fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn beats(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One handle's watch over the task of its connection, kept over many waits: it costs nothing while
/// messages arrive.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// The timer, and the runtime that it belongs to: a handle may move to another one.
    timer: Option<(Id, Alarm)>,
    /// The task that waited last. It runs on that runtime, and to ask for a runtime costs more than for a task.
    task: Option<task::Id>,
    /// Beats when the timer was set.
    seen: u64,
    /// The task was woken when the timer was set.
    woken: bool,
}

impl Watch {
    /// Makes sure that the timer belongs to the runtime around the caller. Returns whether there is a new one, which is
    /// to be polled. Without a runtime there is no timer, and so no limit.
    pub(crate) fn enter(&mut self, pulse: &Pulse) -> bool {
        let task = task::try_id();
        if task.is_some() && task == self.task {
            return false;
        }
        let Ok(runtime) = Handle::try_current() else {
            return false;
        };
        self.task = task;
        let id = runtime.id();
        let is_new = self.timer.as_ref().is_none_or(|(of, _)| *of != id);
        if is_new {
            self.timer = Some((id, Alarm::at((Instant::now() + LIMIT).into())));
            self.seen = pulse.beats();
            self.woken = false;
        }
        is_new
    }

    /// Ready once the task stands still.
    pub(crate) fn poll<P: Protocol>(
        &mut self,
        cx: &mut Context<'_>,
        pulse: &Pulse,
        control: &mpsc::UnboundedSender<Control<P>>,
    ) -> Poll<()> {
        self.enter(pulse);
        let Some((_, timer)) = &mut self.timer else {
            return Poll::Pending;
        };
        loop {
            ready!(timer.poll(cx));
            let beats = pulse.beats();
            let stood_still = beats == self.seen;
            if stood_still && self.woken {
                return Poll::Ready(());
            }
            // A task with nothing to do does not run either, so it is woken: whether the next beat comes
            // decides.
            self.woken = stood_still && control.send(Control::Wake).is_ok();
            self.seen = beats;
            timer.reset((Instant::now() + LIMIT).into());
        }
    }
}

/// Waits until the task of a connection stands still.
pub(crate) async fn stands_still<P: Protocol>(
    pulse: &Pulse,
    control: &mpsc::UnboundedSender<Control<P>>,
) {
    let mut watch = Watch::default();
    poll_fn(|cx| watch.poll(cx, pulse, control)).await;
}

/// The error of a handle that gave up.
pub(crate) fn standstill(operation: &'static str) -> Error {
    let message = "the runtime of the connection is blocked: keep it running, or open the \
                   connection on a multi-thread runtime";
    Error::new(ErrorKind::Timeout, operation, message)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt as _;
    use tokio::time::sleep;

    use super::*;
    use crate::session::Session;

    fn lane() -> (
        mpsc::UnboundedSender<Control<Session>>,
        mpsc::UnboundedReceiver<Control<Session>>,
    ) {
        #[expect(clippy::disallowed_methods, reason = "as in a connection")]
        mpsc::unbounded_channel()
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_runs_when_woken_is_waited_for_without_end() {
        let pulse = Arc::new(Pulse::default());
        let (control, mut orders) = lane();
        let task = {
            let pulse = Arc::clone(&pulse);
            async move {
                while orders.recv().await.is_some() {
                    pulse.beat();
                }
            }
        };
        let hour = Duration::from_secs(3_600);
        tokio::select! {
            () = stands_still(&pulse, &control) => panic!("it runs"),
            () = task => panic!("the lane is open"),
            () = sleep(hour) => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_does_not_run_is_given_up_soon() {
        let pulse = Pulse::default();
        let (control, _orders) = lane();
        let begun = Instant::now();
        stands_still(&pulse, &control).await;
        assert_eq!(begun.elapsed(), 2 * LIMIT);
        // A beat of its own accord puts that off.
        let mut watch = Watch::default();
        let mut stuck = std::pin::pin!(poll_fn(|cx| watch.poll(cx, &pulse, &control)));
        assert!(stuck.as_mut().now_or_never().is_none());
        tokio::time::advance(LIMIT / 2).await;
        pulse.beat();
        let begun = Instant::now();
        stuck.await;
        assert_eq!(begun.elapsed(), LIMIT / 2 + 2 * LIMIT);
    }

    #[test]
    fn without_a_runtime_there_is_no_limit() {
        let (control, _orders) = lane();
        let stuck = stands_still(&Pulse::default(), &control).now_or_never();
        assert!(stuck.is_none());
    }
}
