//! The voices of the server: the initial ones, and those that calls created.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::languages;
use super::policy::{Voices, is_uuid};
use super::seeds::{SEEDS, Seed};
use crate::accents;
use crate::hash;
use crate::page::Kept;
use crate::speaker::Speaker;
use crate::state::Settings;

/// Numbers in an embedding.
pub(crate) const EMBEDDING: usize = 192;

/// All fields of a voice, in any version.
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

    /// A public voice for an identifier, the same in every run.
    fn made_of(id: &str) -> Self {
        const NAMES: [(&str, &str); 6] = [
            ("Alba", "feminine"),
            ("Bruno", "masculine"),
            ("Cleo", "feminine"),
            ("Dario", "masculine"),
            ("Edda", "feminine"),
            ("Felix", "masculine"),
        ];
        let number = hash::stable(&[b"made voice", id.as_bytes()]) % NAMES.len() as u64;
        let (name, gender) = NAMES[usize::try_from(number).unwrap_or_default()];
        let mut voice = Self {
            id: id.to_owned(),
            name: name.to_owned(),
            description: "A voice that was made for its identifier".to_owned(),
            gender: Some(gender.to_owned()),
            created_at: "2026-02-10T10:00:00.000000Z".to_owned(),
            public: true,
            ..Self::default()
        };
        voice.set_language("en");
        voice
    }

    /// Makes the voice a native speaker of the language.
    pub(super) fn set_language(&mut self, language: &str) {
        let accent = accents::native_of(language);
        let locale = accent.map_or(language, |accent| accent.locale);
        language.clone_into(&mut self.language);
        self.locales = vec![locale.to_owned()];
        self.country = locale
            .split_once('-')
            .map(|(_, country)| country.to_owned());
        self.accent = accent.map(|accent| accent.id.to_owned());
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
    /// Identifiers of deleted voices: none is made of them.
    deleted: Mutex<HashSet<String>>,
    /// How many were ever added.
    added: AtomicU64,
    /// What all of them sound like.
    speaker: Speaker,
    policy: Voices,
    /// Whether an identifier need not be a UUID.
    takes_any_id: bool,
}

impl Default for Catalogue {
    fn default() -> Self {
        let seeds = SEEDS.iter().map(Voice::from);
        let voices = seeds.chain(languages::voices()).map(Arc::new);
        Self {
            voices: RwLock::new(voices.collect()),
            deleted: Mutex::default(),
            added: AtomicU64::new(0),
            speaker: Speaker::default(),
            policy: Voices::default(),
            takes_any_id: false,
        }
    }
}

impl Catalogue {
    pub(crate) fn new(settings: &Settings) -> Self {
        let catalogue = Self {
            speaker: settings.speaker,
            policy: settings.voices,
            takes_any_id: settings.lenient,
            ..Self::default()
        };
        for (id, name) in &settings.named_voices {
            catalogue.put(id, Some(name), None, false);
        }
        catalogue
    }

    pub(crate) fn speaker(&self) -> Speaker {
        self.speaker
    }

    /// All voices as they are now, oldest first.
    pub(crate) fn voices(&self) -> Vec<Arc<Voice>> {
        self.read().clone()
    }

    /// The voice of this identifier, be it one that the policy makes of it.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Voice>> {
        self.known(id)
            .or_else(|| self.made_of(id, self.policy == Voices::Any))
    }

    /// The voice of this identifier, to speak with it.
    pub(crate) fn find_speaker(&self, id: &str) -> Option<Arc<Voice>> {
        self.known(id)
            .or_else(|| self.made_of(id, self.policy != Voices::Catalogue))
    }

    fn known(&self, id: &str) -> Option<Arc<Voice>> {
        self.read()
            .iter()
            .find(|voice| voice.id == id)
            .map(Arc::clone)
    }

    fn made_of(&self, id: &str, allowed: bool) -> Option<Arc<Voice>> {
        let is_well_formed = is_uuid(id) || self.takes_any_id && !id.is_empty();
        // Suites of examples delete a voice and go on with it.
        let is_gone = !self.takes_any_id && self.deleted().contains(id);
        (allowed && is_well_formed && !is_gone).then(|| Arc::new(Voice::made_of(id)))
    }

    /// Adds a voice with this identifier, in place of the one that has it.
    pub(crate) fn put(&self, id: &str, name: Option<&str>, language: Option<&str>, owned: bool) {
        let mut voice = Voice::made_of(id);
        if let Some(name) = name {
            name.clone_into(&mut voice.name);
        }
        if let Some(language) = language {
            voice.set_language(language);
        }
        voice.owned = owned;
        voice.public = !owned;
        let mut voices = self.write();
        match voices.iter_mut().find(|voice| voice.id == id) {
            Some(found) => *found = Arc::new(voice),
            None => voices.push(Arc::new(voice)),
        }
    }

    /// Adds a voice of the caller's with this identifier, unless there is one.
    pub(crate) fn ensure(&self, id: &str) {
        if self.known(id).is_none() {
            self.put(id, None, None, true);
        }
    }

    /// Adds a voice unless it is known, and gives it an accent that can be removed from it.
    pub(crate) fn ensure_accent(&self, id: &str, accent: &str) {
        self.ensure(id);
        let _ = self.change(id, |voice| {
            let is_new = voice.accent.as_deref() != Some(accent)
                && !voice.more_accents.iter().any(|held| held == accent);
            if is_new {
                voice.more_accents.push(accent.to_owned());
            }
            Ok::<_, std::convert::Infallible>(())
        });
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
        self.deleted().insert(id.to_owned());
    }

    fn deleted(&self) -> MutexGuard<'_, HashSet<String>> {
        self.deleted.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn voices_are_distinguished() {
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
    fn every_language_has_public_voices_of_its_own() {
        let catalogue = Catalogue::default();
        let voices = catalogue.voices();
        for language in crate::tts::languages() {
            let own = voices
                .iter()
                .filter(|voice| voice.public && voice.language == language);
            assert!(own.count() >= 2, "{language}");
        }
        for voice in &voices {
            let same = voices.iter().filter(|other| other.id == voice.id);
            assert_eq!(same.count(), 1, "{}", voice.id);
            assert!(is_uuid(&voice.id));
        }
    }

    #[test]
    fn a_voice_that_is_made_of_an_identifier_is_the_same_always() {
        const ID: &str = "11111111-2222-4333-8444-555555555555";
        let with = |policy| Catalogue {
            policy,
            ..Catalogue::default()
        };
        let name = |found: Option<Arc<Voice>>| found.map(|voice| voice.name.clone());
        assert_eq!(name(with(Voices::Catalogue).find_speaker(ID)), None);
        let made = name(with(Voices::Synthesis).find_speaker(ID));
        assert!(made.is_some());
        assert_eq!(name(with(Voices::Synthesis).find(ID)), None);
        assert_eq!(name(with(Voices::Any).find(ID)), made);
        assert_eq!(name(with(Voices::Any).find("nobody")), None);
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
