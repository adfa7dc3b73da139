//! `/tts/bytes` and `/tts/sse`.

use cartesia_core::{Error, ErrorKind, Result};
use cartesia_types::tts::{BytesRequest, InvalidRequest, SseRequest, speakable};
use http::Method;

use super::media::{AudioCall, SseCall};
use crate::client::Client;
use crate::request::Prepared;

const BYTES: &str = "tts.bytes";
const SSE: &str = "tts.sse";

/// Text to speech; from [`Client::tts`].
#[doc(alias = "speech synthesis")]
#[doc(alias = "text to speech")]
#[derive(Debug, Clone)]
pub struct Tts {
    client: Client,
}

impl Tts {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Generates speech as one stream of bytes, in any container. `POST /tts/bytes`.
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
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn bytes(&self, request: BytesRequest) -> AudioCall {
        let format = request.output_format;
        let prepared = check(BYTES, request.validate())
            .and_then(|()| Prepared::json(BYTES, Method::POST, "/tts/bytes", &request))
            .map(|prepared| prepared.with_requirements(request.requirements()));
        let is_audio_due = speakable(&request.transcript);
        AudioCall::new(self.client.clone(), prepared, format, is_audio_due)
    }

    /// Generates speech as events, with timestamps if the request includes them. `POST /tts/sse`.
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
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn sse(&self, request: SseRequest) -> SseCall {
        let format = request.output_format;
        let prepared = check(SSE, request.validate())
            .and_then(|()| Prepared::json(SSE, Method::POST, "/tts/sse", &request))
            .map(|prepared| prepared.with_requirements(request.requirements()));
        let is_audio_due = speakable(&request.transcript);
        SseCall::new(self.client.clone(), prepared, format, is_audio_due)
    }
}

fn check(operation: &'static str, validity: std::result::Result<(), InvalidRequest>) -> Result<()> {
    validity.map_err(|error| Error::new(ErrorKind::InvalidRequest, operation, error.to_string()))
}
