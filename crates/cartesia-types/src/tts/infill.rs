//! The request for infill: speech that joins two clips.

use std::fmt;

use crate::format::OutputFormat;
use crate::language::Language;
use crate::model::ModelId;
use crate::voice::VoiceId;

/// The form of `POST /infill/bytes`. It needs at least one of the two clips.
///
/// `F` is the type of a clip; for `cartesia-http`, anything that converts into its `Upload`. `Debug` leaves
/// out the transcript.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct InfillRequest<F> {
    /// The model; the vendor names `sonic-3` and its snapshots.
    pub model_id: ModelId,
    /// The voice.
    pub voice_id: VoiceId,
    /// Language of the transcript.
    pub language: Language,
    /// The text between the clips.
    pub transcript: String,
    /// Container, encoding and rate of the audio.
    pub output_format: OutputFormat,
    /// The clip before the new speech.
    pub left_audio: Option<F>,
    /// The clip after the new speech.
    pub right_audio: Option<F>,
    /// Form fields that this crate does not know: name and value.
    pub extra: Vec<(String, String)>,
}

impl<F> InfillRequest<F> {
    /// Creates a request with its required fields except the clips: add one or both.
    pub fn new(
        model: impl Into<ModelId>,
        voice: impl Into<VoiceId>,
        language: impl Into<Language>,
        transcript: impl Into<String>,
        format: impl Into<OutputFormat>,
    ) -> Self {
        Self {
            model_id: model.into(),
            voice_id: voice.into(),
            language: language.into(),
            transcript: transcript.into(),
            output_format: format.into(),
            left_audio: None,
            right_audio: None,
            extra: Vec::new(),
        }
    }

    /// Sets the clip before the new speech.
    #[must_use]
    pub fn with_left_audio(mut self, clip: F) -> Self {
        self.left_audio = Some(clip);
        self
    }

    /// Sets the clip after the new speech.
    #[must_use]
    pub fn with_right_audio(mut self, clip: F) -> Self {
        self.right_audio = Some(clip);
        self
    }

    /// Adds a form field that this crate does not know.
    #[must_use]
    pub fn with_extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }
}

impl<F: fmt::Debug> fmt::Debug for InfillRequest<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InfillRequest")
            .field("model_id", &self.model_id)
            .field("voice_id", &self.voice_id)
            .field("output_format", &self.output_format)
            .field("characters", &self.transcript.chars().count())
            .field("left_audio", &self.left_audio)
            .field("right_audio", &self.right_audio)
            .finish_non_exhaustive()
    }
}
