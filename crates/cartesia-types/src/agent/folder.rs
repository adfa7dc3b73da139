//! Folders of the knowledge base of agents. Since API version 2026-03-01.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::FolderId;
use crate::page::Identified;
use crate::time::Timestamp;

/// A folder of [documents](super::Document).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Folder {
    /// The identifier, for requests.
    pub id: FolderId,
    /// The folder that it is in; none at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<FolderId>,
    /// The name, unique within its parent folder.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The agents that use its content; the vendor does not document the shape of an entry.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub agents: Vec<Value>,
    /// The documents in it; the vendor does not document the shape of an entry.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub documents: Vec<Value>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for Folder {
    /// Leaves out the entries, which may have the texts in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Folder")
            .field("id", &self.id)
            .field("parent_id", &self.parent_id)
            .field("name", &self.name)
            .field("created_at", &self.created_at)
            .field("agents", &self.agents.len())
            .field("documents", &self.documents.len())
            .finish_non_exhaustive()
    }
}

impl Identified for Folder {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The body of `POST /agents/folders`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateFolderRequest {
    /// The name, unique within its parent folder.
    pub name: String,
    /// The parent folder, at most three levels deep; the top level by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<FolderId>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CreateFolderRequest {
    /// Creates a folder at the top level.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            parent_id: None,
            extra: Map::new(),
        }
    }

    /// Puts it into another folder.
    #[must_use]
    pub fn with_parent_id(mut self, parent: impl Into<FolderId>) -> Self {
        self.parent_id = Some(parent.into());
        self
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}

/// The body of `PATCH /agents/folders/{id}`: fields that are not set stay unchanged. The vendor's pages do
/// not list its fields; these are those of the request that makes a folder.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateFolderRequest {
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The folder that it is moved into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<FolderId>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl UpdateFolderRequest {
    /// Changes nothing, yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Moves it into another folder.
    #[must_use]
    pub fn with_parent_id(mut self, parent: impl Into<FolderId>) -> Self {
        self.parent_id = Some(parent.into());
        self
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}
