//! Decides whether a device still plays.
//!
//! The criterion is that it requests audio. Errors that it reports are only hints that speed up the decision:
//! an error that is fatal on one platform is harmless on another, and some losses come without an error.

use std::time::Duration;

/// How often the device is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// A device that is silent for this time is lost. A sound server or program that was stalled for a moment
/// recovers within it, and playback continues by itself; reopening the device would lose more.
const PATIENCE: Duration = Duration::from_secs(1);

/// The number of its own buffers for which it must be silent, too.
const BUFFERS: u32 = 4;

/// Once it has asked for so much audio, a device is past its start.
const SETTLED: Duration = Duration::from_millis(500);

/// How long a device may be silent at its start. The output that PulseAudio has on a machine without a sound
/// card fills its buffers, and asks again two seconds later.
pub(crate) const STARTING: Duration = Duration::from_secs(3);

/// A device is never believed to hold more than this.
const LONGEST_AHEAD: Duration = Duration::from_secs(10);

/// With a hint, so many looks are enough.
const HINTED_TICKS: u32 = 2;

/// More errors than this between two looks are a hint of their own: a device that is gone can make a
/// million of them a second.
const STORM: u64 = 1_000;

/// How long an output may be silent that is expected to ask for `buffer` at a time.
pub(crate) fn patience(buffer: Duration) -> Duration {
    PATIENCE.max(buffer * BUFFERS)
}

/// The activity of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Signs {
    /// Buffers it asked for.
    pub(crate) callbacks: u64,
    /// Playing time of these.
    pub(crate) asked: Duration,
    /// The part of that which it cannot have played yet.
    pub(crate) ahead: Duration,
    /// Errors it reported.
    pub(crate) errors: u64,
    /// Whether one of them said that it is gone.
    pub(crate) gone: bool,
}

pub(crate) struct Watch {
    seen: Signs,
    still: u32,
    /// The audio that it held after the last sign of life.
    held: Duration,
    /// How long it may be silent once it is past its start.
    patience: Duration,
    /// The limit of silence during its start.
    starting: Duration,
    stormy: bool,
}

impl Watch {
    /// `patience` is how long the device may be silent, `starting` how long while it starts.
    pub(crate) fn new(patience: Duration, starting: Duration) -> Self {
        Self {
            seen: Signs::default(),
            still: 0,
            held: Duration::ZERO,
            patience,
            starting,
            stormy: false,
        }
    }

    /// Checks the device, a [`TICK`] after the last check; returns whether it is lost. Checks are counted,
    /// not time: a machine that sleeps does not check either.
    pub(crate) fn is_lost(&mut self, signs: Signs) -> bool {
        let seen = std::mem::replace(&mut self.seen, signs);
        if signs.callbacks != seen.callbacks {
            self.still = 0;
            self.held = signs.ahead.min(LONGEST_AHEAD);
            self.stormy = false;
            return false;
        }
        self.still += 1;
        self.stormy |= signs.errors.saturating_sub(seen.errors) > STORM;
        let hinted = signs.gone || self.stormy;
        self.still >= self.limit(signs) || (hinted && self.still >= HINTED_TICKS)
    }

    /// Looks without a sign of life after which the device is lost.
    fn limit(&self, signs: Signs) -> u32 {
        let patience = if signs.asked < SETTLED {
            self.patience.max(self.starting)
        } else {
            self.patience
        };
        // A device with large buffers requests audio rarely.
        let ticks = (patience + self.held)
            .as_millis()
            .div_ceil(TICK.as_millis());
        u32::try_from(ticks).unwrap_or(u32::MAX)
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

    /// Of a device that is past its start.
    fn signs(callbacks: u64, errors: u64, gone: bool) -> Signs {
        Signs {
            callbacks,
            asked: SETTLED,
            ahead: Duration::ZERO,
            errors,
            gone,
        }
    }

    fn watch() -> Watch {
        Watch::new(patience(BUFFER), STARTING)
    }

    /// How long it takes until a device is lost that shows these signs from now on.
    fn until_lost(watch: &mut Watch, mut signs: Signs) -> Duration {
        for tick in 1..1_000 {
            if watch.is_lost(signs) {
                return TICK * tick;
            }
            signs.ahead = signs.ahead.saturating_sub(TICK);
        }
        panic!("it is never lost");
    }

    #[test]
    fn a_device_that_asks_is_alive_whatever_it_says() {
        let mut watch = watch();
        for tick in 1..100 {
            assert!(!watch.is_lost(signs(tick, tick * 100_000, true)));
        }
    }

    #[test]
    fn silence_is_the_end_after_a_second() {
        let mut watch = watch();
        assert!(!watch.is_lost(signs(7, 0, false)));
        assert_eq!(until_lost(&mut watch, signs(7, 0, false)), PATIENCE);
        // Each sign of life begins a new second.
        let mut watch = self::watch();
        for callbacks in 1..5 {
            for _ in 0..20 {
                assert!(!watch.is_lost(signs(callbacks, 0, false)));
            }
        }
    }

    #[test]
    fn long_buffers_are_given_more_time() {
        let mut watch = Watch::new(patience(Duration::from_millis(400)), STARTING);
        assert_eq!(
            until_lost(&mut watch, signs(0, 0, false)),
            Duration::from_millis(1_600)
        );
    }

    #[test]
    fn a_device_that_takes_much_at_once_is_given_the_time_to_play_it() {
        for ahead in [0, 60, 500, 2_000] {
            let ahead = Duration::from_millis(ahead);
            let mut watch = watch();
            let taken = Signs {
                ahead,
                ..signs(9, 0, false)
            };
            assert!(!watch.is_lost(taken));
            let lost = until_lost(&mut watch, taken);
            assert!(
                lost >= PATIENCE + ahead && lost <= PATIENCE + ahead + TICK,
                "{lost:?}"
            );
        }
        // Clocks that run apart do not make the patience endless.
        let mut watch = watch();
        let mut taken = signs(9, 0, false);
        taken.ahead = Duration::from_secs(3_600);
        assert!(!watch.is_lost(taken));
        let lost = until_lost(&mut watch, taken);
        assert!(lost <= PATIENCE + LONGEST_AHEAD + TICK, "{lost:?}");
    }

    #[test]
    fn a_device_that_starts_may_be_silent_for_longer() {
        let mut watch = watch();
        let starting = Signs {
            asked: BUFFER * 3,
            ..signs(3, 0, false)
        };
        assert!(!watch.is_lost(starting));
        assert_eq!(until_lost(&mut watch, starting), STARTING);
        // Unless it says why.
        let mut watch = self::watch();
        assert!(!watch.is_lost(starting));
        let gone = Signs {
            gone: true,
            ..starting
        };
        assert_eq!(until_lost(&mut watch, gone), TICK * HINTED_TICKS);
    }

    #[test]
    fn hints_make_it_quicker() {
        let mut watch = watch();
        assert!(!watch.is_lost(signs(7, 0, false)));
        assert!(!watch.is_lost(signs(7, 1, true)));
        assert!(watch.is_lost(signs(7, 1, true)));

        let mut watch = self::watch();
        assert!(!watch.is_lost(signs(7, 0, false)));
        assert!(!watch.is_lost(signs(7, 40_000, false)));
        assert!(watch.is_lost(signs(7, 40_001, false)));

        // A process that was stopped and goes on: many errors, and sound.
        let mut watch = self::watch();
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
