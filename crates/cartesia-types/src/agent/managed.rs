//! Managed agents. Since API version 2026-08-14.
//!
//! The vendor documents only their paths, so only fields that all objects of the service have are named here;
//! all others are kept and sent unchanged.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::AgentId;
use crate::page::Identified;
use crate::time::Timestamp;

/// A managed agent.
///
/// The vendor does not document its fields: only the identifier is required, and all other fields are in
/// `extra`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ManagedAgent {
    /// The identifier, for requests.
    pub id: AgentId,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Time of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// All other fields, as they came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for ManagedAgent {
    /// Leaves out the values of other fields, which may be instructions and secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedAgent")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("created_at", &self.created_at)
            .field("updated_at", &self.updated_at)
            .finish_non_exhaustive()
    }
}

impl Identified for ManagedAgent {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The body of `POST /v1/agents` and `PATCH /v1/agents/{agent_id}`: a JSON object whose fields the vendor
/// does not document. It is sent unchanged and unchecked.
///
/// ```
/// use cartesia_types::agent::SaveManagedAgentRequest;
///
/// let request = SaveManagedAgentRequest::new()
///     .with_name("Front desk")
///     .with_field("tools", vec!["end_call"]);
/// let body = r#"{"name":"Front desk","tools":["end_call"]}"#;
/// assert_eq!(serde_json::to_string(&request)?, body);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct SaveManagedAgentRequest {
    /// The fields of the request.
    pub fields: Map<String, Value>,
}

impl SaveManagedAgentRequest {
    /// Creates an empty object.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the field `name`, which agents elsewhere in the service have.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        self.with_field("name", name.into())
    }

    /// Sets a field, as it is sent in the JSON.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(name.into(), value.into());
        self
    }
}

impl From<Map<String, Value>> for SaveManagedAgentRequest {
    fn from(fields: Map<String, Value>) -> Self {
        Self { fields }
    }
}

impl fmt::Debug for SaveManagedAgentRequest {
    /// Leaves out the values, which may be instructions and secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.fields.keys().collect();
        f.debug_struct("SaveManagedAgentRequest")
            .field("fields", &names)
            .finish()
    }
}

/// A model or tool that managed agents may use, or a version of such an agent: an entry of a list whose
/// answer the vendor does not document. Any JSON is accepted and kept.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct ManagedAgentEntry {
    /// The entry, most likely an object.
    pub value: Value,
}

impl ManagedAgentEntry {
    /// Returns the identifier: the field `id`, or the entry itself where that is a string.
    pub fn id(&self) -> Option<&str> {
        self.value.as_str().or_else(|| self.text("id"))
    }

    /// Returns the field `name`.
    pub fn name(&self) -> Option<&str> {
        self.text("name")
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.value.get(field)?.as_str()
    }
}

impl fmt::Debug for ManagedAgentEntry {
    /// Leaves out the other fields, which may be instructions and secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedAgentEntry")
            .field("id", &self.id())
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}
