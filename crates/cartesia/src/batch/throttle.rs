//! How many items are asked for at once: as many as the service accepts. Pure: times are arguments.

use std::time::Duration;

use cartesia_core::RetryPolicy;

/// Additive increase, multiplicative decrease: a rejection (429) halves the limit, and each round of successes
/// raises it by one, up to the ceiling.
///
/// A rejection also delays all new requests, by the delay that the service asks for or by a backoff that grows with
/// each rejection that no success interrupts.
#[derive(Debug, Clone)]
pub(super) struct Throttle {
    ceiling: f64,
    limit: f64,
    /// Requests that began before the last decrease tell nothing about the limit since.
    epoch: u64,
    /// Rejections since the last success.
    rejections: u32,
    /// When the first of these came.
    rejected_since: Option<Duration>,
    resume_at: Duration,
}

/// The state of a throttle at the start of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Epoch(u64);

impl Throttle {
    pub(super) fn new(ceiling: usize) -> Self {
        // Beyond 2³² no number of requests is at once.
        let ceiling = f64::from(u32::try_from(ceiling.max(1)).unwrap_or(u32::MAX));
        Self {
            ceiling,
            limit: ceiling,
            epoch: 0,
            rejections: 0,
            rejected_since: None,
            resume_at: Duration::ZERO,
        }
    }

    /// How many requests may run now; at least 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is from 1 to 2³²"
    )]
    pub(super) fn limit(&self) -> usize {
        self.limit as usize
    }

    /// Marks the start of a request.
    pub(super) fn epoch(&self) -> Epoch {
        Epoch(self.epoch)
    }

    /// When the next request may start.
    pub(super) fn resume_at(&self) -> Duration {
        self.resume_at
    }

    pub(super) fn succeeded(&mut self) {
        self.rejections = 0;
        self.rejected_since = None;
        self.limit = (self.limit + 1.0 / self.limit).min(self.ceiling);
    }

    /// The service rejected a request because too many run. `asked` is the delay that it asks for, `jitter` is drawn
    /// evenly from 0 to 1.
    pub(super) fn rejected(
        &mut self,
        began: Epoch,
        now: Duration,
        asked: Option<Duration>,
        policy: &RetryPolicy,
        jitter: f64,
    ) {
        self.rejected_since.get_or_insert(now);
        if began.0 == self.epoch {
            self.epoch += 1;
            self.rejections = self.rejections.saturating_add(1);
            self.limit = (self.limit / 2.0).max(1.0);
        }
        let delay = match asked {
            Some(asked) => asked.min(policy.max_retry_after),
            None => policy.backoff.delay(self.rejections, jitter),
        };
        self.resume_at = self.resume_at.max(now.saturating_add(delay));
    }

    /// Whether every request was rejected for longer than `patience`.
    pub(super) fn is_stuck(&self, now: Duration, patience: Duration) -> bool {
        self.rejected_since
            .is_some_and(|since| now.saturating_sub(since) > patience)
    }
}

#[cfg(test)]
mod tests {
    use cartesia_core::Backoff;
    use proptest::prelude::*;

    use super::*;

    fn policy() -> RetryPolicy {
        RetryPolicy::default().with_backoff(Backoff::new(
            Duration::from_secs(1),
            Duration::from_secs(30),
        ))
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_storm_of_rejections_halves_once_for_each_round() {
        let mut throttle = Throttle::new(16);
        let began = throttle.epoch();
        for _ in 0..16 {
            throttle.rejected(began, seconds(10), None, &policy(), 1.0);
        }
        assert_eq!(throttle.limit(), 8);
        assert_eq!(throttle.resume_at(), seconds(11));
        let mut limits = Vec::new();
        for _ in 0..4 {
            let began = throttle.epoch();
            throttle.rejected(began, seconds(20), None, &policy(), 1.0);
            limits.push(throttle.limit());
        }
        assert_eq!(limits, [4, 2, 1, 1]);
        // The fifth delay in a row is 16 s.
        assert_eq!(throttle.resume_at(), seconds(36));
    }

    #[test]
    fn successes_raise_the_limit_by_one_a_round_up_to_the_ceiling() {
        let mut throttle = Throttle::new(4);
        for _ in 0..2 {
            throttle.rejected(throttle.epoch(), seconds(0), None, &policy(), 0.0);
        }
        assert_eq!(throttle.limit(), 1);
        throttle.succeeded();
        assert_eq!(throttle.limit(), 2);
        throttle.succeeded();
        assert_eq!(throttle.limit(), 2);
        for _ in 0..100 {
            throttle.succeeded();
        }
        assert_eq!(throttle.limit(), 4);
    }

    #[test]
    fn the_service_chooses_the_delay_within_reason() {
        let mut throttle = Throttle::new(4);
        throttle.rejected(
            throttle.epoch(),
            seconds(1),
            Some(seconds(5)),
            &policy(),
            1.0,
        );
        assert_eq!(throttle.resume_at(), seconds(6));
        throttle.rejected(
            throttle.epoch(),
            seconds(1),
            Some(Duration::MAX),
            &policy(),
            1.0,
        );
        assert_eq!(throttle.resume_at(), seconds(61));
    }

    #[test]
    fn it_is_stuck_when_nothing_succeeds_for_long() {
        let mut throttle = Throttle::new(4);
        let patience = seconds(60);
        assert!(!throttle.is_stuck(seconds(1_000), patience));
        throttle.rejected(throttle.epoch(), seconds(10), None, &policy(), 1.0);
        assert!(!throttle.is_stuck(seconds(70), patience));
        assert!(throttle.is_stuck(seconds(71), patience));
        throttle.succeeded();
        assert!(!throttle.is_stuck(seconds(71), patience));
    }

    proptest! {
        #[test]
        fn the_limit_stays_within_its_bounds(
            ceiling in 0_usize..100,
            steps in proptest::collection::vec(any::<bool>(), 0..200),
        ) {
            let mut throttle = Throttle::new(ceiling);
            for (second, success) in (0..).zip(steps) {
                if success {
                    throttle.succeeded();
                } else {
                    throttle.rejected(throttle.epoch(), seconds(second), None, &policy(), 0.5);
                }
                prop_assert!((1..=ceiling.max(1)).contains(&throttle.limit()));
            }
        }
    }
}
