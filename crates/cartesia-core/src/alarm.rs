//! A timer for a task that is polled far more often than the timer fires.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::time::{Sleep, sleep_until};

/// A timer that costs next to nothing when the same task polls it again. Tokio's own takes a lock and registers the
/// waker each time, which is a good part of the work for a small message.
#[derive(Debug)]
pub struct Alarm {
    sleep: Pin<Box<Sleep>>,
    /// The waker that it will wake.
    registered: Option<Waker>,
}

impl Alarm {
    /// Creates a timer for this time.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with timers.
    pub fn at(time: Instant) -> Self {
        Self {
            sleep: Box::pin(sleep_until(time.into())),
            registered: None,
        }
    }

    /// Returns the time that it is set to.
    pub fn time(&self) -> Instant {
        self.sleep.deadline().into_std()
    }

    /// Sets it to another time.
    pub fn reset(&mut self, time: Instant) {
        self.sleep.as_mut().reset(time.into());
        self.registered = None;
    }

    /// Polls it: ready once the time has come, until the next reset.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
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
    use std::future::poll_fn;
    use std::time::Duration;

    use tokio::time::{Instant, timeout};

    use super::{Alarm, Context, Poll, Waker};

    const SECOND: Duration = Duration::from_secs(1);

    /// Waits for the alarm, and polls it more often than it must.
    async fn rings(alarm: &mut Alarm) -> Duration {
        let begun = Instant::now();
        let often = poll_fn(|cx| match alarm.poll(cx) {
            Poll::Pending => alarm.poll(cx),
            ready @ Poll::Ready(()) => ready,
        });
        timeout(10 * SECOND, often).await.expect("it rings");
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn it_wakes_the_task_that_polled_last() {
        let mut alarm = Alarm::at((Instant::now() + SECOND).into());
        for _ in 0..2 {
            let polled = alarm.poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        }
        assert_eq!(rings(&mut alarm).await, SECOND);
        assert_eq!(rings(&mut alarm).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn it_rings_again_after_each_reset() {
        let mut alarm = Alarm::at(Instant::now().into());
        assert_eq!(rings(&mut alarm).await, Duration::ZERO);
        for seconds in [1, 3, 2] {
            alarm.reset((Instant::now() + seconds * SECOND).into());
            assert_eq!(rings(&mut alarm).await, seconds * SECOND);
        }
        // One that was polled, and is reset before it rings.
        alarm.reset((Instant::now() + 3 * SECOND).into());
        assert!(timeout(SECOND, poll_fn(|cx| alarm.poll(cx))).await.is_err());
        alarm.reset((Instant::now() + SECOND).into());
        assert_eq!(alarm.time(), (Instant::now() + SECOND).into());
        assert_eq!(rings(&mut alarm).await, SECOND);
    }
}
