//! Time limits that callers choose, as points in time.

use std::time::{Duration, Instant};

/// Thirty years: as good as no limit, and within what any clock can tell.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// `limit` after `start`. A limit that no clock can reach, such as [`Duration::MAX`], means never.
pub(crate) fn after(start: Instant, limit: Duration) -> Instant {
    start + limit.min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_beyond_any_clock_is_never_reached() {
        let start = Instant::now();
        for limit in [LONGEST, Duration::from_secs(1 << 40), Duration::MAX] {
            assert_eq!(after(start, limit) - start, LONGEST);
            // Limits add up: a buffering delay, then a deadline.
            assert!(after(after(start, limit), limit) > start);
        }
        let second = Duration::from_secs(1);
        assert_eq!(after(start, second) - start, second);
    }
}
