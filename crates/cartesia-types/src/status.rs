//! `GET /`: what the service says of itself.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The answer of the status route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApiInfo {
    /// Whether the service is well. Version 2024-06-10 first said it as `status`; then this is
    /// absent and the text is in `extra`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    /// The API version that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ApiInfo {
    /// A healthy service at this version, for tests and servers.
    pub fn new(version: impl Into<String>) -> Self {
        Self {
            ok: Some(true),
            version: Some(version.into()),
            extra: Map::new(),
        }
    }
}
