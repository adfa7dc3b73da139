//! The adaptive prebuffer: how much audio is collected before playback, and how underruns change it.

use std::time::Duration;

/// An underrun never raises the target above this.
const HIGHEST: Duration = Duration::from_millis(480);

/// After so much audio without an underrun the target goes halfway back.
const FORGET_AFTER: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub(crate) struct Jitter {
    base: Duration,
    target: Duration,
    /// What had been heard when the target last changed.
    since: Duration,
}

impl Jitter {
    pub(crate) fn new(base: Duration) -> Self {
        Self {
            base,
            target: base,
            since: Duration::ZERO,
        }
    }

    /// How much audio to wait for.
    pub(crate) fn target(&self) -> Duration {
        self.target
    }

    /// Audio was missing when `heard` had been heard.
    pub(crate) fn underrun(&mut self, heard: Duration) {
        // A prebuffer of zero still grows after an underrun.
        let doubled = (self.target * 2).max(Duration::from_millis(20));
        self.target = doubled.min(HIGHEST.max(self.base));
        self.since = heard;
    }

    /// So much has been heard in all.
    pub(crate) fn heard(&mut self, heard: Duration) {
        while self.target > self.base && heard.saturating_sub(self.since) >= FORGET_AFTER {
            self.target = (self.target / 2).max(self.base);
            self.since += FORGET_AFTER;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn the_target_doubles_up_to_a_limit_and_comes_back() {
        let mut jitter = Jitter::new(ms(60));
        let mut targets = Vec::new();
        for _ in 0..5 {
            targets.push(jitter.target());
            jitter.underrun(ms(1_000));
        }
        assert_eq!(targets, [ms(60), ms(120), ms(240), ms(480), ms(480)]);

        jitter.heard(ms(30_999));
        assert_eq!(jitter.target(), ms(480));
        jitter.heard(ms(31_000));
        assert_eq!(jitter.target(), ms(240));
        jitter.heard(ms(91_000));
        assert_eq!(jitter.target(), ms(60));
        jitter.heard(ms(1_000_000));
        assert_eq!(jitter.target(), ms(60));
    }

    #[test]
    fn a_base_above_the_limit_stays() {
        let mut jitter = Jitter::new(ms(800));
        jitter.underrun(ms(0));
        assert_eq!(jitter.target(), ms(800));
        let mut jitter = Jitter::new(ms(0));
        jitter.underrun(ms(0));
        assert_eq!(jitter.target(), ms(20));
    }
}
