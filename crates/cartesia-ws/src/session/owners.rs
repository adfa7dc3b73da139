//! Which context the service means by an identifier.

use cartesia_types::tts::ContextId;
use rustc_hash::FxHashMap;

use super::Key;

/// The contexts that live on the wire, by their identifiers there.
#[derive(Debug, Default)]
pub(super) struct Owners(FxHashMap<ContextId, Key>);

impl Owners {
    pub(super) fn insert(&mut self, id: ContextId, key: Key) {
        self.0.insert(id, key);
    }

    pub(super) fn remove(&mut self, id: &str) {
        self.0.remove(id);
    }

    pub(super) fn find(&self, id: &str) -> Option<Key> {
        self.0.get(id).copied()
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All contexts, in the order in which they were opened.
    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<_> = self.0.values().copied().collect();
        keys.sort_unstable();
        keys
    }

    /// The only context; `None` if there are several.
    pub(super) fn only(&self) -> Option<Key> {
        let mut keys = self.0.values();
        keys.next().copied().filter(|_| keys.next().is_none())
    }
}
