//! A timer for a task that is polled far more often than the timer fires.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::time::{Instant, Sleep, sleep_until};

/// A timer that costs next to nothing when the same task polls it again. Tokio's own reads the clock and registers the
/// waker each time, which is a good part of the work for a small message.
#[derive(Debug)]
pub(crate) struct Alarm {
    sleep: Pin<Box<Sleep>>,
    /// The waker that it will wake.
    registered: Option<Waker>,
}

impl Alarm {
    pub(crate) fn at(time: Instant) -> Self {
        Self {
            sleep: Box::pin(sleep_until(time)),
            registered: None,
        }
    }

    pub(crate) fn reset(&mut self, time: Instant) {
        self.sleep.as_mut().reset(time);
        self.registered = None;
    }

    /// Ready once the time has come, until the next reset.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let registered = self.registered.as_ref();
        if registered.is_some_and(|it| it.will_wake(cx.waker())) && !self.sleep.is_elapsed() {
            return Poll::Pending;
        }
        let polled = self.sleep.as_mut().poll(cx);
        self.registered = polled.is_pending().then(|| cx.waker().clone());
        polled
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::bell::Bell;

    const SECOND: Duration = Duration::from_secs(1);

    fn poll(alarm: &mut Alarm, bell: &Arc<Bell>) -> Poll<()> {
        alarm.poll(&mut Context::from_waker(&bell.waker()))
    }

    #[tokio::test(start_paused = true)]
    async fn it_wakes_the_task_that_polled_last() {
        let mut alarm = Alarm::at(Instant::now() + SECOND);
        let (first, other) = (Arc::default(), Arc::default());
        for bell in [&first, &first, &other, &other] {
            assert!(poll(&mut alarm, bell).is_pending());
        }
        tokio::time::sleep(SECOND).await;
        assert_eq!((first.rings(), other.rings()), (0, 1));
        assert!(poll(&mut alarm, &first).is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn it_fires_again_after_each_reset() {
        let mut alarm = Alarm::at(Instant::now());
        let bell = Arc::default();
        assert!(poll(&mut alarm, &bell).is_ready());
        for _ in 0..2 {
            alarm.reset(Instant::now() + SECOND);
            assert!(poll(&mut alarm, &bell).is_pending());
            assert!(poll(&mut alarm, &bell).is_pending());
            assert_eq!(bell.rings(), 0);
            tokio::time::sleep(SECOND).await;
            assert_eq!(bell.rings(), 1);
            assert!(poll(&mut alarm, &bell).is_ready());
        }
    }
}
