//! The policy for retries. Its decision is a pure function of its arguments.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};

use crate::Backoff;
use crate::attempts::attempts;
use crate::headers::{retry_after, should_retry};

/// The policy for retrying failed requests: attempts, exponential backoff and jitter.
///
/// A request is only retried while no byte of its result was delivered. Whether a failure is retried depends
/// on the kind of the request:
///
/// | failure | reading, deleting (idempotent) | synthesis, transcription, infill, voice change | creating, changing |
/// |---|---|---|---|
/// | no connection (name not resolved, refused, proxy or network down) | yes | yes | yes |
/// | connection reset or closed without a response, or no response in time | yes | yes | no |
/// | 408, 409, 429, 503: rejected for now | yes | yes | yes |
/// | 500, 502, 504 and other 5xx | yes | yes | no |
/// | `x-should-retry: true` | yes | yes | yes |
/// | `x-should-retry: false` | no | no | no |
/// | other statuses, certificate not trusted, proxy login refused, invalid settings | no | no | no |
///
/// The header `x-should-retry` has precedence over the status. `idempotent(true)` on a call selects the column
/// "reading, deleting", and `idempotent(false)` the column "creating, changing".
///
/// A retried synthesis may be billed twice, if the service carried out the first attempt and its response was
/// lost. [`RetryPolicy::at_most_once`] rules that out: then only "reading, deleting" is retried as in the table.
/// Other requests are retried only if there was no connection or the service answered 429, even if it says
/// `x-should-retry: true`.
///
/// Independent of the policy, a request whose token the service refused (401) is sent once more, if the token
/// came from a [`TokenProvider`](crate::TokenProvider) and the provider has another one.
///
/// Delays are those of an exponential [`Backoff`] with full jitter. A delay that the service asks for
/// (`retry-after-ms`, or `Retry-After` in seconds or as a date) takes their place; it is cut to
/// `max_retry_after`. If a delay would go beyond the `budget`, the request fails at once instead.
///
/// ```
/// use std::time::Duration;
/// use cartesia_core::RetryPolicy;
///
/// let patient = RetryPolicy::default().with_max_attempts(6).with_budget(Duration::from_secs(120));
/// # let _ = (patient, RetryPolicy::never(), RetryPolicy::at_most_once());
/// ```
#[doc(alias = "backoff")]
#[doc(alias = "resend")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts in all, the first included; 3 by default. 0 means 1.
    pub max_attempts: u32,
    /// Delays before the second attempt and later ones; by default 0.5 s at first and 8 s at most.
    pub backoff: Backoff,
    /// The longest delay that the service may ask for, to which a longer one is cut; 60 s by default.
    pub max_retry_after: Duration,
    /// The time budget for all attempts; 60 s by default. When it has passed since the first attempt started, no
    /// other attempt starts.
    pub budget: Duration,
    /// Whether to rule out a retry of a request that may have been carried out and billed; off by default.
    pub at_most_once: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            backoff: Backoff::new(Duration::from_millis(500), Duration::from_secs(8)),
            max_retry_after: Duration::from_secs(60),
            budget: Duration::from_secs(60),
            at_most_once: false,
        }
    }
}

attempts!(
    RetryPolicy,
    "Returns a policy without retries. Only a refused token of a provider is still replaced."
);

impl RetryPolicy {
    /// Returns the default policy with [`at_most_once`](Self::at_most_once) on: no request is ever billed
    /// twice. A request that is not idempotent is retried only if it is known that it was not carried out. On
    /// a WebSocket, contexts are not replayed.
    pub fn at_most_once() -> Self {
        Self {
            at_most_once: true,
            ..Self::default()
        }
    }

    /// Sets whether to rule out a retry of a request that may have been carried out and billed.
    #[must_use]
    pub fn with_at_most_once(mut self, at_most_once: bool) -> Self {
        self.at_most_once = at_most_once;
        self
    }

    /// Returns how long to wait before the next attempt; `None` when there is none.
    ///
    /// `jitter` is drawn evenly from 0 to 1; a date in `Retry-After` is compared with `now`.
    pub fn decide(
        &self,
        failure: Failure<'_>,
        attempt: Attempt,
        jitter: f64,
        now: SystemTime,
    ) -> Option<Duration> {
        if !self.retries(failure, attempt.effect) {
            return None;
        }
        let asked = match failure {
            Failure::Response(_, headers) => retry_after(headers, now),
            _ => None,
        };
        self.delay(attempt.number, attempt.elapsed, asked, jitter)
    }

    /// The table above.
    fn retries(&self, failure: Failure<'_>, effect: Effect) -> bool {
        let (status, asked) = match failure {
            Failure::NotConnected => return true,
            Failure::Permanent => return false,
            Failure::NoResponse => (None, None),
            Failure::Response(status, headers) => (Some(status.as_u16()), should_retry(headers)),
        };
        if asked == Some(false) {
            return false;
        }
        if self.at_most_once && effect != Effect::Idempotent {
            return status == Some(429);
        }
        let may_repeat = effect != Effect::Change;
        match status {
            _ if asked == Some(true) => true,
            Some(408 | 409 | 429 | 503) => true,
            None | Some(500..=599) => may_repeat,
            Some(_) => false,
        }
    }
}

/// The effect of a request, which decides whether it is safe to retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Repeating it has no further effect: it reads or deletes.
    Idempotent,
    /// Repeating it changes nothing but may be billed again: synthesis, transcription, infill, voice change.
    Billed,
    /// Repeating it may do something twice: it creates or changes something.
    Change,
}

/// The failure of an attempt.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Failure<'a> {
    /// The connection could not be opened: nothing was sent.
    NotConnected,
    /// The connection could not be opened, and a retry cannot change that: for example, the certificate is
    /// not trusted.
    Permanent,
    /// The request was sent, at least in part, and not answered.
    NoResponse,
    /// The request was answered with a status that is not a success.
    Response(StatusCode, &'a HeaderMap),
}

/// The circumstances of a failed attempt.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Attempt {
    /// The number of the attempt; 1 is the first.
    pub number: u32,
    /// Time since the first attempt started.
    pub elapsed: Duration,
    /// The effect of the request.
    pub effect: Effect,
}

impl Attempt {
    /// Returns attempt `number`, counted from 1, which failed `elapsed` after the first began.
    pub const fn new(number: u32, elapsed: Duration, effect: Effect) -> Self {
        Self {
            number,
            elapsed,
            effect,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;
    const EFFECTS: [Effect; 3] = [Effect::Idempotent, Effect::Billed, Effect::Change];

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn status(number: u16) -> StatusCode {
        StatusCode::from_u16(number).unwrap()
    }

    fn first(effect: Effect) -> Attempt {
        Attempt {
            number: 1,
            elapsed: Duration::ZERO,
            effect,
        }
    }

    /// Whether a first attempt is followed by another, for each column of the table.
    fn row(policy: &RetryPolicy, failure: Failure<'_>) -> [bool; 3] {
        EFFECTS.map(|effect| policy.decide(failure, first(effect), 1.0, NOW).is_some())
    }

    fn answered(policy: &RetryPolicy, number: u16, should_retry: Option<&str>) -> [bool; 3] {
        let headers = should_retry.map_or_else(HeaderMap::new, |value| {
            headers(&[("x-should-retry", value)])
        });
        row(policy, Failure::Response(status(number), &headers))
    }

    #[test]
    fn the_table() {
        let policy = RetryPolicy::default();
        assert_eq!(row(&policy, Failure::NotConnected), [true, true, true]);
        assert_eq!(row(&policy, Failure::NoResponse), [true, true, false]);
        assert_eq!(row(&policy, Failure::Permanent), [false; 3]);
        for number in [408, 409, 429, 503] {
            assert_eq!(answered(&policy, number, None), [true; 3], "{number}");
        }
        for number in [500, 502, 504, 599] {
            let expected = [true, true, false];
            assert_eq!(answered(&policy, number, None), expected, "{number}");
        }
        for number in [301, 400, 401, 402, 403, 404, 407, 413, 422] {
            assert_eq!(answered(&policy, number, None), [false; 3], "{number}");
        }
        for number in [400, 404, 429, 500, 503] {
            assert_eq!(answered(&policy, number, Some("true")), [true; 3]);
            assert_eq!(answered(&policy, number, Some("false")), [false; 3]);
        }
        assert_eq!(answered(&policy, 400, Some("perhaps")), [false; 3]);
    }

    #[test]
    fn at_most_once_never_risks_a_second_billing() {
        let policy = RetryPolicy::at_most_once();
        let known = [true, true, true];
        let unknown = [true, false, false];
        assert_eq!(row(&policy, Failure::NotConnected), known);
        assert_eq!(row(&policy, Failure::NoResponse), unknown);
        assert_eq!(answered(&policy, 429, None), known);
        assert_eq!(answered(&policy, 429, Some("false")), [false; 3]);
        // A gateway answers 503 as well when the service behind it broke off in the middle.
        for number in [408, 409, 500, 502, 503, 504] {
            assert_eq!(answered(&policy, number, None), unknown, "{number}");
            assert_eq!(answered(&policy, number, Some("true")), unknown, "{number}");
        }
    }

    #[test]
    fn the_service_says_how_long_to_wait() {
        let delay = |value: &str| {
            let headers = headers(&[("retry-after", value)]);
            let failure = Failure::Response(status(429), &headers);
            RetryPolicy::default().decide(failure, first(Effect::Billed), 1.0, NOW)
        };
        assert_eq!(delay("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            delay("100000"),
            Some(Duration::from_secs(60)),
            "cut to the limit"
        );
        assert_eq!(delay("17000000000000000000"), Some(Duration::from_secs(60)));
        assert_eq!(delay("soon"), Some(Duration::from_millis(500)), "its own");
    }

    #[test]
    fn attempts_and_time_are_bounded() {
        let policy = RetryPolicy::default();
        let tried = |number, elapsed| {
            let attempt = Attempt {
                number,
                elapsed,
                effect: Effect::Idempotent,
            };
            policy.decide(Failure::NotConnected, attempt, 1.0, NOW)
        };
        assert!(tried(2, Duration::ZERO).is_some());
        assert!(tried(3, Duration::ZERO).is_none());
        assert!(tried(1, Duration::from_secs(60)).is_none());
        for never in [
            RetryPolicy::never(),
            RetryPolicy::never().with_max_attempts(0),
        ] {
            assert_eq!(row(&never, Failure::NotConnected), [false; 3]);
        }
    }

    #[test]
    fn absurd_policies_do_not_panic() {
        let policy = RetryPolicy::default()
            .with_backoff(Backoff::new(Duration::MAX, Duration::MAX))
            .with_budget(Duration::MAX)
            .with_max_attempts(u32::MAX);
        for jitter in [0.0, 1.0, f64::NAN, -1.0] {
            let attempt = Attempt {
                number: u32::MAX - 1,
                elapsed: Duration::MAX,
                effect: Effect::Billed,
            };
            let _ = policy.decide(Failure::NotConnected, attempt, jitter, NOW);
        }
    }
}
