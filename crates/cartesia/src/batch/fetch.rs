//! One item: from the request to its audio, in memory.

use std::time::Duration;

use bytes::Bytes;
use cartesia_core::RetryPolicy;
use cartesia_http::Tts;
use cartesia_types::captions::{CaptionSettings, Captions};
use cartesia_types::tts::{Event, SseRequest, WordTiming};
use cartesia_types::wav::{StreamedFile, header};
use cartesia_types::{Error, ErrorKind, OutputFormat, Result};

use super::OPERATION;
use super::item::Job;
use super::record::Word;

/// The audio of an item, complete.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) audio: Bytes,
    pub(super) duration: Duration,
    pub(super) words: Vec<WordTiming>,
    pub(super) request_id: Option<String>,
}

impl Fetched {
    pub(super) fn words(&self) -> Vec<Word> {
        // As the service writes them: thousandths of a second.
        let seconds = |time: Duration| (time.as_secs_f64() * 1_000.0).round() / 1_000.0;
        let word = |timing: &WordTiming| Word {
            word: timing.word.clone(),
            start: seconds(timing.start),
            end: seconds(timing.end),
        };
        self.words.iter().map(word).collect()
    }

    /// The text of a file of captions, if one is wanted.
    pub(super) fn captions(&self, job: &Job) -> Option<String> {
        let request = &job.item.request;
        let settings = request
            .language
            .as_ref()
            .map_or_else(CaptionSettings::default, CaptionSettings::for_language);
        let captions = Captions::of_text(&request.transcript, &self.words, &settings);
        Some(captions.render(job.item.captions?))
    }
}

/// Asks once: when and whether to retry is up to the caller, which sees each failure.
pub(super) async fn fetch(tts: &Tts, job: &Job) -> Result<Fetched> {
    if !job.item.needs_words() {
        return whole(tts, job).await;
    }
    let Some(request) = job.events() else {
        // The job was checked.
        let message = "words need the format wav or pcm";
        return Err(Error::new(ErrorKind::Unsupported, OPERATION, message));
    };
    events(tts, job, request).await
}

async fn whole(tts: &Tts, job: &Job) -> Result<Fetched> {
    let request = job.item.request.clone();
    let mut file = StreamedFile::new(request.output_format);
    let mut body = tts.bytes(request).retry(RetryPolicy::never()).await?;
    let request_id = body.info().request_id().map(str::to_owned);
    let mut audio = Vec::new();
    while let Some(piece) = body.next_chunk().await? {
        file.push(&piece);
        audio.extend_from_slice(&piece);
    }
    let completion = file.finish();
    if let Some(length) = completion.truncate_to {
        audio.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    }
    audio.extend_from_slice(completion.padding);
    for patch in completion.patches {
        let start = usize::try_from(patch.offset).unwrap_or(usize::MAX);
        let place = audio.get_mut(start..).unwrap_or_default();
        for (to, from) in place.iter_mut().zip(patch.bytes) {
            *to = from;
        }
    }
    Ok(Fetched {
        audio: audio.into(),
        duration: completion.duration,
        words: Vec::new(),
        request_id,
    })
}

async fn events(tts: &Tts, job: &Job, request: SseRequest) -> Result<Fetched> {
    let format = request.output_format;
    let mut stream = tts.sse(request).retry(RetryPolicy::never()).await?;
    let request_id = stream.info().request_id().map(str::to_owned);
    let (mut samples, mut words) = (Vec::new(), Vec::new());
    while let Some(event) = stream.next_event().await? {
        match event {
            Event::Chunk(chunk) => samples.extend_from_slice(&chunk.data),
            Event::Timestamps(timestamps) => words.extend(timestamps.words),
            // It does not end the stream, but leaves a gap.
            Event::Error(event) => return Err(Error::api("tts.sse", *event.error)),
            _ => {}
        }
    }
    let bytes = samples.len() as u64;
    let audio = match job.item.request.output_format {
        OutputFormat::Wav(_) => {
            let mut file = header(format, Some(bytes));
            file.append(&mut samples);
            if bytes % 2 == 1 {
                // Chunks of a RIFF file have even lengths.
                file.push(0);
            }
            file
        }
        _ => samples,
    };
    Ok(Fetched {
        audio: audio.into(),
        duration: format.duration_of_bytes(bytes),
        words,
        request_id,
    })
}

/// Whether another attempt may succeed. Unlike [`Error::is_retryable`], also after a part of the audio arrived: it was
/// given to no caller.
pub(super) fn is_transient(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Connect
            | ErrorKind::Timeout
            | ErrorKind::Server
            | ErrorKind::Closed
            | ErrorKind::Incomplete
    )
}

/// Whether every other item would fail as well.
pub(super) fn is_hopeless(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Auth | ErrorKind::Quota | ErrorKind::Config
    )
}

/// Whether the service is known not to have begun, so that not even a second synthesis is billed.
pub(super) fn is_unbilled(error: &Error) -> bool {
    error.kind() == ErrorKind::Connect
}
