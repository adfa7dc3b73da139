//! Decides whether a device still plays.
//!
//! The sign of life is that it asks for audio. What it says of itself is a hint that makes the verdict
//! quicker, and nothing more: the same error ends playback on one system and means nothing on
//! another, and some losses come without an error.

use std::time::Duration;

/// How often the device is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// Silent for so long, a device is lost.
const PATIENCE: Duration = Duration::from_millis(250);

/// And for so many of its own buffers.
const BUFFERS: u32 = 4;

/// With a hint, so many looks are enough.
const HINTED_TICKS: u32 = 2;

/// More errors than this between two looks are a hint of their own: a device that is gone can make a
/// million of them a second.
const STORM: u64 = 1_000;

/// What a device was seen to have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Signs {
    /// Buffers it asked for.
    pub(crate) callbacks: u64,
    /// Errors it reported.
    pub(crate) errors: u64,
    /// Whether one of them said that it is gone.
    pub(crate) gone: bool,
}

pub(crate) struct Watch {
    seen: Signs,
    still: u32,
    /// Looks without a sign of life after which it is lost.
    limit: u32,
    stormy: bool,
}

impl Watch {
    /// `buffer` is what the device is expected to ask for at a time.
    pub(crate) fn new(buffer: Duration) -> Self {
        let patience = PATIENCE.max(buffer * BUFFERS);
        let ticks = patience.as_millis().div_ceil(TICK.as_millis());
        Self {
            seen: Signs::default(),
            still: 0,
            limit: u32::try_from(ticks).unwrap_or(u32::MAX),
            stormy: false,
        }
    }

    /// One look, a [`TICK`] after the last one; whether the device is lost. Looks are counted, not
    /// time: when the whole machine sleeps, nobody looks either.
    pub(crate) fn is_lost(&mut self, signs: Signs) -> bool {
        let seen = std::mem::replace(&mut self.seen, signs);
        if signs.callbacks != seen.callbacks {
            self.still = 0;
            self.stormy = false;
            return false;
        }
        self.still += 1;
        self.stormy |= signs.errors.saturating_sub(seen.errors) > STORM;
        let hinted = signs.gone || self.stormy;
        self.still >= self.limit || (hinted && self.still >= HINTED_TICKS)
    }
}

/// The pauses between attempts to find a device again.
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(2);

    pub(crate) fn new() -> Self {
        Self { next: Self::FIRST }
    }

    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(Self::LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUFFER: Duration = Duration::from_millis(20);

    fn signs(callbacks: u64, errors: u64, gone: bool) -> Signs {
        Signs {
            callbacks,
            errors,
            gone,
        }
    }

    #[test]
    fn a_device_that_asks_is_alive_whatever_it_says() {
        let mut watch = Watch::new(BUFFER);
        for tick in 1..100 {
            assert!(!watch.is_lost(signs(tick, tick * 100_000, true)));
        }
    }

    #[test]
    fn silence_is_the_end_after_a_quarter_of_a_second() {
        let mut watch = Watch::new(BUFFER);
        assert!(!watch.is_lost(signs(7, 0, false)));
        let verdicts: Vec<_> = (0..6).map(|_| watch.is_lost(signs(7, 0, false))).collect();
        assert_eq!(verdicts, [false, false, false, false, true, true]);
    }

    #[test]
    fn long_buffers_are_given_more_time() {
        let mut watch = Watch::new(Duration::from_millis(200));
        let ticks = (1..100).find(|_| watch.is_lost(signs(0, 0, false)));
        assert_eq!(ticks, Some(16));
    }

    #[test]
    fn hints_make_it_quicker() {
        let mut watch = Watch::new(BUFFER);
        assert!(!watch.is_lost(signs(7, 0, false)));
        assert!(!watch.is_lost(signs(7, 1, true)));
        assert!(watch.is_lost(signs(7, 1, true)));

        let mut watch = Watch::new(BUFFER);
        assert!(!watch.is_lost(signs(7, 0, false)));
        assert!(!watch.is_lost(signs(7, 40_000, false)));
        assert!(watch.is_lost(signs(7, 40_001, false)));

        // A process that was stopped and goes on: many errors, and sound.
        let mut watch = Watch::new(BUFFER);
        assert!(!watch.is_lost(signs(7, 0, false)));
        assert!(!watch.is_lost(signs(7, 1_500, false)));
        assert!(!watch.is_lost(signs(9, 1_500, false)));
        assert!(!watch.is_lost(signs(9, 1_500, false)));
        assert!(!watch.is_lost(signs(9, 1_500, false)));
    }

    #[test]
    fn attempts_get_rarer() {
        let mut backoff = Backoff::new();
        let pauses: Vec<_> = (0..7).map(|_| backoff.pause().as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1_600, 2_000, 2_000]);
    }
}
