//! The voices that the server has: those that it starts with, and those that calls made.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::seeds::{SEEDS, Seed};
use crate::hash;
use crate::page::Kept;
use crate::speaker::Speaker;

/// Numbers in an embedding.
pub(crate) const EMBEDDING: usize = 192;

/// Everything that any version says of a voice.
#[derive(Debug, Clone, Default)]
pub(crate) struct Voice {
    pub(crate) id: String,
    pub(crate) name: String,
    /// A few words beside the name; before 2026-03-01 part of it.
    pub(super) tagline: String,
    pub(super) description: String,
    pub(super) language: String,
    /// The native one first.
    pub(super) locales: Vec<String>,
    pub(super) gender: Option<String>,
    pub(super) country: Option<String>,
    /// Its own, by its identifier in the catalogue of accents.
    pub(super) accent: Option<String>,
    /// Those that it was given in addition.
    pub(super) more_accents: Vec<String>,
    pub(super) created_at: String,
    /// Owned by the caller.
    pub(super) owned: bool,
    /// Everyone may use it.
    pub(super) public: bool,
    pub(super) starred: bool,
    pub(super) base_voice_id: Option<String>,
    /// What it was made from, if that was numbers.
    pub(super) given_embedding: Option<Vec<f32>>,
}

impl From<&Seed> for Voice {
    fn from(seed: &Seed) -> Self {
        Self {
            id: seed.id.to_owned(),
            name: seed.name.to_owned(),
            tagline: seed.tagline.to_owned(),
            description: seed.description.to_owned(),
            language: seed.language.to_owned(),
            locales: seed.locales.iter().map(ToString::to_string).collect(),
            gender: seed.gender.map(str::to_owned),
            country: Some(seed.country.to_owned()),
            accent: Some(seed.accent.to_owned()),
            created_at: seed.created_at.to_owned(),
            owned: seed.owned,
            public: !seed.owned,
            starred: seed.starred,
            ..Self::default()
        }
    }
}

/// Numbers that look like an embedding: from −1 to 1, and the same for the same seed alone.
pub(super) fn embedding_of(seed: u64) -> Vec<f32> {
    let number = |n| {
        // Multiples of 1/128 are short in JSON and survive every float.
        let step = hash::mix(seed.wrapping_add(n)) % 257;
        f32::from(step as u16) / 128.0 - 1.0
    };
    (0..EMBEDDING as u64).map(number).collect()
}

impl Kept for Voice {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Voice {
    /// The numbers that it was made from, or some of its own.
    pub(super) fn embedding(&self) -> Vec<f32> {
        self.given_embedding
            .clone()
            .unwrap_or_else(|| embedding_of(hash::stable(&[self.id.as_bytes()])))
    }

    /// As it was called when the tagline was part of the name.
    pub(super) fn full_name(&self) -> String {
        if self.tagline.is_empty() {
            self.name.clone()
        } else {
            format!("{} - {}", self.name, self.tagline)
        }
    }
}

pub(crate) struct Catalogue {
    voices: RwLock<Vec<Arc<Voice>>>,
    /// How many were ever added.
    added: AtomicU64,
    /// What all of them sound like.
    speaker: Speaker,
}

impl Default for Catalogue {
    fn default() -> Self {
        let voices = SEEDS.iter().map(|seed| Arc::new(Voice::from(seed)));
        Self {
            voices: RwLock::new(voices.collect()),
            added: AtomicU64::new(0),
            speaker: Speaker::default(),
        }
    }
}

impl Catalogue {
    pub(crate) fn of(speaker: Speaker) -> Self {
        Self {
            speaker,
            ..Self::default()
        }
    }

    pub(crate) fn speaker(&self) -> Speaker {
        self.speaker
    }

    /// All voices as they are now, oldest first.
    pub(crate) fn voices(&self) -> Vec<Arc<Voice>> {
        self.read().clone()
    }

    pub(crate) fn find(&self, id: &str) -> Option<Arc<Voice>> {
        self.read()
            .iter()
            .find(|voice| voice.id == id)
            .map(Arc::clone)
    }

    /// Adds a voice of the caller's, and gives it an identifier.
    pub(super) fn add(&self, mut voice: Voice) -> Arc<Voice> {
        let number = self.added.fetch_add(1, Ordering::Relaxed);
        voice.id = hash::uuid(hash::stable(&[b"voice", &number.to_le_bytes()]));
        voice.owned = true;
        let voice = Arc::new(voice);
        self.write().push(Arc::clone(&voice));
        voice
    }

    /// Changes a voice, unless the change fails; `None` when there is no such voice.
    pub(super) fn change<E>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Voice) -> Result<(), E>,
    ) -> Option<Result<Arc<Voice>, E>> {
        let mut voices = self.write();
        let found = voices.iter_mut().find(|voice| voice.id == id)?;
        let mut changed = Voice::clone(found);
        Some(change(&mut changed).map(|()| {
            *found = Arc::new(changed);
            Arc::clone(found)
        }))
    }

    pub(super) fn remove(&self, id: &str) {
        self.write().retain(|voice| voice.id != id);
    }

    // A change is made on a copy, so a panic within it leaves the list whole.
    fn read(&self) -> RwLockReadGuard<'_, Vec<Arc<Voice>>> {
        self.voices.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Vec<Arc<Voice>>> {
        self.voices.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Catalogue {
    /// Says how many voices there are, not which.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue")
            .field("voices", &self.read().len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_are_told_apart() {
        let catalogue = Catalogue::default();
        let voices = catalogue.voices();
        for voice in &voices {
            assert_eq!(
                catalogue.find(&voice.id).map(|found| found.name.clone()),
                Some(voice.name.clone())
            );
            assert_eq!(voice.embedding().len(), EMBEDDING);
            assert!(
                voice
                    .embedding()
                    .iter()
                    .all(|number| (-1.0..=1.0).contains(number))
            );
            assert!(voice.tagline.len() <= 32);
            assert_eq!(voice.locales[0][..2], *voice.language);
            let accent = voice.accent.as_deref().and_then(crate::accents::find);
            assert_eq!(
                accent.map(crate::accents::Accent::language),
                Some(&*voice.language)
            );
        }
        assert_ne!(voices[0].embedding(), voices[1].embedding());
    }

    #[test]
    fn identifiers_are_never_given_twice() {
        let catalogue = Catalogue::default();
        let first = catalogue.add(Voice::default()).id.clone();
        let second = catalogue.add(Voice::default()).id.clone();
        catalogue.remove(&first);
        let third = catalogue.add(Voice::default()).id.clone();
        assert_ne!(first, second);
        assert_ne!(second, third);
    }
}
