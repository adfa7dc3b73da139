//! Exponential backoff with full jitter.

use std::time::Duration;

/// Exponential backoff with full jitter: the delay after failed attempt *n* is drawn evenly from zero to
/// `base` × 2ⁿ⁻¹, at most `max`.
///
/// Clients that failed together do not come back together.
///
/// ```
/// use std::time::Duration;
/// use cartesia_core::Backoff;
///
/// let backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(8));
/// assert_eq!(backoff.delay(3, 1.0), Duration::from_secs(2));
/// assert_eq!(backoff.delay(3, 0.25), Duration::from_millis(500));
/// assert_eq!(backoff.delay(30, 1.0), Duration::from_secs(8));
/// ```
#[doc(alias = "jitter")]
#[doc(alias = "exponential backoff")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backoff {
    /// Upper end of the first delay.
    pub base: Duration,
    /// Upper end of every delay.
    pub max: Duration,
}

impl Backoff {
    /// Returns a backoff from its two upper ends.
    pub const fn new(base: Duration, max: Duration) -> Self {
        Self { base, max }
    }

    /// Returns the delay after failed attempt `attempt`, counted from 1. `jitter` is drawn evenly from 0
    /// to 1 by the caller; a value outside that range is clamped.
    pub fn delay(&self, attempt: u32, jitter: f64) -> Duration {
        let doublings = 2_u32.saturating_pow(attempt.saturating_sub(1));
        let ceiling = self.base.saturating_mul(doublings).min(self.max);
        let jitter = if jitter.is_nan() {
            1.0
        } else {
            jitter.clamp(0.0, 1.0)
        };
        // Near the end of what a duration can hold, the product may round up beyond it.
        Duration::try_from_secs_f64(ceiling.as_secs_f64() * jitter)
            .unwrap_or(ceiling)
            .min(ceiling)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn delays_double_up_to_the_limit_and_jitter_scales_them() {
        let backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(8));
        let millis = |attempt| backoff.delay(attempt, 1.0).as_millis();
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 6, 40, u32::MAX].map(millis),
            [500, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000]
        );
        assert_eq!(backoff.delay(3, 0.0), Duration::ZERO);
        assert_eq!(backoff.delay(3, 0.5), Duration::from_secs(1));
    }

    proptest! {
        #[test]
        fn no_delay_is_longer_than_its_limit_and_none_panics(
            base: Duration, max: Duration, attempt: u32, jitter: f64,
        ) {
            let delay = Backoff::new(base, max).delay(attempt, jitter);
            prop_assert!(delay <= max);
            for endless in [f64::NAN, f64::INFINITY, -1.0] {
                Backoff::new(Duration::MAX, Duration::MAX).delay(attempt, endless);
            }
        }
    }
}
