//! Changing a voice.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AccentId, Gender};
use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::patch::Patch;

const GENDER: Requirement = Requirement::new(
    "`gender` of a voice update",
    VersionRange::since(ApiVersion::V2025_04_16),
);
const ACCENT: Requirement = Requirement::new(
    "`accent` of a voice update",
    VersionRange::since(ApiVersion::V2026_03_01),
);
const TAGLINE: Requirement = Requirement::new(
    "`tagline` of a voice update",
    VersionRange::since(ApiVersion::V2026_03_01),
);

/// The body of `PATCH /voices/{id}`: absent fields stay unchanged.
///
/// The definitions of versions up to 2024-11-13 want name and description both.
///
/// ```
/// use cartesia_types::Patch;
/// use cartesia_types::voice::UpdateVoiceRequest;
///
/// let request = UpdateVoiceRequest::new().with_name("Narrator").with_gender(Patch::Clear);
/// assert_eq!(serde_json::to_string(&request)?, r#"{"name":"Narrator","gender":null}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateVoiceRequest {
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A description: its sound, its purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The gender presentation; can be cleared. Since 2025-04-16.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub gender: Patch<Gender>,
    /// The accent. Since 2026-03-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<AccentId>,
    /// A tagline beside the name, at most 32 characters. Since 2026-03-01; the vendor's clients do not have
    /// it, the service takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tagline: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl UpdateVoiceRequest {
    /// Creates an update without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the gender presentation, or clears it with [`Patch::Clear`]; since 2025-04-16.
    #[must_use]
    pub fn with_gender(mut self, gender: impl Into<Patch<Gender>>) -> Self {
        self.gender = gender.into();
        self
    }

    /// Sets the accent; since 2026-03-01.
    #[must_use]
    pub fn with_accent(mut self, accent: impl Into<AccentId>) -> Self {
        self.accent = Some(accent.into());
        self
    }

    /// Sets the tagline, at most 32 characters; since 2026-03-01.
    #[must_use]
    pub fn with_tagline(mut self, tagline: impl Into<String>) -> Self {
        self.tagline = Some(tagline.into());
        self
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        let mut needs = Vec::new();
        needs.extend((!self.gender.is_keep()).then_some(GENDER));
        needs.extend(self.accent.as_ref().map(|_| ACCENT));
        needs.extend(self.tagline.as_ref().map(|_| TAGLINE));
        needs
    }
}
