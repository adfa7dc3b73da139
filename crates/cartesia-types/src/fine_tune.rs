//! Fine-tunes: models trained on a dataset, and their voices. Since 2025-04-16.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::dataset::DatasetId;
use crate::language::Language;
use crate::model::ModelId;
use crate::page::Identified;

crate::open::open_string! {
    /// The identifier of a fine-tune.
    FineTuneId {}
}

crate::open::open_string! {
    /// The status of a fine-tune.
    FineTuneStatus {
        /// Requested.
        CREATED = "created",
        /// Training.
        TRAINING = "training",
        /// Completed; its voices can be used.
        COMPLETED = "completed",
        /// Failed.
        FAILED = "failed",
    }
}

impl FineTuneStatus {
    /// Returns whether it has ended: completed or failed.
    pub fn is_final(&self) -> bool {
        [Self::COMPLETED, Self::FAILED].contains(self)
    }
}

/// A fine-tune.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FineTune {
    /// The identifier.
    pub id: FineTuneId,
    /// The name.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// The purpose.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub description: String,
    /// The language that it learns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The model that it starts from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<ModelId>,
    /// The dataset that it learns from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<DatasetId>,
    /// The status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<FineTuneStatus>,
    /// The accent, an identifier of the accent catalogue; since 2026-08-14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl FineTune {
    /// Creates a fine-tune with only its identifier and name, for tests and servers.
    pub fn new(id: impl Into<FineTuneId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: String::new(),
            language: None,
            model_id: None,
            dataset: None,
            status: None,
            accent: None,
            extra: Map::new(),
        }
    }
}

impl Identified for FineTune {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The body of `POST /fine-tunes/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateFineTuneRequest {
    /// The name.
    pub name: String,
    /// The purpose.
    pub description: String,
    /// The language that it learns.
    pub language: Language,
    /// The model that it starts from, a dated one such as [`ModelId::SONIC_3_2026_01_12`].
    pub model_id: ModelId,
    /// The dataset that it learns from.
    pub dataset: DatasetId,
    /// The accent, an identifier of the accent catalogue; since 2026-08-14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CreateFineTuneRequest {
    /// Creates a request to train on a dataset for a language, without a description.
    pub fn new(
        name: impl Into<String>,
        dataset: impl Into<DatasetId>,
        language: impl Into<Language>,
        model: impl Into<ModelId>,
    ) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            language: language.into(),
            model_id: model.into(),
            dataset: dataset.into(),
            accent: None,
            extra: Map::new(),
        }
    }

    /// Sets what it is for.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Sets the accent, an identifier of the accent catalogue; since 2026-08-14.
    #[must_use]
    pub fn with_accent(mut self, accent: impl Into<String>) -> Self {
        self.accent = Some(accent.into());
        self
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        const ACCENT: Requirement = Requirement::new(
            "`accent` of a fine-tune",
            VersionRange::since(ApiVersion::V2026_08_14),
        );
        let accent = self.accent.as_ref().map(|_| ACCENT);
        [FINE_TUNES].into_iter().chain(accent).collect()
    }
}

/// The versions that have fine-tunes.
pub const FINE_TUNES: Requirement = Requirement::new(
    "`/fine-tunes`",
    VersionRange::since(ApiVersion::V2025_04_16),
);
