//! Messages from the client on the WebSocket `/tts/websocket`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::legacy::LegacyOptions;
use super::request::{
    DICTIONARY, InvalidRequest, LOCALE, NORMALIZATION, shared_fields, timestamp_fields,
};
use super::{
    Buffering, ContextId, GenerationConfig, Normalization, PronunciationDictId, SseRequest,
};
use crate::api_version::Requirement;
use crate::format::RawFormat;
use crate::language::{Language, Locale};
use crate::model::ModelId;
use crate::voice::VoiceSpecifier;

/// The settings of a context. All inputs of a context share them: the service forbids changes, except of
/// `generation_config`.
#[doc(alias = "SSML")]
#[doc(alias = "streaming text")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContextSpec {
    /// The identifier that every event of the context echoes. Without one, the client makes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_id: Option<ContextId>,
    /// The model.
    pub model_id: ModelId,
    /// The voice.
    pub voice: VoiceSpecifier,
    /// Encoding and rate of the audio.
    pub output_format: RawFormat,
    /// The place where text is buffered into sentences; by default the service buffers for at most 3 s.
    #[serde(rename = "max_buffer_delay_ms", default)]
    pub buffering: Buffering,
    /// Language of the text; excludes `locale`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Locale of the text; excludes `language`. Since 2026-08-14, and documented for HTTP alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// Text normalization: how numbers and dates become words. Since 2026-08-14, and documented for HTTP alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalization: Option<Normalization>,
    /// Volume, speed and emotion; `sonic-3` and newer. It may change from input to input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation_config: Option<GenerationConfig>,
    /// A pronunciation dictionary; `sonic-3` and newer. Since 2025-04-16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pronunciation_dict_id: Option<PronunciationDictId>,
    /// Whether the service sends word timestamps; off by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add_timestamps: Option<bool>,
    /// Whether the service sends phoneme timestamps; off by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add_phoneme_timestamps: Option<bool>,
    /// Whether timestamps refer to the normalized (spoken) text instead of the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_normalized_timestamps: Option<bool>,
    /// Options of older API versions and models.
    #[serde(flatten)]
    pub legacy: LegacyOptions,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

shared_fields!(ContextSpec);
timestamp_fields!(ContextSpec);

impl ContextSpec {
    /// Creates a context with its required fields.
    pub fn new(
        model: impl Into<ModelId>,
        voice: impl Into<VoiceSpecifier>,
        format: RawFormat,
    ) -> Self {
        Self {
            context_id: None,
            model_id: model.into(),
            voice: voice.into(),
            output_format: format,
            buffering: Buffering::default(),
            language: None,
            locale: None,
            normalization: None,
            generation_config: None,
            pronunciation_dict_id: None,
            add_timestamps: None,
            add_phoneme_timestamps: None,
            use_normalized_timestamps: None,
            legacy: LegacyOptions::default(),
            extra: Map::new(),
        }
    }

    /// Sets the identifier that every event of the context echoes.
    #[must_use]
    pub fn with_context_id(mut self, id: impl Into<ContextId>) -> Self {
        self.context_id = Some(id.into());
        self
    }

    /// Sets where text is buffered into sentences.
    #[must_use]
    pub fn with_buffering(mut self, buffering: Buffering) -> Self {
        self.buffering = buffering;
        self
    }

    /// Returns the requirements on the API version of the connection.
    pub fn requirements(&self) -> Vec<Requirement> {
        self.shared_requirements()
    }
}

/// One input of a context.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GenerationRequest {
    /// The context, the same with every input.
    #[serde(flatten)]
    pub context: ContextSpec,
    /// The text. The texts of a context are joined unchanged: the sender adds the spaces. Empty only to flush
    /// or to end a context that had text.
    pub transcript: String,
    /// Whether more inputs may follow. If absent, the service assumes `false`.
    #[serde(rename = "continue", default, skip_serializing_if = "Option::is_none")]
    pub more_follows: Option<bool>,
    /// Whether to flush: speak all buffered text now, and keep the context open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flush: Option<bool>,
}

impl GenerationRequest {
    /// Creates a request: the only input of a context.
    pub fn new(context: ContextSpec, transcript: impl Into<String>) -> Self {
        Self {
            context,
            transcript: transcript.into(),
            more_follows: None,
            flush: None,
        }
    }

    /// Sets whether more inputs may follow.
    #[must_use]
    pub fn with_more_follows(mut self, more: bool) -> Self {
        self.more_follows = Some(more);
        self
    }

    /// Sets whether to flush: speak all buffered text now, and keep the context open.
    #[must_use]
    pub fn with_flush(mut self, flush: bool) -> Self {
        self.flush = Some(flush);
        self
    }
}

impl From<SseRequest> for GenerationRequest {
    /// The same speech over a WebSocket, as a context of one input.
    fn from(request: SseRequest) -> Self {
        let context = ContextSpec {
            context_id: request.context_id,
            model_id: request.model_id,
            voice: request.voice,
            output_format: request.output_format,
            buffering: Buffering::Verbatim,
            language: request.language,
            locale: request.locale,
            normalization: request.normalization,
            generation_config: request.generation_config,
            pronunciation_dict_id: request.pronunciation_dict_id,
            add_timestamps: request.add_timestamps,
            add_phoneme_timestamps: request.add_phoneme_timestamps,
            use_normalized_timestamps: request.use_normalized_timestamps,
            legacy: request.legacy,
            extra: request.extra,
        };
        Self::new(context, request.transcript)
    }
}

/// Cancels a context: text that the service has not begun to speak is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[doc(alias = "interrupt")]
#[doc(alias = "barge-in")]
pub struct CancelRequest {
    /// The context.
    pub context_id: ContextId,
    /// Always `true`; this key identifies the message.
    pub cancel: bool,
}

impl CancelRequest {
    /// Cancels this context.
    pub fn new(context_id: impl Into<ContextId>) -> Self {
        Self {
            context_id: context_id.into(),
            cancel: true,
        }
    }
}

/// Any message that a client sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ClientMessage {
    /// The end of a context.
    Cancel(CancelRequest),
    /// An input.
    Generation(Box<GenerationRequest>),
}
