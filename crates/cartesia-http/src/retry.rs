//! When a request is sent again. Pure: the decision depends on its arguments alone.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};

/// How often, how long and how patiently a request is sent again.
///
/// Sent again, before any byte of a body was delivered, is:
///
/// - a request that never left, because no connection could be made;
/// - a request that was turned away: answered with 408, 409, 429 or 503, or with
///   `x-should-retry: true`; never one with `x-should-retry: false`;
/// - a request that was answered with another 5xx, or sent and not answered at all, if repeating it
///   does no harm: reading is repeated; a synthesis is not, since it may have been carried out and
///   billed. A call's `idempotent(true)` allows it.
///
/// Apart from that, and whatever the policy is, a request whose token was refused (401) is sent once
/// more at once, if the token came from a [`TokenProvider`](cartesia_types::TokenProvider) and it
/// has another; a key or a fixed token is not tried again.
///
/// The wait before try *n* + 1 is drawn evenly from zero to `base_delay` × 2ⁿ⁻¹ (full jitter), at
/// most `max_delay`. A wait that the service asks for (`retry-after-ms`, or `Retry-After` in
/// seconds or as a date) takes its place, at most `max_retry_after`.
///
/// ```
/// use std::time::Duration;
/// use cartesia_http::RetryPolicy;
///
/// let patient = RetryPolicy::default().with_max_attempts(6).with_budget(Duration::from_secs(120));
/// # let _ = (patient, RetryPolicy::never());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Tries in all, the first included; 3 by default, at least 1.
    pub max_attempts: u32,
    /// Upper end of the first wait; 0.5 s by default.
    pub base_delay: Duration,
    /// Upper end of any wait that the service did not ask for; 8 s by default.
    pub max_delay: Duration,
    /// The longest wait that the service may ask for; 60 s by default.
    pub max_retry_after: Duration,
    /// No try starts later than this after the first; 60 s by default.
    pub budget: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(8),
            max_retry_after: Duration::from_secs(60),
            budget: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// One try, whatever happens; only a refused token of a provider is replaced.
    pub fn never() -> Self {
        Self {
            max_attempts: 1,
            ..Self::default()
        }
    }

    /// Sets the tries in all, the first included.
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

    /// Sets the longest wait that the service may ask for.
    #[must_use]
    pub fn with_max_retry_after(mut self, limit: Duration) -> Self {
        self.max_retry_after = limit;
        self
    }

    /// Sets the time after which no further try starts.
    #[must_use]
    pub fn with_budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }
}

/// How a try failed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Failure<'a> {
    /// No connection: nothing was sent.
    NeverSent,
    /// Sent, at least in part, and not answered.
    NoResponse,
    /// Answered with a status that is no success.
    Response(StatusCode, &'a HeaderMap),
}

/// Which try failed, and under which circumstances.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    /// 1 for the first.
    pub(crate) number: u32,
    /// Since the first try started.
    pub(crate) elapsed: Duration,
    /// Whether sending the request twice does no harm.
    pub(crate) repeatable: bool,
}

/// How long to wait before the next try; `None` when there is none.
///
/// `jitter` is drawn evenly from 0 to 1; `now` is what a date in `Retry-After` is compared with.
pub(crate) fn decide(
    policy: &RetryPolicy,
    failure: Failure<'_>,
    attempt: Attempt,
    jitter: f64,
    now: SystemTime,
) -> Option<Duration> {
    if attempt.number >= policy.max_attempts {
        return None;
    }
    let wanted = match failure {
        Failure::NeverSent => true,
        Failure::NoResponse => attempt.repeatable,
        Failure::Response(status, headers) => match header(headers, "x-should-retry") {
            Some("true") => true,
            Some("false") => false,
            _ => match status.as_u16() {
                // Turned away before anything was done.
                408 | 409 | 429 | 503 => true,
                500..=599 => attempt.repeatable,
                _ => false,
            },
        },
    };
    if !wanted {
        return None;
    }
    let asked = match failure {
        Failure::Response(_, headers) => retry_after(headers, now),
        _ => None,
    };
    let delay = asked.map_or_else(
        || full_jitter(policy, attempt.number, jitter),
        |asked| asked.min(policy.max_retry_after),
    );
    (attempt.elapsed.saturating_add(delay) <= policy.budget).then_some(delay)
}

fn full_jitter(policy: &RetryPolicy, attempt: u32, jitter: f64) -> Duration {
    let doublings = 2_u32.saturating_pow(attempt.saturating_sub(1));
    let limit = policy
        .base_delay
        .saturating_mul(doublings)
        .min(policy.max_delay);
    // A limit near the end of what a duration can hold must not overflow by rounding.
    Duration::try_from_secs_f64(limit.as_secs_f64() * jitter.clamp(0.0, 1.0)).unwrap_or(limit)
}

/// The wait that the service asks for. A date in the past is no wait at all.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    if let Some(millis) =
        header(headers, "retry-after-ms").and_then(|text| text.parse::<f64>().ok())
    {
        return Duration::try_from_secs_f64(millis / 1_000.0).ok();
    }
    let text = header(headers, "retry-after")?;
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn first(repeatable: bool) -> Attempt {
        Attempt {
            number: 1,
            elapsed: Duration::ZERO,
            repeatable,
        }
    }

    fn on_status(status: u16, pairs: &[(&'static str, &str)]) -> Option<Duration> {
        let headers = headers(pairs);
        let failure = Failure::Response(StatusCode::from_u16(status).unwrap(), &headers);
        decide(&RetryPolicy::default(), failure, first(false), 1.0, NOW)
    }

    #[test]
    fn the_table_of_statuses() {
        let policy = RetryPolicy::default();
        let none = HeaderMap::new();
        for (status, whenever_harmless, always) in [
            (408, true, true),
            (409, true, true),
            (429, true, true),
            (503, true, true),
            (500, true, false),
            (502, true, false),
            (504, true, false),
            (599, true, false),
        ] {
            let failure = Failure::Response(StatusCode::from_u16(status).unwrap(), &none);
            let retried =
                |repeatable| decide(&policy, failure, first(repeatable), 1.0, NOW).is_some();
            assert_eq!(
                (retried(true), retried(false)),
                (whenever_harmless, always),
                "{status}"
            );
        }
        for status in [301, 400, 401, 402, 403, 404, 413, 422] {
            assert!(on_status(status, &[]).is_none(), "{status}");
        }
    }

    #[test]
    fn the_server_overrides_the_table() {
        assert!(on_status(503, &[("x-should-retry", "false")]).is_none());
        assert!(on_status(400, &[("x-should-retry", "true")]).is_some());
        assert!(on_status(400, &[("x-should-retry", "perhaps")]).is_none());
    }

    #[test]
    fn what_may_have_been_billed_is_not_repeated() {
        let policy = RetryPolicy::default();
        let decide = |failure, repeatable| decide(&policy, failure, first(repeatable), 0.5, NOW);
        assert!(decide(Failure::NeverSent, false).is_some());
        assert!(decide(Failure::NoResponse, false).is_none());
        assert!(decide(Failure::NoResponse, true).is_some());
    }

    #[test]
    fn waits_that_the_server_asks_for() {
        let seconds = Duration::from_secs;
        for (name, value, wait) in [
            ("retry-after", "7", seconds(7)),
            ("retry-after", "0.25", Duration::from_millis(250)),
            ("retry-after", "0", Duration::ZERO),
            ("retry-after-ms", "120", Duration::from_millis(120)),
            // 20 seconds after the epoch, and a date before it.
            ("retry-after", "Thu, 01 Jan 1970 00:00:20 GMT", seconds(20)),
            ("retry-after", "100000", seconds(60)),
        ] {
            assert_eq!(
                on_status(429, &[(name, value)]),
                Some(wait),
                "{name}: {value}"
            );
        }
        // Nonsense falls back to the jittered wait, which is half a second at most at first.
        for value in [
            "soon",
            "-1",
            "NaN",
            "inf",
            "1e999",
            "Thu, 99 Jan 1970 00:00:20 GMT",
        ] {
            assert_eq!(
                on_status(429, &[("retry-after", value)]),
                Some(Duration::from_millis(500)),
                "{value}"
            );
        }
        let both = [("retry-after-ms", "100"), ("retry-after", "50")];
        assert_eq!(on_status(503, &both), Some(Duration::from_millis(100)));
    }

    #[test]
    fn a_date_in_the_past_is_no_wait() {
        let late = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let headers = headers(&[("retry-after", "Thu, 01 Jan 1970 00:00:20 GMT")]);
        assert_eq!(retry_after(&headers, late), Some(Duration::ZERO));
    }

    #[test]
    fn waits_double_up_to_the_limit_and_jitter_scales_them() {
        let policy = RetryPolicy::default()
            .with_max_attempts(100)
            .with_budget(Duration::MAX);
        let wait = |number, jitter| {
            let attempt = Attempt {
                number,
                elapsed: Duration::ZERO,
                repeatable: true,
            };
            decide(&policy, Failure::NeverSent, attempt, jitter, NOW).unwrap()
        };
        let millis = |number| wait(number, 1.0).as_millis();
        assert_eq!(
            [1, 2, 3, 4, 5, 6, 40].map(millis),
            [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]
        );
        assert_eq!(wait(3, 0.0), Duration::ZERO);
        assert_eq!(wait(3, 0.5), Duration::from_secs(1));
    }

    #[test]
    fn absurd_policies_do_not_panic() {
        let policy = RetryPolicy::default()
            .with_delays(Duration::MAX, Duration::MAX)
            .with_max_attempts(0)
            .with_budget(Duration::MAX);
        assert_eq!(
            decide(&policy, Failure::NeverSent, first(true), 1.0, NOW),
            None
        );
        let policy = policy.with_max_attempts(u32::MAX);
        for jitter in [0.0, 1.0, f64::NAN, -1.0] {
            let attempt = Attempt {
                number: u32::MAX - 1,
                elapsed: Duration::MAX,
                repeatable: true,
            };
            let _ = decide(&policy, Failure::NeverSent, attempt, jitter, NOW);
        }
    }

    #[test]
    fn attempts_and_time_are_bounded() {
        let policy = RetryPolicy::default();
        let tried = |number, elapsed| {
            let attempt = Attempt {
                number,
                elapsed,
                repeatable: true,
            };
            decide(&policy, Failure::NeverSent, attempt, 1.0, NOW)
        };
        assert!(tried(2, Duration::ZERO).is_some());
        assert!(tried(3, Duration::ZERO).is_none());
        assert!(tried(1, Duration::from_secs(60)).is_none());
        let never = RetryPolicy::never();
        assert!(decide(&never, Failure::NeverSent, first(true), 1.0, NOW).is_none());
    }
}
