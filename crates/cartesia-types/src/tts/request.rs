//! The bodies of `POST /tts/bytes` and `POST /tts/sse`.
//!
//! One struct per endpoint: a field that an endpoint does not accept does not compile.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::legacy::LegacyOptions;
use super::{ContextId, GenerationConfig, Normalization, PronunciationDictId};
use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::format::{OutputFormat, RawFormat};
use crate::language::{Language, Locale};
use crate::model::ModelId;
use crate::voice::VoiceSpecifier;

const SINCE_2025_04: VersionRange = VersionRange::since(ApiVersion::V2025_04_16);
const SINCE_2026_08: VersionRange = VersionRange::since(ApiVersion::V2026_08_14);

pub(super) const DICTIONARY: Requirement =
    Requirement::new("`pronunciation_dict_id`", SINCE_2025_04);
const SAVE: Requirement = Requirement::new("`save`", SINCE_2025_04);
pub(super) const LOCALE: Requirement = Requirement::new("`locale`", SINCE_2026_08);
pub(super) const NORMALIZATION: Requirement = Requirement::new("`normalization`", SINCE_2026_08);

/// A request that JSON, or an endpoint, cannot carry. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {why}")]
pub struct InvalidRequest {
    pub(super) field: &'static str,
    pub(super) why: &'static str,
}

/// Setters, version checks and number checks of the fields that all synthesis requests share.
macro_rules! shared_fields {
    ($request:ident) => {
        impl $request {
            /// Sets the language of the transcript. Not together with a locale.
            #[must_use]
            pub fn with_language(mut self, language: impl Into<Language>) -> Self {
                self.language = Some(language.into());
                self
            }

            /// Sets the locale of the transcript. Not together with a language; since 2026-08-14.
            #[must_use]
            pub fn with_locale(mut self, locale: impl Into<Locale>) -> Self {
                self.locale = Some(locale.into());
                self
            }

            /// Sets the text normalization, how numbers and dates become words; since 2026-08-14.
            #[must_use]
            pub fn with_normalization(mut self, normalization: impl Into<Normalization>) -> Self {
                self.normalization = Some(normalization.into());
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

            /// Sets what only older API versions and models understand.
            #[must_use]
            pub fn with_legacy(mut self, options: LegacyOptions) -> Self {
                self.legacy = options;
                self
            }

            /// Adds a field that this crate does not know, as it is sent in the JSON.
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
                self.generation_config
                    .as_ref()
                    .map_or(Ok(()), GenerationConfig::validate)
            }

            fn shared_requirements(&self) -> Vec<Requirement> {
                let mut needs: Vec<_> = self.voice.requirements().collect();
                needs.extend(self.legacy.requirements());
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

            /// Chooses whether timestamps refer to the normalized (spoken) text.
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
    /// Text normalization: how numbers and dates become words. Since 2026-08-14.
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
    /// Options of older API versions and models.
    #[serde(flatten)]
    pub legacy: LegacyOptions,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

shared_fields!(BytesRequest);

impl BytesRequest {
    /// Creates a request with its required fields.
    pub fn new(
        model: impl Into<ModelId>,
        voice: impl Into<VoiceSpecifier>,
        transcript: impl Into<String>,
        format: impl Into<OutputFormat>,
    ) -> Self {
        Self {
            model_id: model.into(),
            transcript: transcript.into(),
            voice: voice.into(),
            output_format: format.into(),
            language: None,
            locale: None,
            normalization: None,
            generation_config: None,
            pronunciation_dict_id: None,
            save: None,
            legacy: LegacyOptions::default(),
            extra: Map::new(),
        }
    }

    /// Asks the service to keep the audio; since 2025-04-16.
    #[must_use]
    pub fn with_save(mut self, save: bool) -> Self {
        self.save = Some(save);
        self
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        let mut needs = self.shared_requirements();
        needs.extend(self.save.map(|_| SAVE));
        needs
    }
}

impl From<SseRequest> for BytesRequest {
    /// The same speech as one body. It has no events, so timestamps and `context_id` are left out.
    fn from(request: SseRequest) -> Self {
        Self {
            model_id: request.model_id,
            transcript: request.transcript,
            voice: request.voice,
            output_format: request.output_format.into(),
            language: request.language,
            locale: request.locale,
            normalization: request.normalization,
            generation_config: request.generation_config,
            pronunciation_dict_id: request.pronunciation_dict_id,
            save: None,
            legacy: request.legacy,
            extra: request.extra,
        }
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
    /// Text normalization: how numbers and dates become words. Since 2026-08-14.
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
    /// Whether timestamps refer to the normalized (spoken) text instead of the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_normalized_timestamps: Option<bool>,
    /// Echoed on every event. Over HTTP a context cannot be continued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_id: Option<ContextId>,
    /// Options of older API versions and models.
    #[serde(flatten)]
    pub legacy: LegacyOptions,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

shared_fields!(SseRequest);
timestamp_fields!(SseRequest);

impl SseRequest {
    /// Creates a request with its required fields.
    pub fn new(
        model: impl Into<ModelId>,
        voice: impl Into<VoiceSpecifier>,
        transcript: impl Into<String>,
        format: RawFormat,
    ) -> Self {
        Self {
            model_id: model.into(),
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
            legacy: LegacyOptions::default(),
            extra: Map::new(),
        }
    }

    /// Sets the identifier that every event echoes.
    #[must_use]
    pub fn with_context_id(mut self, id: impl Into<ContextId>) -> Self {
        self.context_id = Some(id.into());
        self
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        self.shared_requirements()
    }
}

impl TryFrom<BytesRequest> for SseRequest {
    type Error = InvalidRequest;

    /// The same speech as events, where nothing is lost.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`] when the format is not raw PCM, or the service is asked to keep the audio.
    fn try_from(request: BytesRequest) -> Result<Self, Self::Error> {
        let OutputFormat::Raw(format) = request.output_format else {
            return Err(InvalidRequest {
                field: "`output_format`",
                why: "must be raw PCM to be streamed as events",
            });
        };
        if request.save.is_some() {
            return Err(InvalidRequest {
                field: "`save`",
                why: "cannot be requested together with events",
            });
        }
        Ok(Self {
            model_id: request.model_id,
            transcript: request.transcript,
            voice: request.voice,
            output_format: format,
            language: request.language,
            locale: request.locale,
            normalization: request.normalization,
            generation_config: request.generation_config,
            pronunciation_dict_id: request.pronunciation_dict_id,
            add_timestamps: None,
            add_phoneme_timestamps: None,
            use_normalized_timestamps: None,
            context_id: None,
            legacy: request.legacy,
            extra: request.extra,
        })
    }
}
