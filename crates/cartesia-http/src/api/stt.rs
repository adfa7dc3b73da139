//! `/stt`, and `/audio/transcriptions`, which imitates another API.

use cartesia_core::Effect;
use cartesia_types::stt::{
    SttEncoding, SttModelId, TimestampGranularity, TranscriptFormat, Transcription,
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
#[derive(Debug, Clone)]
pub struct Stt {
    client: Client,
}

impl Stt {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// What is said in a file. `POST /stt`.
    ///
    /// The service documents flac, m4a, mp3, mp4, mpeg, mpga, oga, ogg, wav and webm, up to 2 GB;
    /// samples without a header need [`with_raw_pcm`](TranscribeRequest::with_raw_pcm).
    ///
    /// ```no_run
    /// use cartesia_http::{TranscribeRequest, Upload};
    /// use cartesia_types::{Language, SttModelId};
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
    pub fn transcribe(&self, request: TranscribeRequest) -> Call<Transcription> {
        Call::new(self.client.clone(), request.prepare())
    }

    /// The same in the manner of another vendor's API, for servers that have only that.
    /// `POST /audio/transcriptions`.
    ///
    /// The answer has no `type` and no request id; language and duration are only in a verbose one.
    pub fn transcribe_compatible(
        &self,
        request: CompatibleTranscribeRequest,
    ) -> Call<Transcription> {
        Call::new(self.client.clone(), Ok(request.prepare()))
    }
}

/// What [`Stt::transcribe`] sends.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TranscribeRequest {
    /// The file.
    pub file: Upload,
    /// The model.
    pub model: SttModelId,
    /// The language that is spoken; the service's default is English.
    pub language: Option<Language>,
    /// What gets times; none by default.
    pub timestamp_granularities: Vec<TimestampGranularity>,
    /// How the samples are written, if the file has no header that says it.
    pub encoding: Option<SttEncoding>,
    /// Samples per second (hertz), if the file has no header that says it.
    pub sample_rate: Option<u32>,
    /// Form fields that this crate does not know: name and value.
    pub extra: Vec<(String, String)>,
}

impl TranscribeRequest {
    /// A request with everything that is required.
    pub fn new(model: SttModelId, file: impl Into<Upload>) -> Self {
        Self {
            file: file.into(),
            model,
            language: None,
            timestamp_granularities: Vec::new(),
            encoding: None,
            sample_rate: None,
            extra: Vec::new(),
        }
    }

    /// Sets the language that is spoken.
    #[must_use]
    pub fn with_language(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }

    /// Asks for the time of every word.
    #[must_use]
    pub fn with_word_timestamps(mut self) -> Self {
        if !self
            .timestamp_granularities
            .contains(&TimestampGranularity::WORD)
        {
            self.timestamp_granularities
                .push(TimestampGranularity::WORD);
        }
        self
    }

    /// Says that the file is bare mono samples: their encoding, and how many there are per second
    /// (hertz).
    #[must_use]
    pub fn with_raw_pcm(mut self, encoding: impl Into<SttEncoding>, sample_rate: u32) -> Self {
        self.encoding = Some(encoding.into());
        self.sample_rate = Some(sample_rate);
        self
    }

    /// Adds a form field that this crate does not know.
    #[must_use]
    pub fn with_extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    fn prepare(self) -> crate::Result<Prepared> {
        const OPERATION: &str = "stt.transcribe";
        if self.sample_rate == Some(0) {
            let message = "`sample_rate` must be more than zero";
            return Err(Error::new(ErrorKind::InvalidRequest, OPERATION, message));
        }
        // The file comes last, so that the service knows what it is for when it arrives.
        let form = Form::new()
            .text("model", self.model.as_str())
            .text_if("language", self.language.as_ref().map(Language::as_str));
        let form = self
            .timestamp_granularities
            .iter()
            .fold(form, |form, value| form.text(GRANULARITIES, value.as_str()));
        let form = with_extra(form, self.extra).file("file", self.file);
        let mut query = Vec::new();
        query.extend(
            self.encoding
                .map(|value| ("encoding", value.as_str().to_owned())),
        );
        query.extend(
            self.sample_rate
                .map(|value| ("sample_rate", value.to_string())),
        );
        Ok(Prepared::form(OPERATION, "/stt", form)
            .with_query(&query)
            .with_effect(Effect::Billed))
    }
}

/// What [`Stt::transcribe_compatible`] sends.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CompatibleTranscribeRequest {
    /// The file.
    pub file: Upload,
    /// The model.
    pub model: SttModelId,
    /// The language that is spoken.
    pub language: Option<Language>,
    /// The form of the answer; `json` by default. Answers that are no JSON (`text`, `srt`, `vtt`, if a
    /// server has them) are for [`Client::request`].
    pub response_format: Option<TranscriptFormat>,
    /// What gets times; only in a verbose answer.
    pub timestamp_granularities: Vec<TimestampGranularity>,
    /// Form fields that this crate does not know: name and value.
    pub extra: Vec<(String, String)>,
}

impl CompatibleTranscribeRequest {
    /// A request with everything that is required.
    pub fn new(model: SttModelId, file: impl Into<Upload>) -> Self {
        Self {
            file: file.into(),
            model,
            language: None,
            response_format: None,
            timestamp_granularities: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// Sets the language that is spoken.
    #[must_use]
    pub fn with_language(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }

    /// Sets the form of the answer.
    #[must_use]
    pub fn with_response_format(mut self, format: TranscriptFormat) -> Self {
        self.response_format = Some(format);
        self
    }

    /// Asks for the time of every word, and for the verbose answer that has them.
    #[must_use]
    pub fn with_word_timestamps(mut self) -> Self {
        self.response_format = Some(TranscriptFormat::VERBOSE_JSON);
        self.timestamp_granularities = vec![TimestampGranularity::WORD];
        self
    }

    /// Adds a form field that this crate does not know.
    #[must_use]
    pub fn with_extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    fn prepare(self) -> Prepared {
        let format = self.response_format.as_ref();
        let form = Form::new()
            .text("model", self.model.as_str())
            .text_if("language", self.language.as_ref().map(Language::as_str))
            .text_if("response_format", format.map(TranscriptFormat::as_str));
        let form = self
            .timestamp_granularities
            .iter()
            .fold(form, |form, value| form.text(GRANULARITIES, value.as_str()));
        let form = with_extra(form, self.extra).file("file", self.file);
        Prepared::form("stt.transcribe_compatible", "/audio/transcriptions", form)
            .with_effect(Effect::Billed)
    }
}
