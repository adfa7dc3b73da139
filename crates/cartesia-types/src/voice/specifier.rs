//! The `voice` of a synthesis request.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Embedding, Voice, VoiceId};
use crate::api_version::{ApiVersion, Requirement, VersionRange};

const EMBEDDING: Requirement = Requirement::new(
    "a voice embedding in `voice`",
    VersionRange::until(ApiVersion::V2025_11_04),
);
const CONTROLS: Requirement = Requirement::new(
    "`__experimental_controls` in `voice`",
    VersionRange::until(ApiVersion::V2024_11_13),
);

/// The voice that a request asks for.
///
/// An identifier is written as `{"mode":"id","id":…}`, the one shape that every API version takes.
/// All other shapes that a version knew (a bare string, an object without `mode`) are understood when
/// reading.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum VoiceSpecifier {
    /// A voice of the service.
    Id {
        /// Which one.
        id: VoiceId,
        /// Speed and emotion of models before `sonic-3`; legacy.
        controls: Option<ExperimentalControls>,
    },
    /// A voice given as its embedding; legacy, see [`Embedding`].
    Embedding {
        /// The voice.
        embedding: Embedding,
        /// Speed and emotion of models before `sonic-3`; legacy.
        controls: Option<ExperimentalControls>,
    },
}

impl VoiceSpecifier {
    /// Adds speed and emotion in the way of API versions up to 2024-11-13; legacy.
    #[must_use]
    pub fn with_experimental_controls(mut self, new: ExperimentalControls) -> Self {
        match &mut self {
            Self::Id { controls, .. } | Self::Embedding { controls, .. } => *controls = Some(new),
        }
        self
    }

    fn controls(&self) -> Option<&ExperimentalControls> {
        match self {
            Self::Id { controls, .. } | Self::Embedding { controls, .. } => controls.as_ref(),
        }
    }

    /// What the API version of the request must have.
    pub fn requirements(&self) -> impl Iterator<Item = Requirement> {
        let embedding = matches!(self, Self::Embedding { .. }).then_some(EMBEDDING);
        embedding
            .into_iter()
            .chain(self.controls().map(|_| CONTROLS))
    }
}

impl From<VoiceId> for VoiceSpecifier {
    fn from(id: VoiceId) -> Self {
        Self::Id { id, controls: None }
    }
}

impl From<&VoiceId> for VoiceSpecifier {
    fn from(id: &VoiceId) -> Self {
        id.clone().into()
    }
}

impl From<&Voice> for VoiceSpecifier {
    fn from(voice: &Voice) -> Self {
        voice.id.clone().into()
    }
}

impl From<Embedding> for VoiceSpecifier {
    fn from(embedding: Embedding) -> Self {
        Self::Embedding {
            embedding,
            controls: None,
        }
    }
}

impl Serialize for VoiceSpecifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Id { id, .. } => {
                map.serialize_entry("mode", "id")?;
                map.serialize_entry("id", id)?;
            }
            Self::Embedding { embedding, .. } => {
                map.serialize_entry("mode", "embedding")?;
                map.serialize_entry("embedding", embedding)?;
            }
        }
        if let Some(controls) = self.controls() {
            map.serialize_entry("__experimental_controls", controls)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for VoiceSpecifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Bare(VoiceId),
            Object {
                mode: Option<String>,
                id: Option<VoiceId>,
                embedding: Option<Embedding>,
                #[serde(rename = "__experimental_controls")]
                controls: Option<ExperimentalControls>,
            },
        }
        match Wire::deserialize(deserializer)? {
            Wire::Bare(id) => Ok(id.into()),
            Wire::Object {
                mode,
                id,
                embedding,
                controls,
            } => match (mode.as_deref(), id, embedding) {
                // Without `mode` and with both, the embedding was the more exact one.
                (Some("embedding") | None, _, Some(embedding)) => Ok(Self::Embedding {
                    embedding,
                    controls,
                }),
                (Some("id") | None, Some(id), _) => Ok(Self::Id { id, controls }),
                (Some("id") | None, None, _) => Err(de::Error::missing_field("id")),
                (Some("embedding"), _, None) => Err(de::Error::missing_field("embedding")),
                (Some(other), ..) => Err(de::Error::unknown_variant(other, &["id", "embedding"])),
            },
        }
    }
}

/// Speed and emotion of the models before `sonic-3`; legacy, API versions up to 2024-11-13.
///
/// Newer models take a [`GenerationConfig`](crate::tts::GenerationConfig).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExperimentalControls {
    /// How fast to speak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<ExperimentalSpeed>,
    /// Emotions as `name` or `name:level`, for example `positivity:high`; names are `anger`,
    /// `positivity`, `surprise`, `sadness`, `curiosity`, levels `lowest`, `low`, `high`, `highest`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emotion: Vec<String>,
}

impl ExperimentalControls {
    /// No controls yet.
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
    /// From −1 (slowest) over 0 (normal) to 1 (fastest).
    Number(f64),
    /// `slowest`, `slow`, `normal`, `fast` or `fastest`.
    Name(String),
}
