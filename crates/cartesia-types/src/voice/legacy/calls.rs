//! The calls that take or make embeddings.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Embedding;
use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::language::Language;
use crate::voice::{Dialect, SpeakerGender, VoiceId};

const UNTIL_2024_11: VersionRange = VersionRange::until(ApiVersion::V2024_11_13);
const ONLY_2024_06: VersionRange = VersionRange::until(ApiVersion::V2024_06_10);

/// The body of `POST /voices`: a voice from an embedding. Up to 2024-11-13; switched off by the public
/// service on 2026-06-01.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateVoiceRequest {
    /// The name.
    pub name: String,
    /// A description: its sound, its purpose.
    pub description: String,
    /// The voice itself, 192 numbers.
    pub embedding: Embedding,
    /// The language that it speaks best; English by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The voice that it was derived from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_voice_id: Option<VoiceId>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CreateVoiceRequest {
    /// Creates a request with its required fields.
    pub fn new(
        name: impl Into<String>,
        description: impl Into<String>,
        embedding: Embedding,
    ) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            embedding,
            language: None,
            base_voice_id: None,
            extra: Map::new(),
        }
    }

    /// Sets the language that it speaks best.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<Language>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Sets the voice that it was derived from.
    #[must_use]
    pub fn with_base_voice_id(mut self, id: impl Into<VoiceId>) -> Self {
        self.base_voice_id = Some(id.into());
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
        vec![Requirement::new("`POST /voices`", UNTIL_2024_11)]
    }
}

/// A part of a mixed voice: a voice, by identifier or embedding, and how much of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MixedVoice {
    /// A voice of the service; excludes `embedding`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<VoiceId>,
    /// A voice as its embedding; excludes `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<Embedding>,
    /// The weight. The service divides by the sum of all weights.
    pub weight: f64,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl MixedVoice {
    /// Creates a component from a voice of the service.
    pub fn of_id(id: impl Into<VoiceId>, weight: f64) -> Self {
        Self {
            id: Some(id.into()),
            embedding: None,
            weight,
            extra: Map::new(),
        }
    }

    /// Creates a component from a voice embedding.
    pub fn of_embedding(embedding: Embedding, weight: f64) -> Self {
        Self {
            id: None,
            embedding: Some(embedding),
            weight,
            extra: Map::new(),
        }
    }
}

/// The body of `POST /voices/mix`: a new embedding out of several voices. Up to 2024-11-13; switched
/// off by the public service on 2026-06-01.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MixVoicesRequest {
    /// The voices to mix.
    pub voices: Vec<MixedVoice>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl MixVoicesRequest {
    /// Creates a request to mix these voices.
    pub fn new(voices: impl IntoIterator<Item = MixedVoice>) -> Self {
        Self {
            voices: voices.into_iter().collect(),
            extra: Map::new(),
        }
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        vec![Requirement::new("`POST /voices/mix`", UNTIL_2024_11)]
    }
}

/// The body of `POST /voices/localize` when it still took an embedding and gave one: in 2024, at
/// version 2024-06-10.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LocalizeEmbeddingRequest {
    /// The voice to start from.
    pub embedding: Embedding,
    /// The target.
    pub language: Language,
    /// The gender of the original speaker.
    pub original_speaker_gender: SpeakerGender,
    /// A dialect of the language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Dialect>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl LocalizeEmbeddingRequest {
    /// Creates a request with its required fields.
    pub fn new(
        embedding: Embedding,
        language: impl Into<Language>,
        original_speaker_gender: impl Into<SpeakerGender>,
    ) -> Self {
        Self {
            embedding,
            language: language.into(),
            original_speaker_gender: original_speaker_gender.into(),
            dialect: None,
            extra: Map::new(),
        }
    }

    /// Sets the dialect of the language.
    #[must_use]
    pub fn with_dialect(mut self, dialect: impl Into<Dialect>) -> Self {
        self.dialect = Some(dialect.into());
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
        vec![Requirement::new("localizing an embedding", ONLY_2024_06)]
    }
}

/// The answer of the calls that make an embedding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EmbeddingResponse {
    /// The voice.
    pub embedding: Embedding,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl EmbeddingResponse {
    /// Creates an answer with this embedding, for tests and servers.
    pub fn new(embedding: Embedding) -> Self {
        Self {
            embedding,
            extra: Map::new(),
        }
    }
}

/// Returns the API-version requirements of `POST /voices/clone/clip`: the definition has it at 2024-06-10,
/// and the service's own notes on the end of it name all versions up to 2025-11-04.
pub fn clone_clip_requirements() -> Vec<Requirement> {
    let range = VersionRange::until(ApiVersion::V2025_11_04);
    vec![Requirement::new("`POST /voices/clone/clip`", range)]
}

/// Returns the API-version requirements of `POST /voices/clone/url`.
pub fn clone_url_requirements() -> Vec<Requirement> {
    vec![Requirement::new("`POST /voices/clone/url`", ONLY_2024_06)]
}
