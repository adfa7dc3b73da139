//! `/infill/bytes`.

use cartesia_types::ErrorKind;
use cartesia_types::InfillRequest;
use cartesia_types::tts::speakable;

use super::media::{AudioCall, with_extra, with_output_format};
use crate::Error;
use crate::Result;
use crate::client::Client;
use crate::request::Prepared;
use crate::upload::{Form, Upload};

/// Infill: speech that joins two clips; from [`Client::infill`].
#[derive(Debug, Clone)]
pub struct Infill {
    client: Client,
}

impl Infill {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Generates speech that fits between two clips, or before or after one. `POST /infill/bytes`.
    ///
    /// Whether the answer contains the clips as well is not documented; so far it was the new part alone.
    ///
    /// ```no_run
    /// use cartesia_http::Upload;
    /// use cartesia_types::{InfillRequest, Language, ModelId, VoiceId, WavFormat, RawFormat};
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
    pub fn bytes(&self, request: InfillRequest<impl Into<Upload>>) -> AudioCall {
        let format = request.output_format;
        let is_audio_due = speakable(&request.transcript);
        AudioCall::new(self.client.clone(), prepare(request), format, is_audio_due)
    }
}

fn prepare<F: Into<Upload>>(request: InfillRequest<F>) -> Result<Prepared> {
    const OPERATION: &str = "infill.bytes";
    if request.left_audio.is_none() && request.right_audio.is_none() {
        let message = "one of `left_audio` and `right_audio` is required";
        return Err(Error::new(ErrorKind::InvalidRequest, OPERATION, message));
    }
    let form = Form::new()
        .text("model_id", request.model_id.as_str())
        .text("language", request.language.as_str())
        .text("transcript", request.transcript)
        .text("voice_id", request.voice_id.as_str());
    let mut form = with_extra(
        with_output_format(form, request.output_format),
        request.extra,
    );
    if let Some(clip) = request.left_audio {
        form = form.file("left_audio", clip.into());
    }
    if let Some(clip) = request.right_audio {
        form = form.file("right_audio", clip.into());
    }
    Ok(Prepared::form(OPERATION, "/infill/bytes", form))
}
