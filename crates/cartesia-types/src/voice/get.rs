//! The query of one voice.

use crate::api_version::{ApiVersion, Requirement, VersionRange};

/// The query of `GET /voices/{id}`: fields to include.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct GetVoiceRequest {
    /// Fields that are included only on request: `preview_file_url`, and at older versions `embedding` and
    /// `is_starred`. Since 2024-11-13.
    pub expand: Vec<String>,
}

impl GetVoiceRequest {
    /// Creates a request without additional fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests a field that is not included by default, such as `preview_file_url`.
    #[must_use]
    pub fn with_expand(mut self, field: impl Into<String>) -> Self {
        self.expand.push(field.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let pair = |field: &String| ("expand[]", field.clone());
        self.expand.iter().map(pair).collect()
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        const FIRST: ApiVersion = ApiVersion::V2024_11_13;
        let need = |field: &String| match field.as_str() {
            "embedding" => Requirement::new(
                "`expand[]=embedding` of a voice",
                VersionRange::between(FIRST, FIRST),
            ),
            "is_starred" => Requirement::new(
                "`expand[]=is_starred` of a voice",
                VersionRange::between(FIRST, ApiVersion::V2025_04_16),
            ),
            _ => Requirement::new("`expand[]` of a voice", VersionRange::since(FIRST)),
        };
        self.expand.iter().map(need).collect()
    }
}
