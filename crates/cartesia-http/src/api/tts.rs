//! `/tts/bytes` and `/tts/sse`.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;

use cartesia_types::ErrorKind;
use cartesia_types::tts::{BytesRequest, InvalidRequest, SseRequest};
use http::Method;

use crate::Error;
use crate::Result;
use crate::audio_body::AudioBody;
use crate::call::{CallOptions, call_options};
use crate::client::Client;
use crate::download::Download;
use crate::request::Prepared;
use crate::send;
use crate::sse::SseStream;

const BYTES: &str = "tts.bytes";
const SSE: &str = "tts.sse";

/// Text to speech; from [`Client::tts`].
#[derive(Debug, Clone)]
pub struct Tts {
    client: Client,
}

impl Tts {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Speech as one stream of bytes, in any container. `POST /tts/bytes`.
    ///
    /// ```no_run
    /// use cartesia_types::tts::BytesRequest;
    /// use cartesia_types::{Mp3Format, ModelId, VoiceId};
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    /// let request = BytesRequest::new(ModelId::SONIC_LATEST, voice, "Hello!", Mp3Format::default());
    /// let saved = client.tts().bytes(request).await?.save("hello.mp3").await?;
    /// println!("{:?} of speech", saved.duration);
    /// # Ok(())
    /// # }
    /// ```
    pub fn bytes(&self, request: BytesRequest) -> BytesCall {
        BytesCall {
            client: self.client.clone(),
            request,
            options: CallOptions::default(),
        }
    }

    /// Speech as events, with timestamps if the request asks for them. `POST /tts/sse`.
    ///
    /// ```no_run
    /// use cartesia_types::tts::{Event, SseRequest};
    /// use cartesia_types::{ModelId, RawFormat, VoiceId};
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    /// let request = SseRequest::new(ModelId::SONIC_LATEST, voice, "Hello!", RawFormat::PCM_S16LE_24000)
    ///     .with_timestamps(true);
    /// let mut events = client.tts().sse(request).await?;
    /// while let Some(event) = events.next_event().await? {
    ///     match event {
    ///         Event::Chunk(chunk) => println!("{} bytes of audio", chunk.data.len()),
    ///         Event::Timestamps(timestamps) => println!("{} words", timestamps.words.len()),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn sse(&self, request: SseRequest) -> SseCall {
        SseCall {
            client: self.client.clone(),
            request,
            options: CallOptions::default(),
        }
    }
}

/// An unsent `POST /tts/bytes`. Await it to get the [`AudioBody`].
///
/// # Cancel safety
///
/// Dropping the future cancels the call.
#[must_use = "a call does nothing until awaited or sent"]
#[derive(Clone)]
pub struct BytesCall {
    client: Client,
    request: BytesRequest,
    options: CallOptions,
}

call_options!(BytesCall);

impl BytesCall {
    /// What it does, as errors name it: `tts.bytes`.
    pub fn operation(&self) -> &'static str {
        BYTES
    }

    /// Sends the request and waits for the start of the response.
    ///
    /// # Errors
    ///
    /// What [`Call::send`](crate::Call::send) fails with, and `InvalidRequest` for a request that JSON
    /// cannot carry.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call.
    pub async fn send(self) -> Result<AudioBody> {
        check(BYTES, self.request.validate())?;
        let prepared = Prepared::json(BYTES, Method::POST, "/tts/bytes", &self.request)?
            .with_accept("*/*")
            .with_requirements(self.request.requirements());
        let sent = send::send(&self.client, &prepared, &self.options).await?;
        let sent = send::expect_media(BYTES, sent, |media| {
            !media.starts_with("text/") && media != "application/json"
        })?;
        let download = Download::new(BYTES, sent);
        Ok(AudioBody::new(self.request.output_format, download))
    }
}

impl IntoFuture for BytesCall {
    type Output = Result<AudioBody>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// An unsent `POST /tts/sse`. Await it to get the [`SseStream`].
///
/// # Cancel safety
///
/// Dropping the future cancels the call.
#[must_use = "a call does nothing until awaited or sent"]
#[derive(Clone)]
pub struct SseCall {
    client: Client,
    request: SseRequest,
    options: CallOptions,
}

call_options!(SseCall);

impl SseCall {
    /// What it does, as errors name it: `tts.sse`.
    pub fn operation(&self) -> &'static str {
        SSE
    }

    /// Sends the request and waits for the start of the response.
    ///
    /// # Errors
    ///
    /// What [`Call::send`](crate::Call::send) fails with, and `InvalidRequest` for a request that JSON
    /// cannot carry.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call.
    pub async fn send(self) -> Result<SseStream> {
        check(SSE, self.request.validate())?;
        let prepared = Prepared::json(SSE, Method::POST, "/tts/sse", &self.request)?
            .with_accept("text/event-stream")
            .with_requirements(self.request.requirements());
        let sent = send::send(&self.client, &prepared, &self.options).await?;
        let sent = send::expect_media(SSE, sent, |media| media == "text/event-stream")?;
        let limit = self.client.inner().max_event_bytes;
        Ok(SseStream::new(SSE, self.request.output_format, sent, limit))
    }
}

impl IntoFuture for SseCall {
    type Output = Result<SseStream>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

fn check(operation: &'static str, validity: std::result::Result<(), InvalidRequest>) -> Result<()> {
    validity.map_err(|error| Error::new(ErrorKind::InvalidRequest, operation, error.to_string()))
}

macro_rules! opaque_debug {
    ($($call:ident),*) => { $(
        impl fmt::Debug for $call {
            /// Leaves out the transcript.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($call))
                    .field("model_id", &self.request.model_id)
                    .field("output_format", &self.request.output_format)
                    .field("characters", &self.request.transcript.chars().count())
                    .finish_non_exhaustive()
            }
        }
    )* };
}

opaque_debug!(BytesCall, SseCall);
