//! Arithmetic on time limits. A very long limit never panics: it means "no limit".

use std::ops::Add;
use std::time::Duration;

use cartesia_types::{Deadline, Error, ErrorKind};
use tokio::runtime::Handle;

/// The longest limit that is counted: thirty years. A longer one means no limit, because adding it to a
/// clock may overflow.
pub const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Returns the end of a limit that begins at `now`; `None` without a limit, or with one longer than
/// [`LONGEST`]. `now` is the instant of any clock.
///
/// ```
/// use std::time::{Duration, Instant};
/// use cartesia_core::time::deadline_after;
///
/// let now = Instant::now();
/// assert_eq!(deadline_after(now, Duration::from_secs(1)), Some(now + Duration::from_secs(1)));
/// assert_eq!(deadline_after(now, Duration::MAX), None);
/// assert_eq!(deadline_after(now, None), None);
/// ```
pub fn deadline_after<I>(now: I, limit: impl Into<Option<Duration>>) -> Option<I>
where
    I: Add<Duration, Output = I>,
{
    let limit = limit.into()?;
    (limit <= LONGEST).then(|| now + limit)
}

/// Waits for `work`, but no longer than the limit; `None` when the limit passed first. Without a Tokio runtime around
/// the caller there is no timer, and so no limit.
///
/// # Cancel safety
///
/// As cancel-safe as `work`, which is dropped with this future.
pub async fn within<F: Future>(limit: impl Into<Option<Duration>>, work: F) -> Option<F::Output> {
    match deadline_after(tokio::time::Instant::now(), limit) {
        Some(deadline) if Handle::try_current().is_ok() => {
            tokio::time::timeout_at(deadline, work).await.ok()
        }
        _ => Some(work.await),
    }
}

/// Returns the error of a limit that passed. `what` is a clause that says what did not happen, for example
/// "no audio came".
pub fn overdue(
    operation: &'static str,
    deadline: Deadline,
    limit: Option<Duration>,
    what: impl std::fmt::Display,
) -> Error {
    let (limit, name) = (limit.unwrap_or_default(), deadline.as_str());
    let message = format!("{what} within {limit:?} (`Timeouts::{name}`)");
    Error::new(ErrorKind::Timeout, operation, message).with_deadline(deadline)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_limit_that_no_clock_can_hold_is_none() {
        let now = Instant::now();
        assert_eq!(deadline_after(now, LONGEST), Some(now + LONGEST));
        for limit in [
            LONGEST + Duration::from_nanos(1),
            Duration::from_secs(u64::MAX),
            Duration::MAX,
        ] {
            assert_eq!(deadline_after(now, limit), None, "{limit:?}");
            assert_eq!(deadline_after(tokio::time::Instant::now(), limit), None);
        }
    }

    #[test]
    fn without_a_runtime_work_has_no_limit() {
        let work = pin!(within(Duration::from_secs(1), ready(1)));
        let polled = work.poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready(Some(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn work_is_limited_unless_the_limit_is_endless() {
        let second = Duration::from_secs(1);
        assert_eq!(within(second, pending::<()>()).await, None);
        assert_eq!(within(Duration::ZERO, ready(1)).await, Some(1));
        let late = tokio::time::sleep(Duration::from_secs(1_000_000));
        assert_eq!(within(Duration::MAX, late).await, Some(()));
        assert_eq!(within(None, ready(1)).await, Some(1));
    }
}
