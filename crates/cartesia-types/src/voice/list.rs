//! Listing voices.

use super::{Gender, Voice, VoiceId};
use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::language::Language;
use crate::page::{Identified, Page};

/// The parameters of `GET /voices`. All are optional.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ListVoicesRequest {
    /// Voices on one page, 1 to 100; the service's default is 10.
    pub limit: Option<u32>,
    /// Cursor: the list starts after this voice.
    pub starting_after: Option<VoiceId>,
    /// Cursor: the list ends before this voice. The service does not take both cursors at once.
    pub ending_before: Option<VoiceId>,
    /// Text in name, description or identifier; since 2025-11-04.
    pub search: Option<String>,
    /// Restricts the list to voices that your organization owns (or does not own).
    pub is_owner: Option<bool>,
    /// Restricts the list to voices that you starred; 2024-11-13 and 2025-04-16.
    pub is_starred: Option<bool>,
    /// Restricts the list to voices with this gender presentation.
    pub gender: Option<Gender>,
    /// Restricts the list to voices of this language; since 2025-11-04.
    pub language: Option<Language>,
    /// Fields that are included only on request: `preview_file_url`; at older versions `embedding` and
    /// `is_starred`.
    pub expand: Vec<String>,
}

impl ListVoicesRequest {
    /// Creates a request for the first page with the service's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of voices on one page, 1 to 100.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Asks for the voices after this one.
    #[must_use]
    pub fn with_starting_after(mut self, id: impl Into<VoiceId>) -> Self {
        self.starting_after = Some(id.into());
        self
    }

    /// Asks for the voices before this one.
    #[must_use]
    pub fn with_ending_before(mut self, id: impl Into<VoiceId>) -> Self {
        self.ending_before = Some(id.into());
        self
    }

    /// Asks for voices with this text in name, description or identifier.
    #[must_use]
    pub fn with_search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into());
        self
    }

    /// Asks for voices that your organization owns, or for those that it does not own.
    #[must_use]
    pub fn with_is_owner(mut self, is_owner: bool) -> Self {
        self.is_owner = Some(is_owner);
        self
    }

    /// Asks for voices that you starred, or for those that you did not.
    #[must_use]
    pub fn with_is_starred(mut self, is_starred: bool) -> Self {
        self.is_starred = Some(is_starred);
        self
    }

    /// Asks for voices with this gender presentation.
    #[must_use]
    pub fn with_gender(mut self, gender: impl Into<Gender>) -> Self {
        self.gender = Some(gender.into());
        self
    }

    /// Asks for voices of this language.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<Language>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Requests a field that is not included by default, such as `preview_file_url`.
    #[must_use]
    pub fn with_expand(mut self, field: impl Into<String>) -> Self {
        self.expand.push(field.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = Vec::new();
        let mut add = |name, value: Option<String>| query.extend(value.map(|value| (name, value)));
        add("limit", self.limit.map(|limit| limit.to_string()));
        add(
            "starting_after",
            self.starting_after.as_ref().map(ToString::to_string),
        );
        add(
            "ending_before",
            self.ending_before.as_ref().map(ToString::to_string),
        );
        add("q", self.search.clone());
        add("is_owner", self.is_owner.map(|value| value.to_string()));
        add("is_starred", self.is_starred.map(|value| value.to_string()));
        add("gender", self.gender.as_ref().map(ToString::to_string));
        add("language", self.language.as_ref().map(ToString::to_string));
        for field in &self.expand {
            add("expand[]", Some(field.clone()));
        }
        query
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        const PAGED: VersionRange = VersionRange::since(ApiVersion::V2024_11_13);
        const SEARCH: VersionRange = VersionRange::since(ApiVersion::V2025_11_04);
        const STARRED: VersionRange =
            VersionRange::between(ApiVersion::V2024_11_13, ApiVersion::V2025_04_16);
        const EMBEDDING: VersionRange =
            VersionRange::between(ApiVersion::V2024_11_13, ApiVersion::V2024_11_13);
        let mut needs = Vec::new();
        let mut need = |asked: bool, what, range| {
            if asked {
                needs.push(Requirement::new(what, range));
            }
        };
        need(self.limit.is_some(), "`limit` of the voice list", PAGED);
        need(
            self.starting_after.is_some(),
            "`starting_after` of the voice list",
            PAGED,
        );
        need(
            self.ending_before.is_some(),
            "`ending_before` of the voice list",
            PAGED,
        );
        need(self.search.is_some(), "`q` of the voice list", SEARCH);
        need(
            self.is_owner.is_some(),
            "`is_owner` of the voice list",
            PAGED,
        );
        need(
            self.is_starred.is_some(),
            "`is_starred` of the voice list",
            STARRED,
        );
        need(self.gender.is_some(), "`gender` of the voice list", PAGED);
        need(
            self.language.is_some(),
            "`language` of the voice list",
            SEARCH,
        );
        for field in &self.expand {
            match field.as_str() {
                "embedding" => need(true, "`expand[]=embedding` of the voice list", EMBEDDING),
                "is_starred" => need(true, "`expand[]=is_starred` of the voice list", STARRED),
                _ => need(true, "`expand[]` of the voice list", PAGED),
            }
        }
        needs
    }
}

/// One page of voices.
pub type VoicePage = Page<Voice>;

impl Identified for Voice {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}
