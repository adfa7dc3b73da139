//! `GET /`: the state of the service.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The answer of the status route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Wire")]
#[non_exhaustive]
pub struct ApiInfo {
    /// Whether the service is healthy. Version 2024-06-10 first said it as `status`; then this is
    /// absent and the text is in `extra`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    /// The API version that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ApiInfo {
    /// Creates a healthy service at this version, for tests and servers.
    pub fn new(version: impl Into<String>) -> Self {
        Self {
            ok: Some(true),
            version: Some(version.into()),
            extra: Map::new(),
        }
    }
}

#[derive(Deserialize)]
struct Wire {
    ok: Option<bool>,
    version: Option<String>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl TryFrom<Wire> for ApiInfo {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let Wire { ok, version, extra } = wire;
        let says_nothing = ok.is_none() && version.is_none() && !extra.contains_key("status");
        if says_nothing && !extra.is_empty() {
            // An error that came with a status of success.
            return Err("the answer has none of the keys `ok`, `version`, `status`");
        }
        Ok(Self { ok, version, extra })
    }
}
