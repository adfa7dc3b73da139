//! The bodies of `POST /tts/bytes` and `POST /tts/sse`.
//!
//! One struct per endpoint: what an endpoint does not take does not compile.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ContextId, GenerationConfig, Normalization, PronunciationDictId, Speed};
use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::format::{OutputFormat, RawFormat};
use crate::language::{Language, Locale};
use crate::model::ModelId;
use crate::voice::VoiceSpecifier;

const SINCE_2025_04: VersionRange = VersionRange::since(ApiVersion::V2025_04_16);
const SINCE_2026_08: VersionRange = VersionRange::since(ApiVersion::V2026_08_14);

pub(super) const DURATION: Requirement =
    Requirement::new("`duration`", VersionRange::until(ApiVersion::V2024_11_13));
pub(super) const DICTIONARY: Requirement =
    Requirement::new("`pronunciation_dict_id`", SINCE_2025_04);
const SAVE: Requirement = Requirement::new("`save`", SINCE_2025_04);
pub(super) const LOCALE: Requirement = Requirement::new("`locale`", SINCE_2026_08);
pub(super) const NORMALIZATION: Requirement = Requirement::new("`normalization`", SINCE_2026_08);

/// A request that JSON cannot carry. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be a finite number")]
pub struct InvalidRequest {
    pub(super) field: &'static str,
}

/// Setters, version checks and number checks of the fields that all synthesis requests share.
macro_rules! shared_fields {
    ($request:ident) => {
        impl $request {
            /// Sets the language of the transcript. Not together with a locale.
            #[must_use]
            pub fn with_language(mut self, language: Language) -> Self {
                self.language = Some(language);
                self
            }

            /// Sets the locale of the transcript. Not together with a language; since 2026-08-14.
            #[must_use]
            pub fn with_locale(mut self, locale: Locale) -> Self {
                self.locale = Some(locale);
                self
            }

            /// Sets how numbers and the like are turned into words; since 2026-08-14.
            #[must_use]
            pub fn with_normalization(mut self, normalization: Normalization) -> Self {
                self.normalization = Some(normalization);
                self
            }

            /// Sets volume, speed and emotion; `sonic-3` and newer.
            #[must_use]
            pub fn with_generation_config(mut self, config: GenerationConfig) -> Self {
                self.generation_config = Some(config);
                self
            }

            /// Sets the pronunciation dictionary; `sonic-3` and newer, since 2025-04-16.
            #[must_use]
            pub fn with_pronunciation_dict_id(
                mut self,
                id: impl Into<PronunciationDictId>,
            ) -> Self {
                self.pronunciation_dict_id = Some(id.into());
                self
            }

            /// Sets the speed of a `sonic-2` model; deprecated by the vendor.
            #[must_use]
            pub fn with_speed(mut self, speed: Speed) -> Self {
                self.speed = Some(speed);
                self
            }

            /// Sets the longest playing time, in seconds; legacy, up to 2024-11-13.
            #[must_use]
            pub fn with_duration(mut self, seconds: f64) -> Self {
                self.duration = Some(seconds);
                self
            }

            /// Adds a field that this crate does not know, as it should stand in the JSON.
            #[must_use]
            pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
                self.extra.insert(field.into(), value.into());
                self
            }

            /// Checks what JSON cannot carry: it would write a number that is not finite as `null`,
            /// which the service reads as "not given".
            ///
            /// # Errors
            ///
            /// [`InvalidRequest`], which names the field.
            pub fn validate(&self) -> Result<(), InvalidRequest> {
                let config = self.generation_config.as_ref();
                for (field, value) in [
                    ("`duration`", self.duration),
                    (
                        "`generation_config.volume`",
                        config.and_then(|config| config.volume),
                    ),
                    (
                        "`generation_config.speed`",
                        config.and_then(|config| config.speed),
                    ),
                ] {
                    if value.is_some_and(|value| !value.is_finite()) {
                        return Err(InvalidRequest { field });
                    }
                }
                Ok(())
            }

            fn shared_requirements(&self) -> Vec<Requirement> {
                let mut needs: Vec<_> = self.voice.requirements().collect();
                needs.extend(self.duration.map(|_| DURATION));
                needs.extend(self.pronunciation_dict_id.as_ref().map(|_| DICTIONARY));
                needs.extend(self.locale.as_ref().map(|_| LOCALE));
                needs.extend(self.normalization.as_ref().map(|_| NORMALIZATION));
                needs
            }
        }
    };
}

/// Setters of the requests that may ask for timestamps.
macro_rules! timestamp_fields {
    ($request:ident) => {
        impl $request {
            /// Asks for word timestamps.
            #[must_use]
            pub fn with_timestamps(mut self, wanted: bool) -> Self {
                self.add_timestamps = Some(wanted);
                self
            }

            /// Asks for phoneme timestamps.
            #[must_use]
            pub fn with_phoneme_timestamps(mut self, wanted: bool) -> Self {
                self.add_phoneme_timestamps = Some(wanted);
                self
            }

            /// Chooses whether timestamps speak of the normalized (spoken) text.
            #[must_use]
            pub fn with_normalized_timestamps(mut self, wanted: bool) -> Self {
                self.use_normalized_timestamps = Some(wanted);
                self
            }
        }
    };
}

pub(super) use {shared_fields, timestamp_fields};

/// The body of `POST /tts/bytes`: speech as one stream of bytes in any container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BytesRequest {
    /// The model.
    pub model_id: ModelId,
    /// The text to speak, with tags such as `<break time="1s"/>` if wanted. Not empty.
    pub transcript: String,
    /// The voice.
    pub voice: VoiceSpecifier,
    /// Container, encoding and rate of the audio.
    pub output_format: OutputFormat,
    /// Language of the transcript; excludes `locale`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Locale of the transcript; excludes `language`. Since 2026-08-14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// How numbers and the like are turned into words. Since 2026-08-14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalization: Option<Normalization>,
    /// Volume, speed and emotion; `sonic-3` and newer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation_config: Option<GenerationConfig>,
    /// A pronunciation dictionary; `sonic-3` and newer. Since 2025-04-16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pronunciation_dict_id: Option<PronunciationDictId>,
    /// Whether the service keeps the audio; the response then names the file. Since 2025-04-16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub save: Option<bool>,
    /// Speed of `sonic-2` models; deprecated by the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<Speed>,
    /// Longest playing time, in seconds. Legacy, up to 2024-11-13.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

shared_fields!(BytesRequest);

impl BytesRequest {
    /// A request with everything that is required.
    pub fn new(
        model: ModelId,
        voice: impl Into<VoiceSpecifier>,
        transcript: impl Into<String>,
        format: impl Into<OutputFormat>,
    ) -> Self {
        Self {
            model_id: model,
            transcript: transcript.into(),
            voice: voice.into(),
            output_format: format.into(),
            language: None,
            locale: None,
            normalization: None,
            generation_config: None,
            pronunciation_dict_id: None,
            save: None,
            speed: None,
            duration: None,
            extra: Map::new(),
        }
    }

    /// Asks the service to keep the audio; since 2025-04-16.
    #[must_use]
    pub fn with_save(mut self, save: bool) -> Self {
        self.save = Some(save);
        self
    }

    /// What the API version of the request must have.
    pub fn requirements(&self) -> Vec<Requirement> {
        let mut needs = self.shared_requirements();
        needs.extend(self.save.map(|_| SAVE));
        needs
    }
}

/// The body of `POST /tts/sse`: speech as a stream of events, with timestamps if wanted.
///
/// The service streams raw PCM alone, so the format is a [`RawFormat`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SseRequest {
    /// The model.
    pub model_id: ModelId,
    /// The text to speak, with tags such as `<break time="1s"/>` if wanted. Not empty.
    pub transcript: String,
    /// The voice.
    pub voice: VoiceSpecifier,
    /// Encoding and rate of the audio.
    pub output_format: RawFormat,
    /// Language of the transcript; excludes `locale`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Locale of the transcript; excludes `language`. Since 2026-08-14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// How numbers and the like are turned into words. Since 2026-08-14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalization: Option<Normalization>,
    /// Volume, speed and emotion; `sonic-3` and newer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation_config: Option<GenerationConfig>,
    /// A pronunciation dictionary; `sonic-3` and newer. Since 2025-04-16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pronunciation_dict_id: Option<PronunciationDictId>,
    /// Whether to send word timestamps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add_timestamps: Option<bool>,
    /// Whether to send phoneme timestamps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add_phoneme_timestamps: Option<bool>,
    /// Whether timestamps speak of the normalized (spoken) text rather than of the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_normalized_timestamps: Option<bool>,
    /// Echoed on every event. Over HTTP a context cannot be continued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_id: Option<ContextId>,
    /// Speed of `sonic-2` models; deprecated by the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<Speed>,
    /// Longest playing time, in seconds. Legacy, up to 2024-11-13.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

shared_fields!(SseRequest);
timestamp_fields!(SseRequest);

impl SseRequest {
    /// A request with everything that is required.
    pub fn new(
        model: ModelId,
        voice: impl Into<VoiceSpecifier>,
        transcript: impl Into<String>,
        format: RawFormat,
    ) -> Self {
        Self {
            model_id: model,
            transcript: transcript.into(),
            voice: voice.into(),
            output_format: format,
            language: None,
            locale: None,
            normalization: None,
            generation_config: None,
            pronunciation_dict_id: None,
            add_timestamps: None,
            add_phoneme_timestamps: None,
            use_normalized_timestamps: None,
            context_id: None,
            speed: None,
            duration: None,
            extra: Map::new(),
        }
    }

    /// Sets the identifier that every event echoes.
    #[must_use]
    pub fn with_context_id(mut self, id: impl Into<ContextId>) -> Self {
        self.context_id = Some(id.into());
        self
    }

    /// What the API version of the request must have.
    pub fn requirements(&self) -> Vec<Requirement> {
        self.shared_requirements()
    }
}
