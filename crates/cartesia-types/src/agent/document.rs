//! Documents: the knowledge base of agents. Since API version 2026-03-01.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{DocumentId, FolderId};
use crate::page::Identified;
use crate::time::Timestamp;

/// A document of the knowledge base of agents.
///
/// The vendor does not document the answer; these are the fields of the request that creates a document, and
/// all but the identifier may be absent.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Document {
    /// The identifier, for requests.
    pub id: DocumentId,
    /// The folder that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder_id: Option<FolderId>,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Further details.
    #[serde(
        default,
        deserialize_with = "crate::null::null_as_default",
        skip_serializing_if = "Map::is_empty"
    )]
    pub metadata: Map<String, Value>,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Time of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for Document {
    /// Leaves out the text, and what is known of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("id", &self.id)
            .field("folder_id", &self.folder_id)
            .field("name", &self.name)
            .field("content_bytes", &self.content.as_ref().map(String::len))
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

impl Identified for Document {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The body of `POST /agents/documents`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateDocumentRequest {
    /// The folder that it is in.
    pub folder_id: FolderId,
    /// The text, 1 byte to 1 MB.
    pub content: String,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Further details.
    #[serde(
        default,
        deserialize_with = "crate::null::null_as_default",
        skip_serializing_if = "Map::is_empty"
    )]
    pub metadata: Map<String, Value>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CreateDocumentRequest {
    /// Creates a request with its required fields.
    pub fn new(folder: impl Into<FolderId>, content: impl Into<String>) -> Self {
        Self {
            folder_id: folder.into(),
            content: content.into(),
            name: None,
            metadata: Map::new(),
            extra: Map::new(),
        }
    }

    /// Sets the name for people.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds something that is known of it.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}

impl fmt::Debug for CreateDocumentRequest {
    /// Leaves out the text, and what is known of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateDocumentRequest")
            .field("folder_id", &self.folder_id)
            .field("name", &self.name)
            .field("content_bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

/// The body of `POST /agents/documents/bulk`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateDocumentsRequest {
    /// The documents to create, at most 100.
    pub documents: Vec<CreateDocumentRequest>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CreateDocumentsRequest {
    /// Creates a request for these documents.
    pub fn new(documents: impl IntoIterator<Item = CreateDocumentRequest>) -> Self {
        Self {
            documents: documents.into_iter().collect(),
            extra: Map::new(),
        }
    }
}

/// The body of `PATCH /agents/documents/{id}`: fields that are not set stay unchanged. The vendor's pages do
/// not list its fields; these are those of the request that makes a document.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateDocumentRequest {
    /// The folder that it is moved into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder_id: Option<FolderId>,
    /// The text, 1 byte to 1 MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Further details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl UpdateDocumentRequest {
    /// Changes nothing, yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves it into another folder.
    #[must_use]
    pub fn with_folder_id(mut self, folder: impl Into<FolderId>) -> Self {
        self.folder_id = Some(folder.into());
        self
    }

    /// Changes the text.
    #[must_use]
    pub fn with_content(mut self, content: impl Into<String>) -> Self {
        self.content = Some(content.into());
        self
    }

    /// Changes the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Replaces the metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Map<String, Value>) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}

impl fmt::Debug for UpdateDocumentRequest {
    /// Leaves out the text, and what is known of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateDocumentRequest")
            .field("folder_id", &self.folder_id)
            .field("name", &self.name)
            .field("content_bytes", &self.content.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}
