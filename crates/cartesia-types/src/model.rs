//! Text-to-speech models, and the list of all models.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::page::Identified;

crate::open::open_string! {
    /// A text-to-speech model.
    ///
    /// Any string is sent as it is.
    ModelId {
        /// Moving alias of the newest stable model.
        SONIC_LATEST = "sonic-latest",
        /// Newest generation (alias of its newest snapshot).
        SONIC_3_6 = "sonic-3.6",
        /// Snapshot of `sonic-3.6`.
        SONIC_3_6_2026_08_27 = "sonic-3.6-2026-08-27",
        /// Stable (alias of its newest snapshot).
        SONIC_3_5 = "sonic-3.5",
        /// Snapshot of `sonic-3.5`.
        SONIC_3_5_2026_05_04 = "sonic-3.5-2026-05-04",
        /// Stable (alias of its newest snapshot).
        SONIC_3 = "sonic-3",
        /// Snapshot of `sonic-3`.
        SONIC_3_2026_01_12 = "sonic-3-2026-01-12",
        /// Preview model; not for production.
        SONIC_PREVIEW = "sonic-preview",
        /// The default model of the Python 1.0.x client. Switched off by the service on 2026-06-01;
        /// kept for servers that still have it.
        SONIC_ENGLISH = "sonic-english",
        /// The multilingual model of the Python 1.0.x client. Switched off by the service on
        /// 2026-06-01; kept for servers that still have it.
        SONIC_MULTILINGUAL = "sonic-multilingual",
    }
}

impl Default for ModelId {
    fn default() -> Self {
        Self::SONIC_LATEST
    }
}

crate::open::open_string! {
    /// The capability of a model.
    ModelCapability {
        /// Text to speech.
        TTS = "tts",
        /// Speech to text.
        STT = "stt",
    }
}

/// A model that the service offers; an entry of `GET /models`.
///
/// The vendor does not document this list, so everything but the identifier may be missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The identifier, for requests.
    pub id: String,
    /// The name, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The capability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capability: Option<ModelCapability>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ModelInfo {
    /// Creates an entry with only an identifier, for tests and servers.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: None,
            capability: None,
            extra: Map::new(),
        }
    }
}

impl Identified for ModelInfo {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The parameters of `GET /models`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListModelsRequest {
    /// Restricts the list to models with this capability.
    pub capability: Option<ModelCapability>,
}

impl ListModelsRequest {
    /// Requests all models.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests only models that do this.
    #[must_use]
    pub fn with_capability(mut self, capability: impl Into<ModelCapability>) -> Self {
        self.capability = Some(capability.into());
        self
    }

    /// Returns the query parameters, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let capability = self.capability.as_ref().map(ToString::to_string);
        capability
            .map(|value| ("capability", value))
            .into_iter()
            .collect()
    }
}
