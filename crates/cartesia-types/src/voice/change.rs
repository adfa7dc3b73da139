//! The requests of the voice changer: a clip spoken in another voice.

use super::VoiceId;
use crate::format::{OutputFormat, RawFormat};

/// The form of `POST /voice-changer/bytes`.
///
/// `F` is the type of the clip; for `cartesia-http`, anything that converts into its `Upload`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ChangeVoiceRequest<F> {
    /// The speech to change.
    pub clip: F,
    /// The voice that it gets.
    pub voice_id: VoiceId,
    /// Container, encoding and rate of the audio.
    pub output_format: OutputFormat,
    /// Form fields that this crate does not know: name and value.
    pub extra: Vec<(String, String)>,
}

impl<F> ChangeVoiceRequest<F> {
    /// Creates a request with its required fields.
    pub fn new(clip: F, voice: impl Into<VoiceId>, format: impl Into<OutputFormat>) -> Self {
        Self {
            clip,
            voice_id: voice.into(),
            output_format: format.into(),
            extra: Vec::new(),
        }
    }

    /// Adds a form field that this crate does not know.
    #[must_use]
    pub fn with_extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }
}

/// The form of `POST /voice-changer/sse`.
///
/// The service would take any container here, but does not say what the events then hold; so the
/// format is a [`RawFormat`]. `F` is the clip, as in [`ChangeVoiceRequest`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ChangeVoiceSseRequest<F> {
    /// The speech to change.
    pub clip: F,
    /// The voice that it gets.
    pub voice_id: VoiceId,
    /// Encoding and rate of the audio.
    pub output_format: RawFormat,
    /// Form fields that this crate does not know: name and value.
    pub extra: Vec<(String, String)>,
}

impl<F> ChangeVoiceSseRequest<F> {
    /// Creates a request with its required fields.
    pub fn new(clip: F, voice: impl Into<VoiceId>, format: RawFormat) -> Self {
        Self {
            clip,
            voice_id: voice.into(),
            output_format: format,
            extra: Vec::new(),
        }
    }

    /// Adds a form field that this crate does not know.
    #[must_use]
    pub fn with_extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }
}
