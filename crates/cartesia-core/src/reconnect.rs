//! The policy for reconnecting after a lost connection.

use std::time::Duration;

use crate::Backoff;
use crate::attempts::attempts;

/// The policy for reconnecting: attempts and exponential backoff after a lost connection, and after the
/// service rejects a context because too many run at once.
///
/// A connection is only re-established when a context needs it. Delays are those of an exponential
/// [`Backoff`] with full jitter; a delay that the service asks for takes their place, at most
/// `max_retry_after`. A refusal that a retry cannot change (401, 402, 403, 404 and every other 4xx but 408
/// and 429) ends the attempts at once. Attempts are counted in a row: the first message on a
/// connection starts the count over, and so does a connection that lived for as long as `budget`.
///
/// ```
/// use std::time::Duration;
/// use cartesia_core::ReconnectPolicy;
///
/// let patient = ReconnectPolicy::default().with_max_attempts(20).with_budget(Duration::from_secs(120));
/// # let _ = (patient, ReconnectPolicy::never());
/// ```
#[doc(alias = "reconnect")]
#[doc(alias = "resume")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReconnectPolicy {
    /// Attempts in all, the first included, as in [`RetryPolicy`](crate::RetryPolicy); 6 by default. With
    /// 1 a lost connection stays lost for the contexts on it; contexts that begin later still connect.
    pub max_attempts: u32,
    /// Delays before the second attempt and later ones; by default 0.25 s at first and 8 s at most.
    pub backoff: Backoff,
    /// The longest delay that the service may ask for; 60 s by default.
    pub max_retry_after: Duration,
    /// The time budget for all attempts; 30 s by default. When it has passed since the connection was lost, no
    /// other attempt starts.
    pub budget: Duration,
}

impl Default for ReconnectPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 6,
            backoff: Backoff::new(Duration::from_millis(250), Duration::from_secs(8)),
            max_retry_after: Duration::from_secs(60),
            budget: Duration::from_secs(30),
        }
    }
}

attempts!(
    ReconnectPolicy,
    "Returns a policy with one attempt: a lost connection stays lost for its contexts."
);

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn delays_grow_to_their_ceiling_and_stop_at_the_limits() {
        let policy = ReconnectPolicy::default();
        let full = |attempt| policy.delay(attempt, Duration::ZERO, None, 1.0);
        let expected = [250, 500, 1_000, 2_000, 4_000].map(Duration::from_millis);
        for (attempt, expected) in (1..).zip(expected) {
            assert_eq!(full(attempt), Some(expected), "{attempt}");
        }
        assert_eq!(full(6), None);
        let many = policy.clone().with_max_attempts(u32::MAX);
        let late = many.delay(1_000_000, Duration::ZERO, None, 1.0);
        assert_eq!(late, Some(policy.backoff.max));
        assert_eq!(policy.delay(1, 31 * SECOND, None, 0.0), None, "over budget");
        for attempts in [0, 1] {
            let never = ReconnectPolicy::never().with_max_attempts(attempts);
            assert_eq!(never.delay(1, Duration::ZERO, None, 0.0), None);
        }
    }

    #[test]
    fn the_service_may_ask_for_a_delay_within_limit_and_budget() {
        let policy = ReconnectPolicy::default();
        let asked =
            |policy: &ReconnectPolicy, elapsed, wait| policy.delay(1, elapsed, Some(wait), 0.5);
        assert_eq!(
            asked(&policy, Duration::ZERO, 20 * SECOND),
            Some(20 * SECOND)
        );
        assert_eq!(asked(&policy, 20 * SECOND, 20 * SECOND), None);
        let endless = policy.with_budget(Duration::MAX);
        assert_eq!(
            asked(&endless, Duration::MAX, Duration::MAX),
            Some(60 * SECOND)
        );
    }
}
