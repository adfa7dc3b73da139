//! What became of an item, as a line of the results.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cartesia_types::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use super::item::Job;

/// The result of an item: a line of JSON in `results.jsonl`. Fields that do not apply are left out.
///
/// It has no transcript. Words are there only when they were asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The name of the files without extension.
    pub id: String,
    /// The outcome.
    pub status: Status,
    /// The name of the audio in the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The name of the captions in the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captions: Option<String>,
    /// Playing time in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Bytes of the audio file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// SHA-256 of the audio file, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Characters of the text. Each costs a credit.
    pub characters: u64,
    /// Words with their times in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Vec<Word>>,
    /// The id to quote to the vendor's support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Attempts in this run. Rejections for too many requests at once do not count.
    pub attempts: u32,
    /// The reason of a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// The content address of the request: the same request is not asked for again.
    pub key: String,
    /// The line of the manifest; 0 if there is none.
    #[serde(default)]
    pub line: u64,
    /// The time of the result, in milliseconds since 1970.
    #[serde(default)]
    pub at: u64,
}

/// The outcome of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// The audio is there.
    Done,
    /// The audio is not there; the error says why.
    Failed,
}

/// A word and when it is spoken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Word {
    /// The word as the service wrote it.
    pub word: String,
    /// The start, in seconds.
    pub start: f64,
    /// The end, in seconds.
    pub end: f64,
}

/// The reason of a failure, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// The name of the [`ErrorKind`], such as `invalid_request`.
    pub kind: String,
    /// The message.
    pub message: String,
    /// The HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// The audio of an item, as it was stored.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) duration: Duration,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) words: Vec<Word>,
    pub(super) request_id: Option<String>,
}

impl Record {
    pub(super) fn done(job: &Job, made: Made, attempts: u32, now: SystemTime) -> Self {
        Self {
            status: Status::Done,
            file: Some(job.audio_name()),
            captions: job.captions_name(),
            // Results are read by people, too: a millisecond is enough.
            duration: Some((made.duration.as_secs_f64() * 1_000.0).round() / 1_000.0),
            bytes: Some(made.bytes),
            sha256: Some(made.sha256),
            words: job.item.words.then_some(made.words),
            request_id: made.request_id,
            attempts,
            ..Self::new(job, now)
        }
    }

    pub(super) fn failed(job: &Job, error: &Error, attempts: u32, now: SystemTime) -> Self {
        Self {
            request_id: error.request_id().map(str::to_owned),
            attempts,
            error: Some(Failure {
                kind: error.kind().as_str().to_owned(),
                message: error.summary().to_string(),
                status: error.status().map(|status| status.as_u16()),
            }),
            ..Self::new(job, now)
        }
    }

    fn new(job: &Job, now: SystemTime) -> Self {
        let at = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            id: job.stem.clone(),
            status: Status::Failed,
            file: None,
            captions: None,
            duration: None,
            bytes: None,
            sha256: None,
            characters: characters(&job.item.request.transcript),
            words: None,
            request_id: None,
            attempts: 0,
            error: None,
            key: job.key.to_string(),
            line: job.item.line,
            at: u64::try_from(at.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// The line without its end.
    pub(super) fn to_line(&self) -> String {
        // Strings and numbers always have a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether asking for the same again would fail again.
    pub(super) fn is_permanent(&self) -> bool {
        self.error.as_ref().is_some_and(|error| {
            [
                ErrorKind::InvalidRequest,
                ErrorKind::NotFound,
                ErrorKind::Unsupported,
            ]
            .iter()
            .any(|kind| kind.as_str() == error.kind)
        })
    }
}

/// Characters, as the service counts credits.
pub(super) fn characters(text: &str) -> u64 {
    text.chars().count() as u64
}
