//! The `voice` of a synthesis request.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::legacy::{Embedding, ExperimentalControls, LegacyVoice, LegacyVoiceSource};
use super::{Voice, VoiceId, VoiceMetadata};
use crate::api_version::Requirement;

/// The voice that a request asks for: made from an identifier or anything that has one.
///
/// An identifier is written as `{"mode":"id","id":…}`, the one shape that every API version takes.
/// All other shapes that a version knew (a bare string, an object without `mode`) are understood when
/// reading.
///
/// ```
/// use cartesia_types::{Voice, VoiceId, VoiceSpecifier};
///
/// let voice = Voice::new("a0e99841-438c-4a64-b679-ae501e7d6091", "Barbershop Man");
/// let expected = VoiceSpecifier::from(VoiceId::DEFAULT);
/// assert_eq!(VoiceSpecifier::from(&voice), expected);
/// assert_eq!(VoiceSpecifier::from("a0e99841-438c-4a64-b679-ae501e7d6091"), expected);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum VoiceSpecifier {
    /// A voice of the service.
    Id(VoiceId),
    /// A voice in the ways of the first API versions; see [`legacy`](super::legacy).
    Legacy(LegacyVoice),
}

impl VoiceSpecifier {
    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> impl Iterator<Item = Requirement> + use<> {
        let legacy = match self {
            Self::Id(_) => None,
            Self::Legacy(voice) => Some(voice.requirements()),
        };
        legacy.into_iter().flatten()
    }
}

impl Default for VoiceSpecifier {
    /// [`VoiceId::DEFAULT`].
    fn default() -> Self {
        Self::Id(VoiceId::default())
    }
}

macro_rules! from_identifiers {
    ($($source:ty),* $(,)?) => { $(
        impl From<$source> for VoiceSpecifier {
            fn from(voice: $source) -> Self {
                Self::Id(voice.into())
            }
        }
    )* };
}

from_identifiers!(
    VoiceId,
    &VoiceId,
    &str,
    String,
    &String,
    Voice,
    &Voice,
    VoiceMetadata,
    &VoiceMetadata,
);

impl From<&Self> for VoiceSpecifier {
    fn from(voice: &Self) -> Self {
        voice.clone()
    }
}

impl From<LegacyVoice> for VoiceSpecifier {
    fn from(voice: LegacyVoice) -> Self {
        Self::Legacy(voice)
    }
}

impl From<Embedding> for VoiceSpecifier {
    fn from(embedding: Embedding) -> Self {
        Self::Legacy(LegacyVoice::of_embedding(embedding))
    }
}

impl Serialize for VoiceSpecifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut serialize_id = |id| {
            map.serialize_entry("mode", "id")?;
            map.serialize_entry("id", id)
        };
        match self {
            Self::Id(id) => serialize_id(id)?,
            Self::Legacy(voice) => {
                match &voice.source {
                    LegacyVoiceSource::Id(id) => serialize_id(id)?,
                    LegacyVoiceSource::Embedding(embedding) => {
                        map.serialize_entry("mode", "embedding")?;
                        map.serialize_entry("embedding", embedding)?;
                    }
                }
                if let Some(controls) = &voice.controls {
                    map.serialize_entry("__experimental_controls", controls)?;
                }
            }
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
        let (mode, id, embedding, controls) = match Wire::deserialize(deserializer)? {
            Wire::Bare(id) => return Ok(id.into()),
            Wire::Object {
                mode,
                id,
                embedding,
                controls,
            } => (mode, id, embedding, controls),
        };
        let source = match (mode.as_deref(), id, embedding) {
            // Without `mode` and with both, the embedding was the more exact one.
            (Some("embedding") | None, _, Some(embedding)) => {
                LegacyVoiceSource::Embedding(embedding)
            }
            (Some("id") | None, Some(id), _) if controls.is_none() => return Ok(Self::Id(id)),
            (Some("id") | None, Some(id), _) => LegacyVoiceSource::Id(id),
            (Some("id") | None, None, _) => return Err(de::Error::missing_field("id")),
            (Some("embedding"), _, None) => return Err(de::Error::missing_field("embedding")),
            (Some(other), ..) => {
                return Err(de::Error::unknown_variant(other, &["id", "embedding"]));
            }
        };
        Ok(Self::Legacy(LegacyVoice { source, controls }))
    }
}
