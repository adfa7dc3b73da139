//! Which context has something to do next.

use std::collections::BTreeMap;

use tokio::time::Instant;

/// A queue by time; what is due at the same time comes in the order in which it was put in, so that
/// contexts take turns.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    queue: BTreeMap<(Instant, u64), u64>,
    entries: u64,
}

/// A place in the queue.
pub(super) type Place = (Instant, u64);

impl Schedule {
    /// Puts a context in, and gives its place. What was due before `now` is due now: those who wait
    /// already come first.
    pub(super) fn put(&mut self, key: u64, due: Instant, now: Instant) -> Place {
        self.entries += 1;
        let place = (due.max(now), self.entries);
        self.queue.insert(place, key);
        place
    }

    pub(super) fn remove(&mut self, place: Place) {
        self.queue.remove(&place);
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.queue.first_key_value().map(|((due, _), _)| *due)
    }

    /// The context that is due, taken out.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<u64> {
        let first = self.queue.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn those_who_are_due_take_turns() {
        let (now, mut schedule) = (Instant::now(), Schedule::default());
        let later = now + Duration::from_secs(1);
        schedule.put(1, now, now);
        schedule.put(2, later, now);
        let third = schedule.put(3, now, now);
        assert_eq!(schedule.take_due(now), Some(1));
        schedule.put(1, now, now);
        assert_eq!(schedule.take_due(now), Some(3));
        schedule.remove(third);
        assert_eq!(schedule.take_due(now), Some(1));
        assert_eq!(
            (schedule.take_due(now), schedule.next_due()),
            (None, Some(later))
        );
        assert_eq!(schedule.take_due(later), Some(2));
        assert_eq!(schedule.next_due(), None);
    }
}
