//! `/stt`, and `/audio/transcriptions`, which imitates another API.

use cartesia_core::limiter::Workload;
use cartesia_types::stt::{
    TranscribeCompatibleRequest, TranscribeRequest, TranscriptFormat, Transcription,
};
use cartesia_types::{ErrorKind, Language};

use super::media::with_extra;
use crate::Error;
use crate::call::Call;
use crate::client::Client;
use crate::request::Prepared;
use crate::upload::{Form, Upload};

const GRANULARITIES: &str = "timestamp_granularities[]";

/// Speech to text, of whole files; from [`Client::stt`].
#[doc(alias = "transcription")]
#[doc(alias = "speech recognition")]
#[derive(Debug, Clone)]
pub struct Stt {
    client: Client,
}

impl Stt {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Transcribes an audio file. `POST /stt`.
    ///
    /// The service documents flac, m4a, mp3, mp4, mpeg, mpga, oga, ogg, wav and webm, up to 2 GB;
    /// samples without a header need [`with_raw_pcm`](TranscribeRequest::with_raw_pcm).
    ///
    /// ```no_run
    /// use cartesia_http::Upload;
    /// use cartesia_types::{Language, SttModelId, TranscribeRequest};
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let file = Upload::from_path("meeting.mp3");
    /// let request = TranscribeRequest::new(SttModelId::INK_WHISPER, file)
    ///     .with_language(Language::EN)
    ///     .with_word_timestamps();
    /// let heard = client.stt().transcribe(request).await?;
    /// println!("{}", heard.text);
    /// for word in &heard.words {
    ///     println!("{:?} to {:?}: {}", word.start, word.end, word.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn transcribe(&self, request: TranscribeRequest<impl Into<Upload>>) -> Call<Transcription> {
        Call::new(self.client.clone(), transcribe(request))
    }

    /// Transcribes an audio file by the endpoint that is compatible with another vendor's API, for servers
    /// that have no other. `POST /audio/transcriptions`.
    ///
    /// The answer has no `type` and no request id; only the verbose format has language and duration.
    pub fn transcribe_compatible(
        &self,
        request: TranscribeCompatibleRequest<impl Into<Upload>>,
    ) -> Call<Transcription> {
        Call::new(self.client.clone(), Ok(transcribe_compatible(request)))
    }
}

fn transcribe<F: Into<Upload>>(request: TranscribeRequest<F>) -> crate::Result<Prepared> {
    const OPERATION: &str = "stt.transcribe";
    if request.sample_rate == Some(0) {
        let message = "`sample_rate` must be more than zero";
        return Err(Error::new(ErrorKind::InvalidRequest, OPERATION, message));
    }
    // The file comes last, so that the service has read the settings when it arrives.
    let form = Form::new()
        .text("model", request.model.as_str())
        .text_if("language", request.language.as_ref().map(Language::as_str));
    let form = request
        .timestamp_granularities
        .iter()
        .fold(form, |form, value| form.text(GRANULARITIES, value.as_str()));
    let form = with_extra(form, request.extra).file("file", request.file.into());
    let mut query = Vec::new();
    query.extend(
        request
            .encoding
            .map(|value| ("encoding", value.as_str().to_owned())),
    );
    query.extend(
        request
            .sample_rate
            .map(|value| ("sample_rate", value.to_string())),
    );
    Ok(Prepared::form(OPERATION, "/stt", form)
        .with_query(&query)
        .with_workload(Workload::Transcription))
}

fn transcribe_compatible<F: Into<Upload>>(request: TranscribeCompatibleRequest<F>) -> Prepared {
    let format = request.response_format.as_ref();
    let form = Form::new()
        .text("model", request.model.as_str())
        .text_if("language", request.language.as_ref().map(Language::as_str))
        .text_if("response_format", format.map(TranscriptFormat::as_str));
    let form = request
        .timestamp_granularities
        .iter()
        .fold(form, |form, value| form.text(GRANULARITIES, value.as_str()));
    let form = with_extra(form, request.extra).file("file", request.file.into());
    Prepared::form("stt.transcribe_compatible", "/audio/transcriptions", form)
        .with_workload(Workload::Transcription)
}
