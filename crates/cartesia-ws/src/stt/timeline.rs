//! From the time of one connection to that of the caller's audio.
//!
//! The service counts from the first sample of a connection, and it counts the silence that was sent
//! while the caller had nothing to send.

use std::time::Duration;

/// The times of the audio that one connection was sent.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// Where the connection begins in the caller's audio.
    base: Duration,
    /// Silence that the caller did not give: when it begins on this connection, and how long it is.
    fillers: Vec<(Duration, Duration)>,
    filled: Duration,
}

impl Timeline {
    /// A connection that begins there in the caller's audio.
    pub(super) fn starting_at(base: Duration) -> Self {
        Self {
            base,
            ..Self::default()
        }
    }

    /// Notes silence that is sent at this place of the caller's audio.
    pub(super) fn fill(&mut self, at: Duration, silence: Duration) {
        let start = at.saturating_sub(self.base) + self.filled;
        self.filled += silence;
        match self.fillers.last_mut() {
            Some((last, length)) if *last + *length >= start => *length += silence,
            _ => self.fillers.push((start, silence)),
        }
    }

    /// The time of the caller's audio at this time of the connection.
    pub(super) fn caller_time(&self, wire: Duration) -> Duration {
        let filled =
            |(start, length): &(Duration, Duration)| wire.saturating_sub(*start).min(*length);
        let silence: Duration = self.fillers.iter().map(filled).sum();
        self.base + wire.saturating_sub(silence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_reconnects_do_not_shift_words() {
        let millis = Duration::from_millis;
        let mut timeline = Timeline::starting_at(millis(10_000));
        assert_eq!(timeline.caller_time(millis(500)), millis(10_500));
        timeline.fill(millis(11_000), millis(200));
        timeline.fill(millis(11_000), millis(100));
        timeline.fill(millis(12_000), millis(50));
        assert_eq!(timeline.fillers.len(), 2);
        for (wire, caller) in [
            (0, 10_000),
            (1_000, 11_000),
            // Within the silence, the caller's audio stands still.
            (1_150, 11_000),
            (1_300, 11_000),
            (1_400, 11_100),
            (2_300, 12_000),
            (2_350, 12_000),
            (3_350, 13_000),
        ] {
            assert_eq!(timeline.caller_time(millis(wire)), millis(caller), "{wire}");
        }
    }
}
