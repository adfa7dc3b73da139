//! Which context the service means by an identifier.

use std::collections::HashMap;

use cartesia_types::tts::ContextId;

use super::Key;

/// With more contexts than this, the next message is hardly for the same one.
const FEW: usize = 8;

/// The contexts that live on the wire, by their identifiers there.
#[derive(Debug, Default)]
pub(super) struct Owners {
    by_id: HashMap<ContextId, Key>,
    /// The one that was found last, while there are few: the audio of a context then comes in many messages one after
    /// the other.
    last: Option<(ContextId, Key)>,
}

impl Owners {
    pub(super) fn insert(&mut self, id: ContextId, key: Key) {
        self.by_id.insert(id, key);
        self.last = None;
    }

    pub(super) fn remove(&mut self, id: &str) {
        self.by_id.remove(id);
        self.last.take_if(|(last, _)| last.as_str() == id);
    }

    pub(super) fn find(&mut self, id: &str) -> Option<Key> {
        if let Some((last, key)) = &self.last
            && last.as_str() == id
        {
            return Some(*key);
        }
        let (id, key) = self.by_id.get_key_value(id)?;
        if self.by_id.len() <= FEW {
            self.last = Some((id.clone(), *key));
        }
        Some(*key)
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// All contexts, in the order in which they were opened.
    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<_> = self.by_id.values().copied().collect();
        keys.sort_unstable();
        keys
    }

    /// The only context; `None` if there are several.
    pub(super) fn only(&self) -> Option<Key> {
        let mut keys = self.by_id.values();
        keys.next().copied().filter(|_| keys.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_found_last_is_forgotten_with_its_identifier() {
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
