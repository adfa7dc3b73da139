//! Datasets: recordings for training a fine-tune. Since 2024-11-13.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::page::Identified;
use crate::time::Timestamp;

crate::open::open_string! {
    /// The identifier of a dataset.
    DatasetId {}
}

crate::open::open_string! {
    /// The identifier of a file in a dataset.
    DatasetFileId {}
}

crate::open::open_string! {
    /// The purpose of a file in a dataset.
    DatasetFilePurpose {
        /// Training data for a fine-tune.
        FINE_TUNE = "fine_tune",
    }
}

/// A dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dataset {
    /// The identifier.
    pub id: DatasetId,
    /// The name.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// The description; since 2025-04-16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Dataset {
    /// Creates a dataset with only its identifier and name, for tests and servers.
    pub fn new(id: impl Into<DatasetId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: None,
            created_at: None,
            extra: Map::new(),
        }
    }
}

impl Identified for Dataset {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// A file in a dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DatasetFile {
    /// The identifier.
    pub id: DatasetFileId,
    /// The name.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub filename: String,
    /// The length in bytes; since 2025-04-16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The time of sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl DatasetFile {
    /// Creates a file with only its identifier and name, for tests and servers.
    pub fn new(id: impl Into<DatasetFileId>, filename: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            filename: filename.into(),
            size: None,
            created_at: None,
            extra: Map::new(),
        }
    }
}

impl Identified for DatasetFile {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The body of `POST /datasets/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateDatasetRequest {
    /// The name.
    pub name: String,
    /// The description: required since 2025-04-16, unknown before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CreateDatasetRequest {
    /// Creates a request with name and description, required since 2025-04-16.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            description: Some(description.into()),
            ..Self::without_description(name)
        }
    }

    /// Creates a request without a description, as at version 2024-11-13.
    pub fn without_description(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: None,
            extra: Map::new(),
        }
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        const DESCRIPTION: Requirement = Requirement::new(
            "`description` of a dataset",
            VersionRange::since(ApiVersion::V2025_04_16),
        );
        let description = self.description.as_ref().map(|_| DESCRIPTION);
        [DATASETS].into_iter().chain(description).collect()
    }
}

/// The body of `PATCH /datasets/{id}`: both are replaced. Since 2025-04-16.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateDatasetRequest {
    /// The new name.
    pub name: String,
    /// The new description.
    pub description: String,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl UpdateDatasetRequest {
    /// Creates an update of name and description.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            extra: Map::new(),
        }
    }
}

/// The versions that list and make datasets, and list and take their files.
pub const DATASETS: Requirement =
    Requirement::new("`/datasets`", VersionRange::since(ApiVersion::V2024_11_13));

/// The versions that show, change and delete a single dataset, and delete its files.
pub const SINGLE_DATASETS: Requirement = Requirement::new(
    "reading, changing or deleting one dataset",
    VersionRange::since(ApiVersion::V2025_04_16),
);
