//! `/voice-changer/bytes` and `/voice-changer/sse`.

use cartesia_types::voice::{ChangeVoiceRequest, ChangeVoiceSseRequest};
use cartesia_types::{OutputFormat, VoiceId};

use super::media::{AudioCall, SseCall, with_extra, with_output_format};
use crate::client::Client;
use crate::request::Prepared;
use crate::upload::{Form, Upload};

/// The voice changer: speech in another voice; from [`Client::voice_changer`].
#[derive(Debug, Clone)]
pub struct VoiceChanger {
    client: Client,
}

impl VoiceChanger {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Speaks a clip in another voice, as one stream of bytes in any container.
    /// `POST /voice-changer/bytes`.
    ///
    /// ```no_run
    /// use cartesia_http::Upload;
    /// use cartesia_types::{ChangeVoiceRequest, Mp3Format, VoiceId};
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    /// let request =
    ///     ChangeVoiceRequest::new(Upload::from_path("mine.wav"), voice, Mp3Format::default());
    /// client.voice_changer().bytes(request).await?.save("theirs.mp3").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn bytes(&self, request: ChangeVoiceRequest<impl Into<Upload>>) -> AudioCall {
        let format = request.output_format;
        let form = form(
            request.clip.into(),
            &request.voice_id,
            format,
            request.extra,
        );
        let prepared = Prepared::form("voice_changer.bytes", "/voice-changer/bytes", form);
        AudioCall::new(self.client.clone(), Ok(prepared), format, true)
    }

    /// Speaks a clip in another voice, as events. `POST /voice-changer/sse`.
    pub fn sse(&self, request: ChangeVoiceSseRequest<impl Into<Upload>>) -> SseCall {
        let format = request.output_format;
        let form = form(
            request.clip.into(),
            &request.voice_id,
            format.into(),
            request.extra,
        );
        let prepared = Prepared::form("voice_changer.sse", "/voice-changer/sse", form);
        SseCall::new(self.client.clone(), Ok(prepared), format, true)
    }
}

fn form(clip: Upload, voice: &VoiceId, format: OutputFormat, extra: Vec<(String, String)>) -> Form {
    let form = Form::new().text("voice[id]", voice.as_str());
    let form = with_extra(with_output_format(form, format), extra);
    // Last, so that the service has read the settings when it arrives.
    form.file("clip", clip)
}
