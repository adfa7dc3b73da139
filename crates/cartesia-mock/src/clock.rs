//! The present, as the service writes it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Longer than any test runs.
const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);

/// The time that is `wait` after another one. A very long wait means never.
pub(crate) fn after(start: Instant, wait: Duration) -> Instant {
    start + wait.min(FAR)
}

/// Seconds since 1970.
pub(crate) fn seconds() -> u64 {
    // A clock before 1970 is as good as one that stands still.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}

/// Seconds since 1970 by RFC 3339, in UTC.
pub(crate) fn rfc3339(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Counted in years that begin in March, so that the day that leap years add is the last one; and
    // from a year that begins one of the 400-year rounds of the calendar.
    let days = days + 719_468;
    let (round, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = round * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_very_long_wait_is_no_panic() {
        let now = super::Instant::now();
        let far = super::after(now, std::time::Duration::MAX);
        assert!(far > now + super::FAR / 2);
        super::after(far, super::FAR);
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_788_350_400, "2026-09-02T12:00:00Z"),
            (1_786_700_645, "2026-08-14T09:44:05Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(super::rfc3339(seconds), text);
        }
    }
}
