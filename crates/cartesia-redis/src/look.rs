//! When a process that waits looks for permits of dead processes, beside its regular renewals.
//!
//! A process that died renews no leases, and no step of it says so. Those who wait know from the answer to their last
//! step when the first lease ends. A living process renews its leases long before, and the waiting process learns that
//! at its own next renewal: so nothing is sent beside the renewals while all processes live.

use std::time::Duration;

use tokio::time::Instant;

/// After the end of a lease: the server counts whole milliseconds.
const DELAY: Duration = Duration::from_millis(1);
/// Between two looks, so that many leases that end one after the other cost a bounded number of steps.
const GAP: Duration = Duration::from_millis(10);

#[derive(Debug, Default)]
pub(crate) struct Look {
    at: Option<Instant>,
    /// The next step is one.
    due: bool,
    last: Option<Instant>,
}

impl Look {
    /// The answer to a step: when the first lease ends, if anyone waits.
    pub(crate) fn lease_ends(&mut self, at: Option<Instant>) {
        let earliest = self.last.map(|last| last + GAP);
        self.at = at.map(|at| (at + DELAY).max(earliest.unwrap_or(at)));
    }

    pub(crate) fn at(&self) -> Option<Instant> {
        self.at
    }

    pub(crate) fn begin(&mut self, now: Instant) {
        *self = Self {
            at: None,
            due: true,
            last: Some(now),
        };
    }

    pub(crate) fn is_due(&self) -> bool {
        self.due
    }

    /// A step was carried out, which is always a look as well.
    pub(crate) fn done(&mut self) {
        self.due = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(1);

    #[test]
    fn a_look_comes_just_after_the_lease() {
        let (mut look, now) = (Look::default(), Instant::now());
        assert_eq!(look.at(), None);
        look.lease_ends(Some(now + LEASE));
        assert_eq!(look.at(), Some(now + LEASE + DELAY));
        look.begin(now + LEASE + DELAY);
        assert!(look.is_due() && look.at().is_none());
        look.done();
        assert!(!look.is_due());
    }

    #[test]
    fn a_lease_that_was_renewed_moves_the_look() {
        let (mut look, now) = (Look::default(), Instant::now());
        look.lease_ends(Some(now + LEASE));
        look.lease_ends(Some(now + 2 * LEASE));
        assert_eq!(look.at(), Some(now + 2 * LEASE + DELAY));
        look.lease_ends(None);
        assert_eq!(look.at(), None);
    }

    #[test]
    fn many_ends_of_leases_cost_a_bounded_number_of_looks() {
        let (mut look, start) = (Look::default(), Instant::now());
        let (mut now, mut looks) = (start, 0);
        // Each answer says that another lease ends within the next millisecond.
        while now < start + LEASE {
            look.lease_ends(Some(now + Duration::from_millis(1)));
            now = look.at().unwrap();
            look.begin(now);
            look.done();
            looks += 1;
        }
        assert!(looks <= LEASE.as_millis() / GAP.as_millis() + 1, "{looks}");
    }
}
