//! Voices in requests, in the ways of the first API versions.

use serde::{Deserialize, Serialize};

use super::Embedding;
use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::voice::VoiceId;

const EMBEDDING: Requirement = Requirement::new(
    "a voice embedding in `voice`",
    VersionRange::until(ApiVersion::V2025_11_04),
);
const CONTROLS: Requirement = Requirement::new(
    "`__experimental_controls` in `voice`",
    VersionRange::until(ApiVersion::V2024_11_13),
);

/// A voice in the ways of the first API versions: as an embedding, or with experimental controls.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LegacyVoice {
    /// The voice.
    pub source: LegacyVoiceSource,
    /// Speed and emotion of models before `sonic-3`; up to 2024-11-13.
    pub controls: Option<ExperimentalControls>,
}

/// The source of a [`LegacyVoice`]: an identifier or an embedding.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LegacyVoiceSource {
    /// A voice of the service.
    Id(VoiceId),
    /// An embedding; up to 2025-11-04.
    Embedding(Embedding),
}

impl LegacyVoice {
    /// Creates a voice of the service from its identifier.
    pub fn of_id(id: impl Into<VoiceId>) -> Self {
        Self {
            source: LegacyVoiceSource::Id(id.into()),
            controls: None,
        }
    }

    /// Creates a voice from an embedding.
    pub fn of_embedding(embedding: Embedding) -> Self {
        Self {
            source: LegacyVoiceSource::Embedding(embedding),
            controls: None,
        }
    }

    /// Sets speed and emotion in the way of API versions up to 2024-11-13.
    #[must_use]
    pub fn with_controls(mut self, controls: ExperimentalControls) -> Self {
        self.controls = Some(controls);
        self
    }

    /// The requirements on the API version of the request.
    pub(in crate::voice) fn requirements(&self) -> impl Iterator<Item = Requirement> + use<> {
        let embedding = matches!(self.source, LegacyVoiceSource::Embedding(_)).then_some(EMBEDDING);
        let controls = self.controls.as_ref().map(|_| CONTROLS);
        embedding.into_iter().chain(controls)
    }
}

/// Speed and emotion of the models before `sonic-3`; legacy, API versions up to 2024-11-13.
///
/// Newer models take a [`GenerationConfig`](crate::tts::GenerationConfig).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExperimentalControls {
    /// The speaking rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<ExperimentalSpeed>,
    /// Emotions as `name` or `name:level`, for example `positivity:high`; names are `anger`,
    /// `positivity`, `surprise`, `sadness`, `curiosity`, levels `lowest`, `low`, `high`, `highest`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emotion: Vec<String>,
}

impl ExperimentalControls {
    /// Creates controls without any value.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the speed.
    #[must_use]
    pub fn with_speed(mut self, speed: ExperimentalSpeed) -> Self {
        self.speed = Some(speed);
        self
    }

    /// Adds an emotion, `name` or `name:level`.
    #[must_use]
    pub fn with_emotion(mut self, emotion: impl Into<String>) -> Self {
        self.emotion.push(emotion.into());
        self
    }
}

/// The speed in [`ExperimentalControls`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ExperimentalSpeed {
    /// A number from −1 (slowest) over 0 (normal) to 1 (fastest).
    Number(f64),
    /// `slowest`, `slow`, `normal`, `fast` or `fastest`.
    Name(String),
}
