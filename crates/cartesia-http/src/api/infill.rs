//! `/infill/bytes`.

use std::fmt;

use cartesia_types::{ErrorKind, Language, ModelId, OutputFormat, VoiceId};

use super::media::{AudioCall, with_extra, with_output_format};
use crate::Error;
use crate::Result;
use crate::client::Client;
use crate::request::Prepared;
use crate::upload::{Form, Upload};

/// Speech that joins two clips; from [`Client::infill`].
#[derive(Debug, Clone)]
pub struct Infill {
    client: Client,
}

impl Infill {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Speech that fits between two clips, or before or after one. `POST /infill/bytes`.
    ///
    /// The vendor does not say whether the answer holds the clips as well; some saw the new part
    /// alone.
    ///
    /// ```no_run
    /// use cartesia_http::{InfillRequest, Upload};
    /// use cartesia_types::{Language, ModelId, VoiceId, WavFormat, RawFormat};
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    /// let format = WavFormat::from(RawFormat::PCM_S16LE_44100);
    /// let request = InfillRequest::new(ModelId::SONIC_3, voice, Language::EN, "and then", format)
    ///     .with_left_audio(Upload::from_path("before.wav"))
    ///     .with_right_audio(Upload::from_path("after.wav"));
    /// client.infill().bytes(request).await?.save("gap.wav").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn bytes(&self, request: InfillRequest) -> AudioCall {
        let format = request.output_format;
        AudioCall::new(self.client.clone(), request.prepare(), format)
    }
}

/// What [`Infill::bytes`] sends. It needs at least one of the two clips.
///
/// `Debug` leaves out the transcript.
#[derive(Clone)]
#[non_exhaustive]
pub struct InfillRequest {
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
    /// What is heard before.
    pub left_audio: Option<Upload>,
    /// What is heard after.
    pub right_audio: Option<Upload>,
    /// Form fields that this crate does not know: name and value.
    pub extra: Vec<(String, String)>,
}

impl InfillRequest {
    /// A request with everything that is required but for the clips, of which it needs one.
    pub fn new(
        model: ModelId,
        voice: impl Into<VoiceId>,
        language: Language,
        transcript: impl Into<String>,
        format: impl Into<OutputFormat>,
    ) -> Self {
        Self {
            model_id: model,
            voice_id: voice.into(),
            language,
            transcript: transcript.into(),
            output_format: format.into(),
            left_audio: None,
            right_audio: None,
            extra: Vec::new(),
        }
    }

    /// Sets what is heard before.
    #[must_use]
    pub fn with_left_audio(mut self, clip: impl Into<Upload>) -> Self {
        self.left_audio = Some(clip.into());
        self
    }

    /// Sets what is heard after.
    #[must_use]
    pub fn with_right_audio(mut self, clip: impl Into<Upload>) -> Self {
        self.right_audio = Some(clip.into());
        self
    }

    /// Adds a form field that this crate does not know.
    #[must_use]
    pub fn with_extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    fn prepare(self) -> Result<Prepared> {
        const OPERATION: &str = "infill.bytes";
        if self.left_audio.is_none() && self.right_audio.is_none() {
            let message = "one of `left_audio` and `right_audio` is required";
            return Err(Error::new(ErrorKind::InvalidRequest, OPERATION, message));
        }
        let form = Form::new()
            .text("model_id", self.model_id.as_str())
            .text("language", self.language.as_str())
            .text("transcript", self.transcript)
            .text("voice_id", self.voice_id.as_str());
        let mut form = with_extra(with_output_format(form, self.output_format), self.extra);
        if let Some(clip) = self.left_audio {
            form = form.file("left_audio", clip);
        }
        if let Some(clip) = self.right_audio {
            form = form.file("right_audio", clip);
        }
        Ok(Prepared::form(OPERATION, "/infill/bytes", form))
    }
}

impl fmt::Debug for InfillRequest {
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
