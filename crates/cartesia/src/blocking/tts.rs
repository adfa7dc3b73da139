//! Text to speech: bytes, events and WebSockets.

use cartesia_types::RawFormat;
#[cfg(feature = "http")]
use cartesia_types::tts::{BytesRequest, SseRequest};
#[cfg(feature = "ws")]
use cartesia_ws::PoolConfig;

use super::runtime::Runtime;
#[cfg(feature = "http")]
use super::{AudioCall, SseCall};
#[cfg(feature = "ws")]
use super::{TtsConnection, TtsPool};
use crate::Result;

/// Text to speech; from [`Client::tts`](super::Client::tts).
#[derive(Debug, Clone)]
pub struct Tts {
    inner: crate::Tts,
    runtime: Runtime,
}

impl Tts {
    pub(super) fn new(inner: crate::Tts, runtime: Runtime) -> Self {
        Self { inner, runtime }
    }

    /// Returns the format for a name of the Python client (its `get_output_format`), deprecated names
    /// included; see [`FormatName`](crate::FormatName).
    ///
    /// ```
    /// # fn run(client: cartesia::blocking::Client) -> cartesia::Result<()> {
    /// let format = client.tts().output_format("raw_pcm_f32le_44100")?;
    /// assert_eq!(format, cartesia::RawFormat::PCM_F32LE_44100);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) for an unknown name; the message lists
    /// the known ones.
    pub fn output_format(&self, name: &str) -> Result<RawFormat> {
        self.inner.output_format(name)
    }

    /// Returns the sample rate, in hertz, of the format for a name of the Python client (its
    /// `get_sample_rate`).
    ///
    /// # Errors
    ///
    /// As [`output_format`](Self::output_format).
    pub fn sample_rate(&self, name: &str) -> Result<u32> {
        self.inner.sample_rate(name)
    }
}

#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Tts {
    /// Generates speech as one stream of bytes, in any container. `POST /tts/bytes`.
    ///
    /// ```no_run
    /// use cartesia::{Mp3Format, ModelId, VoiceId, blocking::Client, tts::BytesRequest};
    ///
    /// # fn run() -> cartesia::Result<()> {
    /// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    /// let request = BytesRequest::new(ModelId::SONIC_LATEST, voice, "Hello!", Mp3Format::default());
    /// Client::from_env()?.tts().bytes(request).wait()?.save("hello.mp3")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn bytes(&self, request: BytesRequest) -> AudioCall {
        AudioCall::new(self.inner.bytes(request), self.runtime.clone())
    }

    /// Generates speech as server-sent events, with timestamps if the request includes them. `POST /tts/sse`.
    ///
    /// ```no_run
    /// use cartesia::tts::{Event, SseRequest};
    /// use cartesia::{ModelId, RawFormat, VoiceId, blocking::Client};
    ///
    /// # fn run() -> cartesia::Result<()> {
    /// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    /// let request = SseRequest::new(ModelId::SONIC_LATEST, voice, "Hello!", RawFormat::PCM_S16LE_24000);
    /// for event in Client::from_env()?.tts().sse(request).wait()? {
    ///     if let Event::Chunk(chunk) = event? {
    ///         println!("{} bytes of audio", chunk.data.len());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn sse(&self, request: SseRequest) -> SseCall {
        SseCall::new(self.inner.sse(request), self.runtime.clone())
    }
}

#[cfg(feature = "ws")]
#[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
impl Tts {
    /// Opens a WebSocket for streaming text, and for many generations at a time. `GET /tts/websocket`.
    ///
    /// ```no_run
    /// use cartesia::{ContextSpec, GenerationRequest, ModelId, RawFormat, VoiceId, blocking::Client};
    ///
    /// # fn run() -> cartesia::Result<()> {
    /// let connection = Client::from_env()?.tts().connect()?;
    /// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    /// let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, RawFormat::PCM_S16LE_24000);
    /// let mut output = connection.send(GenerationRequest::new(spec, "One text, whole."))?;
    /// while let Some(audio) = output.next_audio()? {
    ///     println!("{} bytes of audio", audio.len());
    /// }
    /// connection.close()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Connector::check`](cartesia_ws::Connector::check): `Config`, `Connect`, `Timeout`, `Auth` and
    /// others. It does not retry. `Config` also in async code.
    pub fn connect(&self) -> Result<TtsConnection> {
        let inner = self.runtime.wait("tts.connect", self.inner.connect())?;
        Ok(TtsConnection::new(inner, self.runtime.clone()))
    }

    /// Returns a connection like [`connect`](Self::connect), but opens it on first use. It does not block.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a setting is invalid.
    pub fn connect_lazy(&self) -> Result<TtsConnection> {
        let inner = self
            .runtime
            .enter("tts.connect", || self.inner.connect_lazy())?;
        Ok(TtsConnection::new(inner, self.runtime.clone()))
    }

    /// Creates a pool of WebSocket connections, for more conversations than one connection should carry, or
    /// than the plan allows at once. Opens none yet, and does not block.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a setting is invalid.
    pub fn pool(&self, config: PoolConfig) -> Result<TtsPool> {
        let inner = self.runtime.enter("tts.pool", || self.inner.pool(config))?;
        Ok(TtsPool::new(inner, self.runtime.clone()))
    }
}
