//! The metadata of voices.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::VoiceId;
use super::legacy::Embedding;
use crate::language::{Language, Locale};
use crate::time::Timestamp;

crate::open::open_string! {
    /// The gender presentation of a voice.
    Gender {
        /// Masculine
        MASCULINE = "masculine",
        /// Feminine
        FEMININE = "feminine",
        /// Gender-neutral
        GENDER_NEUTRAL = "gender_neutral",
    }
}

crate::open::open_string! {
    /// The users who may use a voice.
    VoiceAccess {
        /// Your organization alone.
        PRIVATE = "private",
        /// Everyone.
        PUBLIC = "public",
    }
}

crate::open::open_string! {
    /// The users who see a voice in lists.
    VoiceVisibility {
        /// The owner.
        OWNER = "owner",
        /// Everyone.
        ALL = "all",
    }
}

/// A locale that a voice speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VoiceLocale {
    /// The locale.
    pub locale: Locale,
    /// Whether it is the voice's own.
    #[serde(default)]
    pub is_native: bool,
}

/// A voice of the service.
///
/// Its shape changed with the API version: only `id` is certain, and what a version does not have is
/// `None`, empty or an empty string. Fields that this crate does not know are kept in `extra`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Voice {
    /// The identifier, for requests.
    pub id: VoiceId,
    /// The name; from version 2026-03-01 on without the tagline.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// A description: its sound, its purpose.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub description: String,
    /// The language that it speaks best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// A tagline beside the name; since 2026-03-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tagline: Option<String>,
    /// The gender presentation; since 2025-04-16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// The accent: an identifier of the accent catalogue (a display name at older versions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// The locales that it speaks, its own first; since 2025-11-04.
    #[serde(
        default,
        deserialize_with = "crate::null::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub locales: Vec<VoiceLocale>,
    /// ISO 3166-1 country code; since 2025-11-04, deprecated in favour of `locales`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Whether your organization owns it; since 2024-11-13.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_owner: Option<bool>,
    /// Whether everyone may use it; replaced by `access` at 2026-03-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_public: Option<bool>,
    /// Whether you starred it; 2024-11-13 and 2025-04-16, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_starred: Option<bool>,
    /// The users who may use it; since 2026-03-01, where it was an object `{"type": …}` (read as well).
    #[serde(
        default,
        deserialize_with = "access_as_text_or_object",
        skip_serializing_if = "Option::is_none"
    )]
    pub access: Option<VoiceAccess>,
    /// Visibility in lists; since 2026-08-14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<VoiceVisibility>,
    /// The address of an audio sample, which needs the same authorization; only when requested. The address
    /// is not stable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview_file_url: Option<String>,
    /// The creator; 2024-06-10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The voice that it was derived from; 2024-06-10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_voice_id: Option<VoiceId>,
    /// The voice embedding; legacy, see [`Embedding`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<Embedding>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Voice {
    /// Creates a voice with only its identifier and name, for tests and servers.
    pub fn new(id: impl Into<VoiceId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: String::new(),
            language: None,
            created_at: None,
            tagline: None,
            gender: None,
            accent: None,
            locales: Vec::new(),
            country: None,
            is_owner: None,
            is_public: None,
            is_starred: None,
            access: None,
            visibility: None,
            preview_file_url: None,
            user_id: None,
            base_voice_id: None,
            embedding: None,
            extra: Map::new(),
        }
    }
}

pub(super) fn access_as_text_or_object<'de, D>(
    deserializer: D,
) -> Result<Option<VoiceAccess>, D::Error>
where
    D: Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Wire {
        Text(VoiceAccess),
        Object {
            #[serde(rename = "type")]
            kind: Option<VoiceAccess>,
        },
    }
    Ok(
        Option::<Wire>::deserialize(deserializer)?.and_then(|wire| match wire {
            Wire::Text(access) => Some(access),
            Wire::Object { kind } => kind,
        }),
    )
}
