//! The latency of the first audio.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::hash;

/// The wait before the first audio of a response: always the same, or from a range.
///
/// ```
/// use std::time::Duration;
/// use cartesia_mock::Latency;
///
/// let range = Duration::from_millis(100)..=Duration::from_millis(300);
/// assert_eq!(Latency::from(range), "100ms..300ms".parse()?);
/// assert_eq!(Latency::from(Duration::from_secs(2)), "2s".parse()?);
/// # Ok::<(), cartesia_mock::InvalidLatency>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latency {
    shortest: Duration,
    longest: Duration,
}

impl Latency {
    /// The wait of the response with this number: any time of the range is as likely as any other, and it
    /// is the same in every run with the same seed.
    pub(crate) fn draw(self, seed: u64, number: u64) -> Duration {
        let parts: [&[u8]; 3] = [b"latency", &seed.to_le_bytes(), &number.to_le_bytes()];
        let share = hash::unit(hash::stable(&parts));
        self.shortest + self.longest.saturating_sub(self.shortest).mul_f32(share)
    }
}

impl From<Duration> for Latency {
    /// Always the same.
    fn from(wait: Duration) -> Self {
        Self {
            shortest: wait,
            longest: wait,
        }
    }
}

impl From<RangeInclusive<Duration>> for Latency {
    /// From the range; the wrong way round it is the same range.
    fn from(range: RangeInclusive<Duration>) -> Self {
        let (start, end) = range.into_inner();
        Self {
            shortest: start.min(end),
            longest: start.max(end),
        }
    }
}

/// A text that is not a latency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time; it is a number with s or ms, or a range such as 100ms..300ms")]
pub struct InvalidLatency(String);

impl FromStr for Latency {
    type Err = InvalidLatency;

    /// Reads `150ms`, `2s`, `0.5s`, or two of them with `..` between, the smaller one first.
    fn from_str(text: &str) -> Result<Self, InvalidLatency> {
        let read = || match text.split_once("..") {
            None => time(text).map(Self::from),
            Some((shortest, longest)) => {
                let (shortest, longest) = (time(shortest)?, time(longest)?);
                (shortest <= longest).then(|| Self::from(shortest..=longest))
            }
        };
        read().ok_or_else(|| InvalidLatency(text.to_owned()))
    }
}

pub(crate) fn time(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e-3),
        None => (text.strip_suffix('s')?, 1.0),
    };
    let seconds = number.parse::<f64>().ok()? * unit;
    // Further than that no clock goes.
    let is_sane = (0.0..=86_400.0).contains(&seconds);
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|_| is_sane)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_read() {
        let millis = Duration::from_millis;
        for (text, shortest, longest) in [
            ("150ms", 150, 150),
            ("0.5s", 500, 500),
            ("100ms..300ms", 100, 300),
            ("0s..1s", 0, 1_000),
        ] {
            let latency = Latency::from(millis(shortest)..=millis(longest));
            assert_eq!(text.parse(), Ok(latency), "{text}");
        }
        for text in [
            "",
            "3",
            "-1s",
            "s",
            "ms",
            "NaNs",
            "infs",
            "1e9s",
            "..",
            "1s..",
            "2s..1s",
            "1s..2s..3s",
        ] {
            assert!(text.parse::<Latency>().is_err(), "{text}");
        }
    }

    #[test]
    fn draws_fill_the_range_and_repeat() {
        let latency: Latency = "100ms..300ms".parse().unwrap();
        let draws = |seed| (0..100).map(move |number| latency.draw(seed, number));
        let range = Duration::from_millis(100)..=Duration::from_millis(300);
        assert!(draws(1).all(|draw| range.contains(&draw)));
        assert!(draws(1).min().unwrap() < Duration::from_millis(120));
        assert!(draws(1).max().unwrap() > Duration::from_millis(280));
        assert!(draws(1).eq(draws(1)) && !draws(1).eq(draws(2)));
        let fixed = Latency::from(Duration::from_millis(7));
        assert_eq!(fixed.draw(1, 1), Duration::from_millis(7));
    }
}
