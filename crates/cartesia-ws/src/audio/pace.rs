//! The pace at which audio is sent.

use std::time::{Duration, Instant};

use cartesia_core::time::deadline_after;

/// The longest delay that the following messages make up for. A longer one is not made up for beyond this.
const LATE: Duration = Duration::from_millis(200);
/// The longest time between two messages, however slow the pace is.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// The rate at which a piece of audio is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rate {
    /// Without pacing: audio is sent as it arrives.
    Live,
    /// This many seconds of audio per second.
    Times(f64),
    /// As fast as the connection accepts it.
    Unlimited,
}

/// The rate at which [`SttInput::send_audio`](crate::SttInput::send_audio) and
/// [`CallInput::send_audio`](crate::CallInput::send_audio) send; real time by default.
///
/// The vendor asks for about one second of audio per second, as a microphone gives it.
///
/// ```
/// use cartesia_ws::Pace;
///
/// let faster = Pace::times(4.0);
/// assert_ne!(faster, Pace::REAL_TIME);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace(Rate);

impl Pace {
    /// One second of audio per second.
    pub const REAL_TIME: Self = Self(Rate::Times(1.0));
    /// As fast as the connection accepts it.
    pub const UNLIMITED: Self = Self(Rate::Unlimited);

    /// Sends this many seconds of audio per second. A value that is not above zero counts as real time.
    pub fn times(speed: f64) -> Self {
        if speed.is_finite() && speed > 0.0 {
            Self(Rate::Times(speed))
        } else {
            Self::REAL_TIME
        }
    }

    pub(crate) fn rate(self) -> Rate {
        self.0
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::REAL_TIME
    }
}

/// Decides when the next message may be sent. Messages after a late one are sent earlier, up to [`LATE`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pacer {
    not_before: Option<Instant>,
}

impl Pacer {
    /// When the next message may be sent; `None` for at once.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.not_before
    }

    /// Notes that audio of this length is sent, at `speed` seconds of audio per second.
    pub(crate) fn sent(&mut self, now: Instant, length: Duration, speed: f64) {
        let due = self.not_before.unwrap_or(now);
        let earliest = now.checked_sub(LATE).unwrap_or(now);
        let time = Duration::try_from_secs_f64(length.as_secs_f64() / speed);
        let time = time.unwrap_or(LONGEST).min(LONGEST);
        self.not_before = deadline_after(due.max(earliest), time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When ten messages of 100 ms are sent, in milliseconds; the sixth may come late.
    fn times(speed: f64, late: Duration) -> Vec<u128> {
        let (start, mut pacer) = (Instant::now(), Pacer::default());
        let mut now = start;
        let mut times = Vec::new();
        for number in 0..10 {
            if number == 5 {
                now += late;
            }
            now = pacer.due().map_or(now, |due| now.max(due));
            times.push((now - start).as_millis());
            pacer.sent(now, Duration::from_millis(100), speed);
        }
        times
    }

    #[test]
    fn a_pace_is_kept_and_a_short_delay_made_up_for() {
        let on_time = [0, 100, 200, 300, 400, 500, 600, 700, 800, 900];
        assert_eq!(times(1.0, Duration::ZERO), on_time);
        assert_eq!(times(2.0, Duration::ZERO)[9], 450);
        assert_eq!(
            times(1.0, Duration::from_millis(250)),
            [0, 100, 200, 300, 400, 650, 650, 700, 800, 900]
        );
        // After a long one, no more than 200 ms.
        assert_eq!(
            times(1.0, Duration::from_secs(60))[5..],
            [60_400, 60_400, 60_400, 60_500, 60_600]
        );
    }

    #[test]
    fn odd_paces_are_real_time_and_slow_ones_end() {
        for odd in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
            assert_eq!(Pace::times(odd), Pace::REAL_TIME);
        }
        let (now, mut pacer) = (Instant::now(), Pacer::default());
        pacer.sent(now, Duration::from_secs(1), f64::MIN_POSITIVE);
        assert_eq!(pacer.due(), now.checked_add(LONGEST));
    }
}
