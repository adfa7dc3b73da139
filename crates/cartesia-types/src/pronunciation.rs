//! Pronunciation dictionaries: replacements for the pronunciation of words. Since 2025-04-16.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::page::Identified;
use crate::time::Timestamp;
use crate::tts::PronunciationDictId;

const FIRST_ONLY: VersionRange =
    VersionRange::between(ApiVersion::V2025_04_16, ApiVersion::V2025_04_16);

/// The pronunciation of one word or phrase.
#[doc(alias = "phoneme")]
#[doc(alias = "IPA")]
#[doc(alias = "lexicon")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PronunciationItem {
    /// The text to replace, as it occurs in a transcript.
    pub text: String,
    /// The replacement: a respelling or phonetic text. At 2025-04-16 it existed beside `pronunciation`,
    /// already deprecated, and became the only form after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The replacement, at most 100 characters; 2025-04-16 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pronunciation: Option<String>,
    /// Whether capital letters must agree (a key in lower case then also matches at the start of a
    /// sentence); the service's default is `false`. Since 2026-08-14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_sensitive: Option<bool>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl PronunciationItem {
    /// Creates an entry that speaks `alias` in place of `text`. Every version with dictionaries takes this
    /// form.
    pub fn new(text: impl Into<String>, alias: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            alias: Some(alias.into()),
            pronunciation: None,
            case_sensitive: None,
            extra: Map::new(),
        }
    }

    /// Creates the form that 2025-04-16 preferred: `pronunciation` instead of `alias`.
    pub fn with_pronunciation(text: impl Into<String>, pronunciation: impl Into<String>) -> Self {
        let mut item = Self::new(text, "");
        item.alias = None;
        item.pronunciation = Some(pronunciation.into());
        item
    }

    /// Sets whether capital letters must agree; since 2026-08-14.
    #[must_use]
    pub fn with_case_sensitive(mut self, case_sensitive: bool) -> Self {
        self.case_sensitive = Some(case_sensitive);
        self
    }

    /// Returns the replacement, from the field that has it.
    pub fn replacement(&self) -> Option<&str> {
        self.alias.as_deref().or(self.pronunciation.as_deref())
    }

    fn requirements(&self) -> impl Iterator<Item = Requirement> {
        const CASE: Requirement = Requirement::new(
            "`case_sensitive` of a pronunciation",
            VersionRange::since(ApiVersion::V2026_08_14),
        );
        const PRONUNCIATION: Requirement =
            Requirement::new("`pronunciation` of a pronunciation", FIRST_ONLY);
        let case = self.case_sensitive.map(|_| CASE);
        let old = self.pronunciation.as_ref().map(|_| PRONUNCIATION);
        case.into_iter().chain(old)
    }
}

/// A pronunciation dictionary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PronunciationDict {
    /// The identifier, for requests.
    pub id: PronunciationDictId,
    /// The name.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// The description; 2025-04-16 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Whether it is pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// The entries.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub items: Vec<PronunciationItem>,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl PronunciationDict {
    /// Creates a dictionary with only its identifier and name, for tests and servers.
    pub fn new(id: impl Into<PronunciationDictId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: None,
            owner_id: None,
            pinned: None,
            items: Vec::new(),
            created_at: None,
            extra: Map::new(),
        }
    }
}

impl Identified for PronunciationDict {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The body of `POST /pronunciation-dicts/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreatePronunciationDictRequest {
    /// The name.
    pub name: String,
    /// The entries; without them the dictionary is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<PronunciationItem>>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CreatePronunciationDictRequest {
    /// Creates a dictionary of this name, empty.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            items: None,
            extra: Map::new(),
        }
    }

    /// Sets how words are said.
    #[must_use]
    pub fn with_items(mut self, items: impl IntoIterator<Item = PronunciationItem>) -> Self {
        self.items = Some(items.into_iter().collect());
        self
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        requirements(self.items.as_deref())
    }
}

/// The body of `PATCH /pronunciation-dicts/{id}`. Absent fields stay unchanged.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdatePronunciationDictRequest {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new items, all of them: the list replaces the one that was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<PronunciationItem>>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl UpdatePronunciationDictRequest {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the new name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the new items, instead of all that were there.
    #[must_use]
    pub fn with_items(mut self, items: impl IntoIterator<Item = PronunciationItem>) -> Self {
        self.items = Some(items.into_iter().collect());
        self
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        requirements(self.items.as_deref())
    }
}

/// The versions that have dictionaries.
pub const DICTIONARIES: Requirement = Requirement::new(
    "`/pronunciation-dicts`",
    VersionRange::since(ApiVersion::V2025_04_16),
);

/// The version that could pin them.
pub const PINNING: Requirement =
    Requirement::new("pinning of pronunciation dictionaries", FIRST_ONLY);

fn requirements(items: Option<&[PronunciationItem]>) -> Vec<Requirement> {
    let mut needs = vec![DICTIONARIES];
    for need in items
        .into_iter()
        .flatten()
        .flat_map(PronunciationItem::requirements)
    {
        if !needs.contains(&need) {
            needs.push(need);
        }
    }
    needs
}
