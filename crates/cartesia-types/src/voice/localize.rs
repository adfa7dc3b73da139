//! A voice in another language or accent.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AccentId, VoiceId};
use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::language::Language;

const BY_ACCENT: Requirement = Requirement::new(
    "localizing to an `accent`",
    VersionRange::since(ApiVersion::V2026_08_14),
);
const BY_LANGUAGE: Requirement = Requirement::new(
    "localizing without an `accent`",
    VersionRange::until(ApiVersion::V2026_03_01),
);
const TAGLINE: Requirement = Requirement::new(
    "`tagline` of a localized voice",
    VersionRange::since(ApiVersion::V2026_08_14),
);

crate::open::open_string! {
    /// The gender of the original speaker of a localized voice. (The gender presentation of a voice is
    /// [`Gender`](super::Gender), which has other values.)
    SpeakerGender {
        /// A man.
        MALE = "male",
        /// A woman.
        FEMALE = "female",
    }
}

crate::open::open_string! {
    /// A dialect of a language, for localization before there were accents. What it means depends
    /// on the language.
    Dialect {
        /// English: Australian.
        AU = "au",
        /// English: Indian.
        IN = "in",
        /// English: of the South of the United States.
        SO = "so",
        /// English: British.
        UK = "uk",
        /// English: American.
        US = "us",
        /// Spanish: Latin American.
        MX = "mx",
        /// Spanish: peninsular.
        PE = "pe",
        /// Portuguese: Brazilian.
        BR = "br",
        /// Portuguese: European. French: Parisian.
        EU = "eu",
        /// French: Canadian.
        CA = "ca",
    }
}

/// The body of `POST /voices/localize`: creates a voice that sounds like another one, in another language or
/// accent.
///
/// From version 2026-08-14 on the target is an accent; before, it is a language with the speaker's
/// gender and maybe a dialect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LocalizeVoiceRequest {
    /// The voice to start from.
    pub voice_id: VoiceId,
    /// The name of the new one.
    pub name: String,
    /// The description of the new voice. Required up to 2026-03-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The target. Required since 2026-08-14, unknown before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<AccentId>,
    /// The target up to 2026-03-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The gender of the original speaker. Required up to 2026-03-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_speaker_gender: Option<SpeakerGender>,
    /// A dialect of the language, up to 2026-03-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Dialect>,
    /// A tagline beside the name, at most 32 characters. Since 2026-08-14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tagline: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl LocalizeVoiceRequest {
    /// Creates a request to localize to an accent; since 2026-08-14.
    pub fn new(
        voice: impl Into<VoiceId>,
        name: impl Into<String>,
        accent: impl Into<AccentId>,
    ) -> Self {
        Self {
            accent: Some(accent.into()),
            ..Self::bare(voice.into(), name.into())
        }
    }

    /// Creates a request to localize to a language; up to 2026-03-01.
    pub fn to_language(
        voice: impl Into<VoiceId>,
        name: impl Into<String>,
        description: impl Into<String>,
        language: impl Into<Language>,
        original_speaker_gender: impl Into<SpeakerGender>,
    ) -> Self {
        Self {
            description: Some(description.into()),
            language: Some(language.into()),
            original_speaker_gender: Some(original_speaker_gender.into()),
            ..Self::bare(voice.into(), name.into())
        }
    }

    fn bare(voice_id: VoiceId, name: String) -> Self {
        Self {
            voice_id,
            name,
            description: None,
            accent: None,
            language: None,
            original_speaker_gender: None,
            dialect: None,
            tagline: None,
            extra: Map::new(),
        }
    }

    /// Sets the description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the dialect of the language; up to 2026-03-01.
    #[must_use]
    pub fn with_dialect(mut self, dialect: impl Into<Dialect>) -> Self {
        self.dialect = Some(dialect.into());
        self
    }

    /// Sets the tagline, at most 32 characters; since 2026-08-14.
    #[must_use]
    pub fn with_tagline(mut self, tagline: impl Into<String>) -> Self {
        self.tagline = Some(tagline.into());
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
        let mut needs = vec![if self.accent.is_some() {
            BY_ACCENT
        } else {
            BY_LANGUAGE
        }];
        needs.extend(self.tagline.as_ref().map(|_| TAGLINE));
        needs
    }
}
