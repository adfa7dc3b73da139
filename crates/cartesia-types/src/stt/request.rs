//! Requests to transcribe a file.

use super::{SttEncoding, SttModelId, TimestampGranularity, TranscriptFormat};
use crate::language::Language;

/// The form of `POST /stt`.
///
/// `F` is the type of the file; for `cartesia-http`, anything that converts into its `Upload`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[doc(alias = "transcription")]
pub struct TranscribeRequest<F> {
    /// The file.
    pub file: F,
    /// The model.
    pub model: SttModelId,
    /// The spoken language; the service's default is English.
    pub language: Option<Language>,
    /// The units that get timestamps; none by default.
    pub timestamp_granularities: Vec<TimestampGranularity>,
    /// The encoding of the samples, if the file has no header that names it.
    pub encoding: Option<SttEncoding>,
    /// Samples per second (hertz), if the file has no header that says it.
    pub sample_rate: Option<u32>,
    /// Form fields that this crate does not know: name and value.
    pub extra: Vec<(String, String)>,
}

impl<F> TranscribeRequest<F> {
    /// Creates a request with its required fields.
    pub fn new(model: impl Into<SttModelId>, file: F) -> Self {
        Self {
            file,
            model: model.into(),
            language: None,
            timestamp_granularities: Vec::new(),
            encoding: None,
            sample_rate: None,
            extra: Vec::new(),
        }
    }

    /// Sets the language that is spoken.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<Language>) -> Self {
        self.language = Some(language.into());
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

    /// Declares the file as headerless mono samples with this encoding and sample rate (hertz).
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
}

/// The form of `POST /audio/transcriptions`, which imitates another vendor's API.
///
/// `F` is the file, as in [`TranscribeRequest`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TranscribeCompatibleRequest<F> {
    /// The file.
    pub file: F,
    /// The model.
    pub model: SttModelId,
    /// The language that is spoken.
    pub language: Option<Language>,
    /// The form of the answer; `json` by default. Only JSON is decoded.
    pub response_format: Option<TranscriptFormat>,
    /// The units that get timestamps; only in a verbose answer.
    pub timestamp_granularities: Vec<TimestampGranularity>,
    /// Form fields that this crate does not know: name and value.
    pub extra: Vec<(String, String)>,
}

impl<F> TranscribeCompatibleRequest<F> {
    /// Creates a request with its required fields.
    pub fn new(model: impl Into<SttModelId>, file: F) -> Self {
        Self {
            file,
            model: model.into(),
            language: None,
            response_format: None,
            timestamp_granularities: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// Sets the language that is spoken.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<Language>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Sets the form of the answer.
    #[must_use]
    pub fn with_response_format(mut self, format: impl Into<TranscriptFormat>) -> Self {
        self.response_format = Some(format.into());
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
}
