//! `/voice-changer/bytes` and `/voice-changer/sse`.

use cartesia_types::{OutputFormat, RawFormat, VoiceId};

use super::media::{AudioCall, SseCall, with_extra, with_output_format};
use crate::client::Client;
use crate::request::Prepared;
use crate::upload::{Form, Upload};

/// Speech in another voice; from [`Client::voice_changer`].
#[derive(Debug, Clone)]
pub struct VoiceChanger {
    client: Client,
}

impl VoiceChanger {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The clip in another voice, as one stream of bytes in any container.
    /// `POST /voice-changer/bytes`.
    ///
    /// ```no_run
    /// use cartesia_http::{ChangeVoiceRequest, Upload};
    /// use cartesia_types::{Mp3Format, VoiceId};
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    /// let request =
    ///     ChangeVoiceRequest::new(Upload::from_path("mine.wav"), voice, Mp3Format::default());
    /// client.voice_changer().bytes(request).await?.save("theirs.mp3").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn bytes(&self, request: ChangeVoiceRequest) -> AudioCall {
        let format = request.output_format;
        let form = form(request.clip, &request.voice_id, format, request.extra);
        let prepared = Prepared::form("voice_changer.bytes", "/voice-changer/bytes", form);
        AudioCall::new(self.client.clone(), Ok(prepared), format)
    }

    /// The clip in another voice, as events. `POST /voice-changer/sse`.
    pub fn sse(&self, request: ChangeVoiceSseRequest) -> SseCall {
        let format = request.output_format;
        let form = form(
            request.clip,
            &request.voice_id,
            format.into(),
            request.extra,
        );
        let prepared = Prepared::form("voice_changer.sse", "/voice-changer/sse", form);
        SseCall::new(self.client.clone(), Ok(prepared), format)
    }
}

fn form(clip: Upload, voice: &VoiceId, format: OutputFormat, extra: Vec<(String, String)>) -> Form {
    let form = Form::new().text("voice[id]", voice.as_str());
    let form = with_extra(with_output_format(form, format), extra);
    // Last, so that the service knows what it is for when it arrives.
    form.file("clip", clip)
}

/// What [`VoiceChanger::bytes`] sends.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChangeVoiceRequest {
    /// The speech to change.
    pub clip: Upload,
    /// The voice that it gets.
    pub voice_id: VoiceId,
    /// Container, encoding and rate of the audio.
    pub output_format: OutputFormat,
    /// Form fields that this crate does not know: name and value.
    pub extra: Vec<(String, String)>,
}

impl ChangeVoiceRequest {
    /// A request with everything that is required.
    pub fn new(
        clip: impl Into<Upload>,
        voice: impl Into<VoiceId>,
        format: impl Into<OutputFormat>,
    ) -> Self {
        Self {
            clip: clip.into(),
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

/// What [`VoiceChanger::sse`] sends.
///
/// The service would take any container here, but does not say what the events then hold; so the
/// format is a [`RawFormat`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChangeVoiceSseRequest {
    /// The speech to change.
    pub clip: Upload,
    /// The voice that it gets.
    pub voice_id: VoiceId,
    /// Encoding and rate of the audio.
    pub output_format: RawFormat,
    /// Form fields that this crate does not know: name and value.
    pub extra: Vec<(String, String)>,
}

impl ChangeVoiceSseRequest {
    /// A request with everything that is required.
    pub fn new(clip: impl Into<Upload>, voice: impl Into<VoiceId>, format: RawFormat) -> Self {
        Self {
            clip: clip.into(),
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
