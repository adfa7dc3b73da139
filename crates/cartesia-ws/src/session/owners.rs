//! Which context the service means by an identifier.

use std::collections::HashMap;

use cartesia_types::tts::ContextId;

use super::Key;

/// The contexts that live on the wire, by their identifiers there.
#[derive(Debug, Default)]
pub(super) struct Owners(HashMap<ContextId, Key>);

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_found_until_its_identifier_is_removed() {
        let mut owners = Owners::default();
        for (id, key) in [("a", 1), ("b", 2)] {
            owners.insert(id.into(), key);
        }
        for _ in 0..2 {
            assert_eq!(owners.find("a"), Some(1));
            assert_eq!(owners.find("b"), Some(2));
            assert_eq!(owners.find("b"), Some(2));
            assert_eq!(owners.find("c"), None);
        }
        assert_eq!((owners.keys(), owners.only()), (vec![1, 2], None));
        owners.remove("b");
        assert_eq!(owners.find("b"), None);
        assert_eq!((owners.keys(), owners.only()), (vec![1], Some(1)));
        owners.insert("b".into(), 3);
        assert_eq!(owners.find("b"), Some(3));
        owners.remove("a");
        assert_eq!(owners.find("b"), Some(3), "another one was removed");
        owners.remove("b");
        assert!(owners.is_empty());
    }
}
