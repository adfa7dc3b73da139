//! Identifiers that were in use on the wire, and must not be used again for a while.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use cartesia_types::tts::ContextId;

use super::Key;

/// Messages of a cancelled context arrive until the service has finished its speech. A new context with the
/// same identifier would mistake them for its own.
const LIFETIME: Duration = Duration::from_secs(300);
/// The time after its last message for which a cancelled context counts as running. The service finishes the
/// speech that it has begun, faster than real time, and may not report the end.
const LINGER: Duration = Duration::from_secs(2);
/// A bound on memory, not on time: far more contexts than a connection serves in that time.
const MOST: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Tombstones {
    known: HashSet<ContextId>,
    by_age: VecDeque<(Instant, ContextId)>,
    /// Cancelled contexts that the service still works on, as far as is known. A handful at a time.
    unfinished: Vec<Unfinished>,
}

#[derive(Debug)]
struct Unfinished {
    id: ContextId,
    key: Key,
    /// The time of its last message.
    last: Instant,
}

impl Tombstones {
    pub(super) fn insert(&mut self, now: Instant, id: ContextId) {
        while let Some((buried, _)) = self.by_age.front() {
            if self.by_age.len() < MOST && now.saturating_duration_since(*buried) < LIFETIME {
                break;
            }
            if let Some((_, oldest)) = self.by_age.pop_front() {
                self.known.remove(&oldest);
            }
        }
        if self.known.insert(id.clone()) {
            self.by_age.push_back((now, id));
        }
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.known.contains(id)
    }

    /// Notes that a context was cancelled. It counts as running until [`finish`](Self::finish), or until no
    /// message came for [`LINGER`].
    pub(super) fn cancel(&mut self, now: Instant, id: ContextId, key: Key) {
        let last = now;
        self.unfinished.push(Unfinished { id, key, last });
    }

    /// Notes a message for a context; returns whether it is a cancelled one that still runs.
    pub(super) fn touch(&mut self, now: Instant, id: &str) -> bool {
        let known = self.unfinished.iter_mut().find(|it| it.id == *id);
        known.map(|known| known.last = now).is_some()
    }

    /// The service has ended a cancelled context: returns it, once.
    pub(super) fn finish(&mut self, id: &str) -> Option<Key> {
        let at = self.unfinished.iter().position(|it| it.id == *id)?;
        Some(self.unfinished.swap_remove(at).key)
    }

    /// When the next cancelled context no longer counts as running.
    pub(super) fn next_release(&self) -> Option<Instant> {
        self.unfinished.iter().map(|it| it.last + LINGER).min()
    }

    /// The cancelled contexts that no longer count as running.
    pub(super) fn release(&mut self, now: Instant) -> impl Iterator<Item = Key> {
        let silent = self
            .unfinished
            .extract_if(.., move |it| it.last + LINGER <= now);
        silent.map(|it| it.key)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_age.len()
    }

    /// Forgets all of them: they are unknown on another connection.
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.by_age.clear();
        self.unfinished.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dead_are_forgotten_in_time_and_number() {
        let start = Instant::now();
        let mut tombstones = Tombstones::default();
        tombstones.insert(start, "a".into());
        tombstones.insert(start + LIFETIME / 2, "a".into());
        tombstones.insert(start + LIFETIME / 2, "b".into());
        assert!(tombstones.contains("a") && tombstones.contains("b"));
        tombstones.insert(start + LIFETIME, "c".into());
        assert!(!tombstones.contains("a") && tombstones.contains("b"));
        for number in 0..MOST {
            tombstones.insert(start + LIFETIME, number.to_string().into());
        }
        assert_eq!(tombstones.known.len(), MOST);
        assert!(!tombstones.contains("c"));
    }

    #[test]
    fn a_cancelled_context_runs_until_its_end_or_a_silence() {
        let start = Instant::now();
        let mut tombstones = Tombstones::default();
        for (id, key) in [("a", 1), ("b", 2), ("c", 3)] {
            tombstones.insert(start, id.into());
            tombstones.cancel(start, id.into(), key);
        }
        assert_eq!(tombstones.finish("a"), Some(1));
        assert_eq!(tombstones.finish("a"), None);
        assert!(!tombstones.touch(start, "a") && tombstones.contains("a"));
        assert!(tombstones.touch(start + LINGER / 2, "b"));
        assert_eq!(tombstones.next_release(), Some(start + LINGER));
        assert_eq!(tombstones.release(start + LINGER).collect::<Vec<_>>(), [3]);
        assert_eq!(tombstones.next_release(), Some(start + LINGER / 2 + LINGER));
        tombstones.clear();
        assert_eq!(tombstones.next_release(), None);
    }
}
