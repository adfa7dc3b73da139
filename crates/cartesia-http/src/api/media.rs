//! Calls whose answer is a streamed body.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;

use cartesia_core::limiter::Workload;
use cartesia_types::wav::StreamedFile;
use cartesia_types::{OutputFormat, RawFormat};
use http::StatusCode;

use crate::Result;
use crate::audio_body::AudioBody;
use crate::client::Client;
use crate::download::Download;
use crate::options::{CallOptions, call_options};
use crate::request::{Prepared, operation_of};
use crate::send;
use crate::sse::SseStream;
use crate::upload::Form;

/// Whether a media type can be that of audio.
fn is_audio(media: &str) -> bool {
    media.starts_with("audio/") || media == "application/octet-stream"
}

/// Adds `output_format`, field by field, as forms have it.
pub(super) fn with_output_format(form: Form, format: OutputFormat) -> Form {
    let (container, bit_rate) = match format {
        OutputFormat::Raw(_) => ("raw", None),
        OutputFormat::Mp3(mp3) => ("mp3", Some(mp3.bit_rate.to_string())),
        // Only WAV is left.
        _ => ("wav", None),
    };
    let encoding = format.pcm().map(|raw| raw.encoding.as_str());
    form.text("output_format[container]", container)
        .text(
            "output_format[sample_rate]",
            format.sample_rate().to_string(),
        )
        .text_if("output_format[encoding]", encoding)
        .text_if("output_format[bit_rate]", bit_rate)
}

/// Adds fields that this crate does not know.
pub(super) fn with_extra(form: Form, extra: Vec<(String, String)>) -> Form {
    extra
        .into_iter()
        .fold(form, |form, (name, value)| form.text(name, value))
}

macro_rules! media_call {
    ($call:ident, $answer:ty) => {
        call_options!($call);

        impl $call {
            /// Returns the name of the operation, as in errors, for example `files.download`.
            pub fn operation(&self) -> &'static str {
                operation_of(&self.request)
            }
        }

        impl IntoFuture for $call {
            type Output = Result<$answer>;
            type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }

        impl fmt::Debug for $call {
            /// Leaves out what is sent.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let operation = self.request.as_ref().map(|request| request.operation);
                f.debug_struct(stringify!($call))
                    .field("operation", &operation.ok())
                    .finish_non_exhaustive()
            }
        }
    };
}

/// An unsent request for audio. Await it to get the [`AudioBody`].
///
/// # Cancel safety
///
/// Dropping the future cancels the call.
#[derive(Clone)]
#[must_use = "a call does nothing until awaited or sent"]
pub struct AudioCall {
    client: Client,
    request: Result<Prepared>,
    format: OutputFormat,
    /// Whether there is anything to speak: then an answer without audio is incomplete.
    is_audio_due: bool,
    options: CallOptions,
}

media_call!(AudioCall, AudioBody);

impl AudioCall {
    pub(super) fn new(
        client: Client,
        request: Result<Prepared>,
        format: OutputFormat,
        is_audio_due: bool,
    ) -> Self {
        Self {
            client,
            request: request.map(|request| {
                let request = request.with_accept("*/*");
                request.with_workload(Workload::Synthesis)
            }),
            format,
            is_audio_due,
            options: CallOptions::default(),
        }
    }

    /// Sends the request and waits for the start of the response.
    ///
    /// # Errors
    ///
    /// Those of [`Call::send`](crate::Call::send), `Io` when a file cannot be read, and `InvalidRequest` for
    /// a request that cannot be encoded.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call.
    pub async fn send(self) -> Result<AudioBody> {
        let request = self.request?;
        let sent = send::send(&self.client, &request, &self.options).await?;
        let sent = send::expect_media(request.operation, sent, is_audio).await?;
        let download = Download::new(request.operation, sent);
        Ok(AudioBody::new(self.format, download, self.is_audio_due))
    }
}

/// An unsent request for audio as events. Await it to get the [`SseStream`].
///
/// # Cancel safety
///
/// Dropping the future cancels the call.
#[derive(Clone)]
#[must_use = "a call does nothing until awaited or sent"]
pub struct SseCall {
    client: Client,
    request: Result<Prepared>,
    format: RawFormat,
    /// Whether there is anything to speak: then an answer without audio is incomplete.
    is_audio_due: bool,
    options: CallOptions,
}

media_call!(SseCall, SseStream);

impl SseCall {
    pub(super) fn new(
        client: Client,
        request: Result<Prepared>,
        format: RawFormat,
        is_audio_due: bool,
    ) -> Self {
        Self {
            client,
            request: request.map(|request| {
                let request = request.with_accept("text/event-stream");
                request.with_workload(Workload::Synthesis)
            }),
            format,
            is_audio_due,
            options: CallOptions::default(),
        }
    }

    /// Sends the request and waits for the start of the response.
    ///
    /// # Errors
    ///
    /// Those of [`Call::send`](crate::Call::send), `Io` when a file cannot be read, and `InvalidRequest` for
    /// a request that cannot be encoded.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call.
    pub async fn send(self) -> Result<SseStream> {
        let request = self.request?;
        let operation = request.operation;
        let sent = send::send(&self.client, &request, &self.options).await?;
        let is_stream = |media: &str| media == "text/event-stream";
        let sent = send::expect_media(operation, sent, is_stream).await?;
        let inner = self.client.inner();
        let (limit, timeouts) = (inner.max_event_bytes, inner.timeouts);
        Ok(SseStream::new(
            operation,
            self.format,
            self.is_audio_due,
            sent,
            limit,
            timeouts,
        ))
    }
}

/// An unsent request for a file. Await it to get the [`Download`].
///
/// # Cancel safety
///
/// Dropping the future cancels the call.
#[must_use = "a call does nothing until awaited or sent"]
pub struct DownloadCall {
    client: Client,
    request: Result<Prepared>,
    /// Whether a media type is acceptable.
    expected: fn(&str) -> bool,
    /// Whether an answer without audio is incomplete.
    is_audio_due: bool,
    options: CallOptions,
}

media_call!(DownloadCall, Download);

impl DownloadCall {
    pub(super) fn new(client: Client, request: Prepared, expected: fn(&str) -> bool) -> Self {
        Self {
            client,
            request: Ok(request),
            expected,
            is_audio_due: false,
            options: CallOptions::default(),
        }
    }

    /// A download of audio, in whatever container.
    pub(super) fn audio(client: Client, request: Prepared) -> Self {
        Self {
            is_audio_due: true,
            ..Self::new(client, request, is_audio)
        }
    }

    /// Sends the request and waits for the start of the response.
    ///
    /// # Errors
    ///
    /// Those of [`Call::send`](crate::Call::send).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call.
    pub async fn send(self) -> Result<Download> {
        let request = self.request?;
        let sent = send::send(&self.client, &request, &self.options).await?;
        let sent = send::expect_media(request.operation, sent, self.expected).await?;
        // 204 means that there is no recording.
        let is_audio_due = self.is_audio_due && sent.info.status() != StatusCode::NO_CONTENT;
        let download = Download::new(request.operation, sent);
        Ok(if is_audio_due {
            download.expect_audio(StreamedFile::of_unknown_format())
        } else {
            download
        })
    }
}
