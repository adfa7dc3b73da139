//! Identifiers that were in use on the wire, and must not be used again for a while.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use cartesia_types::tts::ContextId;

/// Messages of a cancelled context arrive until the service is through with what it was saying. A new
/// context of the same name would take them for its own.
const LIFETIME: Duration = Duration::from_secs(300);
/// A bound on memory, not on time: far more contexts than a connection serves in that time.
const MOST: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Tombstones {
    known: HashSet<ContextId>,
    by_age: VecDeque<(Instant, ContextId)>,
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

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_age.len()
    }

    /// Another connection knows nothing of them.
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.by_age.clear();
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
}
