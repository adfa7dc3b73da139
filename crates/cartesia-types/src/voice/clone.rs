//! Cloning a voice from a recording.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AccentId, VoiceAccess, VoiceId};
use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::language::Language;

const SINCE_2025_04: VersionRange = VersionRange::since(ApiVersion::V2025_04_16);
const SINCE_2026_03: VersionRange = VersionRange::since(ApiVersion::V2026_03_01);
const SINCE_2026_08: VersionRange = VersionRange::since(ApiVersion::V2026_08_14);
const UNTIL_2024_11: VersionRange = VersionRange::until(ApiVersion::V2024_11_13);

const MODE: Requirement = Requirement::new("`mode` of a clone", UNTIL_2024_11);
const NO_MODE: Requirement = Requirement::new("a clone without `mode`", SINCE_2025_04);
const ENHANCE: Requirement = Requirement::new(
    "`enhance` of a clone",
    VersionRange::until(ApiVersion::V2025_04_16),
);
const TRANSCRIPT: Requirement = Requirement::new(
    "`transcript` of a clone",
    VersionRange::until(ApiVersion::V2025_04_16),
);
const TAGLINE: Requirement = Requirement::new("`tagline` of a clone", SINCE_2026_03);
const ACCESS: Requirement = Requirement::new("`access` of a clone", SINCE_2026_03);
const ACCENT: Requirement = Requirement::new("`accent` of a clone", SINCE_2026_08);

crate::open::open_string! {
    /// The optimization goal of a clone; up to 2024-11-13.
    CloneMode {
        /// Similarity to the recording; needs about five seconds of audio.
        SIMILARITY = "similarity",
        /// Stability: fewer artefacts, a little less similar; needs 10 to 20 seconds of audio.
        STABILITY = "stability",
    }
}

/// The fields of `POST /voices/clone` beside the recording itself.
///
/// It is sent as a form; [`parts`](Self::parts) returns its text fields.
#[doc(alias = "voice clone")]
#[doc(alias = "clone voice")]
#[doc(alias = "voice cloning")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CloneVoiceRequest {
    /// The name.
    pub name: String,
    /// The language that is spoken in the recording.
    pub language: Language,
    /// A description: its sound, its purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A voice to derive features from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_voice_id: Option<VoiceId>,
    /// The accent. Since 2026-08-14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<AccentId>,
    /// A tagline beside the name, at most 32 characters. Since 2026-03-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tagline: Option<String>,
    /// The users who may use it. Since 2026-03-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<VoiceAccess>,
    /// The optimization goal. Required up to 2024-11-13, removed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<CloneMode>,
    /// Whether to remove noise from the recording first. Up to 2025-04-16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enhance: Option<bool>,
    /// The transcript of the recording. Up to 2025-04-16 (until May 2025 on the public service).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CloneVoiceRequest {
    /// Creates a request with the fields that are required from version 2025-04-16 on.
    pub fn new(name: impl Into<String>, language: impl Into<Language>) -> Self {
        Self {
            name: name.into(),
            language: language.into(),
            description: None,
            base_voice_id: None,
            accent: None,
            tagline: None,
            access: None,
            mode: None,
            enhance: None,
            transcript: None,
            extra: Map::new(),
        }
    }

    /// Sets the description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the voice to derive features from.
    #[must_use]
    pub fn with_base_voice_id(mut self, id: impl Into<VoiceId>) -> Self {
        self.base_voice_id = Some(id.into());
        self
    }

    /// Sets the accent; since 2026-08-14.
    #[must_use]
    pub fn with_accent(mut self, accent: impl Into<AccentId>) -> Self {
        self.accent = Some(accent.into());
        self
    }

    /// Sets the tagline, at most 32 characters; since 2026-03-01.
    #[must_use]
    pub fn with_tagline(mut self, tagline: impl Into<String>) -> Self {
        self.tagline = Some(tagline.into());
        self
    }

    /// Sets who may use it; since 2026-03-01.
    #[must_use]
    pub fn with_access(mut self, access: impl Into<VoiceAccess>) -> Self {
        self.access = Some(access.into());
        self
    }

    /// Sets the optimization goal; required up to 2024-11-13, removed since.
    #[must_use]
    pub fn with_mode(mut self, mode: impl Into<CloneMode>) -> Self {
        self.mode = Some(mode.into());
        self
    }

    /// Sets whether to remove noise from the recording first; up to 2025-04-16.
    #[must_use]
    pub fn with_enhance(mut self, enhance: bool) -> Self {
        self.enhance = Some(enhance);
        self
    }

    /// Sets the transcript of the recording; up to 2025-04-16.
    #[must_use]
    pub fn with_transcript(mut self, transcript: impl Into<String>) -> Self {
        self.transcript = Some(transcript.into());
        self
    }

    /// Adds a field that this crate does not know: a string as it is, anything else as JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }

    /// Returns the text parts of the form: name, text, and the versions that have the part in this form.
    ///
    /// Only `access` has two ways: at 2026-03-01 it was an object, `access[type]`.
    pub fn parts(&self) -> Vec<(&str, String, VersionRange)> {
        const ACCESS_OBJECT: VersionRange =
            VersionRange::between(ApiVersion::V2026_03_01, ApiVersion::V2026_03_01);
        let all = VersionRange::ALL;
        let mut parts = vec![
            ("name", self.name.clone(), all),
            ("language", self.language.to_string(), all),
        ];
        let mut add = |name, value: Option<String>, range| {
            parts.extend(value.map(|value| (name, value, range)));
        };
        add("description", self.description.clone(), all);
        add(
            "base_voice_id",
            self.base_voice_id.as_ref().map(text_of),
            all,
        );
        add("accent", self.accent.as_ref().map(text_of), all);
        add("tagline", self.tagline.clone(), all);
        let access = self.access.as_ref().map(text_of);
        add("access[type]", access.clone(), ACCESS_OBJECT);
        add("access", access, SINCE_2026_08);
        add("mode", self.mode.as_ref().map(text_of), all);
        add(
            "enhance",
            self.enhance.map(|enhance| enhance.to_string()),
            all,
        );
        add("transcript", self.transcript.clone(), all);
        for (name, value) in &self.extra {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            parts.push((name, value, all));
        }
        parts
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        let mut needs = vec![if self.mode.is_some() { MODE } else { NO_MODE }];
        needs.extend(self.enhance.map(|_| ENHANCE));
        needs.extend(self.transcript.as_ref().map(|_| TRANSCRIPT));
        needs.extend(self.tagline.as_ref().map(|_| TAGLINE));
        needs.extend(self.access.as_ref().map(|_| ACCESS));
        needs.extend(self.accent.as_ref().map(|_| ACCENT));
        needs
    }
}

fn text_of(value: &impl AsRef<str>) -> String {
    value.as_ref().to_owned()
}
