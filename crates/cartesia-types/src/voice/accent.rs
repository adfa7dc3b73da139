//! The accents and locales that voices may have.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::AccentId;
use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::language::{Language, Locale};
use crate::page::Identified;

/// The definition has the catalogue since 2026-08-14, pages of the vendor since 2026-03-01.
const SINCE_2026_03: VersionRange = VersionRange::since(ApiVersion::V2026_03_01);

/// An accent of the service's catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Accent {
    /// The identifier, for requests.
    pub id: AccentId,
    /// The name, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The language that it is an accent of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The locale that it is an accent of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// Whether this is the default accent of its locale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_locale_default: Option<bool>,
    /// Whether a voice can be localized to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_localizable: Option<bool>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Accent {
    /// Creates an entry with only an identifier, for tests and servers.
    pub fn new(id: impl Into<AccentId>) -> Self {
        Self {
            id: id.into(),
            name: None,
            language: None,
            locale: None,
            is_locale_default: None,
            is_localizable: None,
            extra: Map::new(),
        }
    }
}

impl Identified for Accent {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The parameters of `GET /accents`.
///
/// The filters were seen to work, but no definition has them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListAccentsRequest {
    /// Restricts the list to accents of this language.
    pub language: Option<Language>,
    /// Restricts the list to accents of this locale.
    pub locale: Option<Locale>,
}

impl ListAccentsRequest {
    /// Asks for all of them.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for accents of this language.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<Language>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Asks for accents of this locale.
    #[must_use]
    pub fn with_locale(mut self, locale: impl Into<Locale>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let language = self.language.as_ref().map(ToString::to_string);
        let locale = self.locale.as_ref().map(ToString::to_string);
        let mut query = Vec::new();
        query.extend(language.map(|value| ("language", value)));
        query.extend(locale.map(|value| ("locale", value)));
        query
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        vec![Requirement::new("`GET /accents`", SINCE_2026_03)]
    }
}

/// A locale that the service speaks, with its accents; an entry of `GET /locales`.
///
/// The vendor documents this list in prose alone, so everything but the locale may be missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LocaleInfo {
    /// The locale.
    pub locale: Locale,
    /// The language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The name, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The accents as they came: identifiers or objects. [`accent_ids`](Self::accent_ids) reads both.
    #[serde(
        default,
        deserialize_with = "crate::null::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub accents: Vec<Value>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl LocaleInfo {
    /// Creates an entry with only a locale, for tests and servers.
    pub fn new(locale: impl Into<Locale>) -> Self {
        Self {
            locale: locale.into(),
            language: None,
            display_name: None,
            accents: Vec::new(),
            extra: Map::new(),
        }
    }

    /// Returns the identifiers of its accents.
    pub fn accent_ids(&self) -> impl Iterator<Item = AccentId> {
        self.accents.iter().filter_map(|accent| {
            let id = accent.as_str().or_else(|| accent.get("id")?.as_str());
            id.map(AccentId::from)
        })
    }

    /// Returns the API-version requirements of `GET /locales`.
    pub fn list_requirements() -> Vec<Requirement> {
        vec![Requirement::new("`GET /locales`", SINCE_2026_03)]
    }
}

impl Identified for LocaleInfo {
    fn id(&self) -> &str {
        self.locale.as_str()
    }
}

/// The body of `PATCH /voices/{id}/accents`: accents that a voice gets in addition.
///
/// One to nine of them; a voice has at most ten, its own included. Since 2026-03-01.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AddAccentsRequest {
    /// The accents.
    pub accents: Vec<AccentId>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl AddAccentsRequest {
    /// Creates a request with these accents.
    pub fn new(accents: impl IntoIterator<Item = impl Into<AccentId>>) -> Self {
        Self {
            accents: accents.into_iter().map(Into::into).collect(),
            extra: Map::new(),
        }
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }

    /// Returns the API-version requirements of changing a voice's accents.
    pub fn requirements() -> Vec<Requirement> {
        vec![Requirement::new("`/voices/{id}/accents`", SINCE_2026_03)]
    }
}
