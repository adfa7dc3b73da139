//! A voice that was just created.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::resource::access_as_text_or_object;
use super::{VoiceAccess, VoiceId, VoiceVisibility};
use crate::language::Language;
use crate::time::Timestamp;

/// The answer to cloning and localizing: the new voice, in short. Get the whole [`Voice`](super::Voice)
/// by its identifier.
///
/// As with [`Voice`](super::Voice), only `id` is certain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VoiceMetadata {
    /// The identifier, for requests.
    pub id: VoiceId,
    /// The creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The name.
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
    /// Whether everyone may use it; replaced by `access` at 2026-03-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_public: Option<bool>,
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
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl VoiceMetadata {
    /// Creates metadata with only identifier and name, for tests and servers.
    pub fn new(id: impl Into<VoiceId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            user_id: None,
            name: name.into(),
            description: String::new(),
            language: None,
            created_at: None,
            tagline: None,
            is_public: None,
            access: None,
            visibility: None,
            extra: Map::new(),
        }
    }
}
