//! When a lost connection is made anew.

use std::time::Duration;

/// How often, how long and how patiently a connection is made anew, and a context tried again that the
/// service turned away because too many run at once.
///
/// A connection is only made anew when a context needs it. The wait before try *n* is drawn evenly from
/// zero to `base_delay` × 2ⁿ⁻¹ (full jitter), at most `max_delay`; a wait that the service asks for
/// takes its place. A refusal that trying again does not change (401, 402, 403, 404 and other 4xx but
/// 408 and 429) ends the tries at once. The first message on a connection
/// ends the count, and so does a connection that lived for as long as `budget`.
///
/// ```
/// use std::time::Duration;
/// use cartesia_ws::ReconnectPolicy;
///
/// let patient = ReconnectPolicy::default().with_max_attempts(20).with_budget(Duration::from_secs(120));
/// # let _ = (patient, ReconnectPolicy::never());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReconnectPolicy {
    /// Tries in a row; 5 by default. With 0 a lost connection stays lost for the contexts that need it;
    /// contexts that begin later still connect.
    pub max_attempts: u32,
    /// Upper end of the first wait; 0.25 s by default.
    pub base_delay: Duration,
    /// Upper end of any wait; 8 s by default.
    pub max_delay: Duration,
    /// No try starts later than this after the first; 30 s by default.
    pub budget: Duration,
}

impl Default for ReconnectPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            base_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(8),
            budget: Duration::from_secs(30),
        }
    }
}

impl ReconnectPolicy {
    /// No second try.
    pub fn never() -> Self {
        Self {
            max_attempts: 0,
            ..Self::default()
        }
    }

    /// Sets the tries in a row.
    #[must_use]
    pub fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the upper end of the first wait, and of any wait.
    #[must_use]
    pub fn with_delays(mut self, base: Duration, max: Duration) -> Self {
        self.base_delay = base;
        self.max_delay = max;
        self
    }

    /// Sets the time after which no further try starts.
    #[must_use]
    pub fn with_budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// The wait before try `number`, counted from 1, the first of which began `elapsed` ago; `None` when
    /// there is none. `jitter` is drawn evenly from 0 to 1.
    pub(crate) fn delay(
        &self,
        number: u32,
        elapsed: Duration,
        asked: Option<Duration>,
        jitter: f64,
    ) -> Option<Duration> {
        if number > self.max_attempts {
            return None;
        }
        let doublings = number.saturating_sub(1).min(31);
        let ceiling = self
            .base_delay
            .saturating_mul(1 << doublings)
            .min(self.max_delay);
        let delay = asked.unwrap_or_else(|| ceiling.mul_f64(jitter));
        (elapsed.saturating_add(delay) <= self.budget).then_some(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_grow_to_their_ceiling_and_stop_at_the_limits() {
        let policy = ReconnectPolicy::default();
        let full = |number| policy.delay(number, Duration::ZERO, None, 1.0);
        let expected = [250, 500, 1_000, 2_000, 4_000].map(Duration::from_millis);
        for (number, expected) in (1..).zip(expected) {
            assert_eq!(full(number), Some(expected), "{number}");
        }
        assert_eq!(full(6), None);
        assert_eq!(
            policy.delay(1, Duration::ZERO, None, 0.0),
            Some(Duration::ZERO)
        );
        let many = policy.clone().with_max_attempts(u32::MAX);
        assert_eq!(
            many.delay(1_000_000, Duration::ZERO, None, 1.0),
            Some(policy.max_delay)
        );
        assert_eq!(policy.delay(1, 31 * SECOND, None, 0.0), None, "over budget");
        assert_eq!(
            ReconnectPolicy::never().delay(1, Duration::ZERO, None, 0.0),
            None
        );
    }

    #[test]
    fn the_service_may_ask_for_a_wait_within_the_budget() {
        let policy = ReconnectPolicy::default();
        assert_eq!(
            policy.delay(1, Duration::ZERO, Some(20 * SECOND), 0.5),
            Some(20 * SECOND)
        );
        assert_eq!(policy.delay(2, 20 * SECOND, Some(20 * SECOND), 0.5), None);
    }
}
