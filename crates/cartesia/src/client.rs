//! The client of the facade: HTTP, WebSockets and speech.

#[cfg(feature = "ws")]
use std::sync::Arc;
#[cfg(feature = "ws")]
use std::time::Duration;

#[cfg(all(feature = "playback", feature = "ws"))]
use cartesia_audio::Player;
use cartesia_core::limiter::Priority;
#[cfg(feature = "http")]
use cartesia_core::network::Route;
#[cfg(feature = "http")]
use cartesia_core::{AdminKey, ApiVersion, BaseUrl};
use cartesia_core::{Settings, settings_setters};
#[cfg(feature = "http")]
use cartesia_http::{
    Accents, AccessTokens, Admin, Agents, AudioCall, Call, Datasets, Files, FineTunes, Infill,
    Locales, Method, Models, PronunciationDicts, RawCall, SseCall, VoiceChanger, Voices,
};
#[cfg(feature = "http")]
use cartesia_types::ApiInfo;
use cartesia_types::RawFormat;
#[cfg(feature = "ws")]
use cartesia_types::agent::CallSpec;
#[cfg(all(feature = "playback", feature = "ws"))]
use cartesia_types::tts::ContextSpec;
#[cfg(feature = "http")]
use cartesia_types::tts::{BytesRequest, SseRequest};
#[cfg(feature = "ws")]
use cartesia_ws::{
    Connector, ContextPolicy, LiveCall, PoolConfig, SttPolicy, TtsConnection, TtsPool,
};

#[cfg(all(feature = "playback", feature = "ws"))]
use crate::speech::SpeechCall;
use crate::{Result, Stt};

/// A client of the Cartesia API.
///
/// Cloning is cheap: clones share connections and configuration. Calls and streams are owned, so they can
/// move into tasks.
#[derive(Debug, Clone)]
pub struct Client {
    #[cfg(feature = "http")]
    pub(crate) http: cartesia_http::Client,
    #[cfg(feature = "ws")]
    ws: Arc<Connector>,
}

impl Client {
    /// Creates a client from the environment: `CARTESIA_API_KEY`, and if set `CARTESIA_BASE_URL`,
    /// `CARTESIA_FILES_BASE_URL` and `CARTESIA_VERSION`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when the key is missing or a variable is invalid.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// Returns a builder for a client.
    ///
    /// ```
    /// let client = cartesia::Client::builder()
    ///     .api_key("sk_car_example")
    ///     .api_version(cartesia::ApiVersion::V2025_11_04)
    ///     .build()?;
    /// # let _ = client;
    /// # Ok::<(), cartesia::Error>(())
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Returns the calls for text to speech.
    pub fn tts(&self) -> Tts {
        Tts {
            #[cfg(feature = "http")]
            http: self.http.tts(),
            #[cfg(feature = "ws")]
            ws: Arc::clone(&self.ws),
        }
    }

    /// Returns the calls for speech to text: of whole files, and live.
    pub fn stt(&self) -> Stt {
        Stt {
            #[cfg(feature = "http")]
            http: self.http.stt(),
            #[cfg(feature = "ws")]
            ws: Arc::clone(&self.ws),
        }
    }

    /// Returns the same client with another priority: its calls, contexts and transcriptions wait so for
    /// permits of the [limiter](ClientBuilder::limiter). It shares the HTTP connections.
    ///
    /// ```
    /// use cartesia::limiter::Priority;
    ///
    /// # fn run(client: &cartesia::Client) {
    /// // Files that can wait: people in conversations go first.
    /// let bulk = client.with_priority(Priority::Bulk);
    /// # let _ = bulk;
    /// # }
    /// ```
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self {
            #[cfg(feature = "http")]
            http: self.http.with_priority(priority),
            #[cfg(feature = "ws")]
            ws: Arc::new(Connector::clone(&self.ws).priority(priority)),
        }
    }
}

#[cfg(feature = "ws")]
#[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
impl Client {
    /// Calls an agent, and waits until the call has begun. `GET /agents/stream/{agent_id}` for a
    /// [`LineCallSpec`](crate::agent::LineCallSpec), `GET /v1/agents/websocket/{agent_id}` for a
    /// [`ManagedCallSpec`](crate::agent::ManagedCallSpec).
    ///
    /// ```no_run
    /// use cartesia::Client;
    /// use cartesia::agent::{CallEvent, CallFormat, LineCallSpec};
    ///
    /// # async fn run(question: cartesia::AudioClip) -> cartesia::Result<()> {
    /// let spec = LineCallSpec::new("agent_…", CallFormat::PCM_16000);
    /// let (mut input, mut output) = Client::from_env()?.call_agent(spec).await?.split();
    /// tokio::spawn(async move { input.send_audio(question).await });
    /// while let Some(event) = output.next_event().await? {
    ///     match event {
    ///         CallEvent::Audio(audio) => println!("{} bytes to play", audio.data.len()),
    ///         CallEvent::Clear => println!("drop what was not played yet"),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Connector::call_agent`]: `Unsupported` and `InvalidRequest` before anything is sent, then
    /// `Connect`, `Timeout`, `Auth` and others. An access token needs the grant `agent`. It does not retry.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn call_agent(&self, spec: impl Into<CallSpec>) -> Result<LiveCall> {
        self.ws.call_agent(spec).await
    }
}

#[cfg(all(feature = "playback", feature = "ws"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "playback", feature = "ws"))))]
impl Client {
    /// Opens speech on a player, over its own connection: it can be interrupted at any time (barge-in), and
    /// reports which words were heard. `spec` has model, voice and format; timestamps are turned on.
    ///
    /// ```no_run
    /// # async fn run(client: cartesia::Client, spec: cartesia::ContextSpec) -> cartesia::Result<()> {
    /// let speech = client.speech(&cartesia::Player::open_default()?, spec).await?;
    /// speech.say("Good evening.")?;
    /// println!("{} was heard", speech.finished().await?.text);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Tts::connect`].
    pub fn speech(&self, player: &Player, spec: ContextSpec) -> SpeechCall {
        SpeechCall::new(Arc::clone(&self.ws), player, spec)
    }
}

#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Client {
    /// Returns the calls for voices.
    pub fn voices(&self) -> Voices {
        self.http.voices()
    }

    /// Returns the calls for accents.
    pub fn accents(&self) -> Accents {
        self.http.accents()
    }

    /// Returns the calls for models.
    pub fn models(&self) -> Models {
        self.http.models()
    }

    /// Returns the calls for locales.
    pub fn locales(&self) -> Locales {
        self.http.locales()
    }

    /// Returns the calls for access tokens: short-lived credentials.
    pub fn access_tokens(&self) -> AccessTokens {
        self.http.access_tokens()
    }

    /// Returns the calls for the voice changer: speech in another voice.
    pub fn voice_changer(&self) -> VoiceChanger {
        self.http.voice_changer()
    }

    /// Returns the calls for infill: speech that joins two clips.
    pub fn infill(&self) -> Infill {
        self.http.infill()
    }

    /// Returns the calls for stored files.
    pub fn files(&self) -> Files {
        self.http.files()
    }

    /// Returns the calls for pronunciation dictionaries.
    pub fn pronunciation_dicts(&self) -> PronunciationDicts {
        self.http.pronunciation_dicts()
    }

    /// Returns the calls for datasets and their files.
    pub fn datasets(&self) -> Datasets {
        self.http.datasets()
    }

    /// Returns the calls for fine-tunes.
    pub fn fine_tunes(&self) -> FineTunes {
        self.http.fine_tunes()
    }

    /// Returns the calls for the account itself, over the same connections but with an admin key instead of
    /// this client's credential. For a client with only these, see [`ClientBuilder::build_admin`].
    pub fn admin(&self, key: AdminKey) -> Admin {
        self.http.admin(key)
    }

    /// Returns the calls for voice agents, their calls, metrics and deployments.
    pub fn agents(&self) -> Agents {
        self.http.agents()
    }

    /// Requests the status of the service, and the API version that answers. `GET /`.
    pub fn status(&self) -> Call<ApiInfo> {
        self.http.status()
    }

    /// Opens a connection for the next HTTP call ahead of time: name lookup, TCP, TLS. `GET /`, which generates
    /// nothing and is not billed. For WebSockets, see `Tts::connect` and `TtsPool::prewarm`.
    ///
    /// The next call, for example [`Tts::sse`], then takes one round trip instead of three. Each call that runs at
    /// the same time needs a connection of its own: await this as often at the same time to open as many. A
    /// connection that is idle for 40 s is closed. A token provider is asked for its token, too.
    ///
    /// ```no_run
    /// # async fn run() -> cartesia::Result<()> {
    /// let client = cartesia::Client::from_env()?;
    /// let ahead = client.clone();
    /// // While the user still types. If this fails, the call itself reports why.
    /// tokio::spawn(async move { ahead.prewarm().await.ok() });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `Connect` and `Timeout` when the service was not reached, `Closed` when it did not answer, `Auth` when the
    /// token provider failed. Any answer is a success, also one that refuses the credential. It retries once, and only
    /// after `Closed`: an idle connection may be closed just then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future may close the connection.
    #[doc(alias = "warm up")]
    #[doc(alias = "preconnect")]
    pub async fn prewarm(&self) -> Result<()> {
        self.http.prewarm().await
    }

    /// Sends any request to a path of the service for which this SDK has no call, with the same
    /// authentication, retries and errors.
    pub fn request(&self, method: Method, path: &str) -> RawCall {
        self.http.request(method, path)
    }

    /// Returns the route to the service: direct, or through which proxy, and why.
    pub fn route(&self) -> &Route {
        self.http.route()
    }

    /// Returns the base URL of the service.
    pub fn base_url(&self) -> &BaseUrl {
        self.http.base_url()
    }

    /// Returns the API version of calls that do not choose their own.
    pub fn api_version(&self) -> ApiVersion {
        self.http.api_version()
    }
}

/// Text to speech; from [`Client::tts`].
#[doc(alias = "speech synthesis")]
#[doc(alias = "text to speech")]
#[derive(Debug, Clone)]
pub struct Tts {
    #[cfg(feature = "http")]
    http: cartesia_http::Tts,
    #[cfg(feature = "ws")]
    ws: Arc<Connector>,
}

impl Tts {
    /// Returns the format for a name of the Python client (its `get_output_format`), deprecated names
    /// included; see [`FormatName`](crate::FormatName).
    ///
    /// ```
    /// # fn run(client: cartesia::Client) -> cartesia::Result<()> {
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
        Ok(RawFormat::from_name(name)?)
    }

    /// Returns the sample rate, in hertz, of the format for a name of the Python client (its
    /// `get_sample_rate`).
    ///
    /// # Errors
    ///
    /// As [`output_format`](Self::output_format).
    pub fn sample_rate(&self, name: &str) -> Result<u32> {
        Ok(RawFormat::from_name(name)?.sample_rate)
    }
}

#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Tts {
    /// Generates speech as one stream of bytes, in any container. `POST /tts/bytes`.
    ///
    /// ```no_run
    /// use cartesia::{Client, Mp3Format, ModelId, VoiceId, tts::BytesRequest};
    ///
    /// # async fn run() -> cartesia::Result<()> {
    /// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    /// let request = BytesRequest::new(ModelId::SONIC_LATEST, voice, "Hello!", Mp3Format::default());
    /// Client::from_env()?.tts().bytes(request).await?.save("hello.mp3").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn bytes(&self, request: BytesRequest) -> AudioCall {
        self.http.bytes(request)
    }

    /// Generates speech as server-sent events, with timestamps if the request includes them. `POST /tts/sse`.
    ///
    /// ```no_run
    /// use cartesia::{Client, ModelId, RawFormat, VoiceId, tts::{Event, SseRequest}};
    ///
    /// # async fn run() -> cartesia::Result<()> {
    /// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    /// let request = SseRequest::new(ModelId::SONIC_LATEST, voice, "Hello!", RawFormat::PCM_S16LE_24000);
    /// let mut events = Client::from_env()?.tts().sse(request).await?;
    /// while let Some(event) = events.next_event().await? {
    ///     if let Event::Chunk(chunk) = event {
    ///         println!("{} bytes of audio", chunk.data.len());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn sse(&self, request: SseRequest) -> SseCall {
        self.http.sse(request)
    }
}

#[cfg(feature = "ws")]
#[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
impl Tts {
    /// Opens a WebSocket for streaming text, and for many generations at a time. `GET /tts/websocket`.
    ///
    /// ```no_run
    /// use cartesia::{Client, ContextSpec, ModelId, RawFormat, VoiceId};
    ///
    /// # async fn run() -> cartesia::Result<()> {
    /// let connection = Client::from_env()?.tts().connect().await?;
    /// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    /// let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, RawFormat::PCM_S16LE_24000);
    /// let (mut input, mut output) = connection.context(spec)?.split();
    /// input.push("Text can come ").await?;
    /// input.push("bit by bit.").await?;
    /// input.finish().await?;
    /// while let Some(audio) = output.next_audio().await? {
    ///     println!("{} bytes of audio", audio.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Connector::check`]: `Config`, `Connect`, `Timeout`, `Auth` and others. It does not retry.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn connect(&self) -> Result<TtsConnection> {
        self.ws.tts().await
    }

    /// Returns a connection like [`connect`](Self::connect), but opens it on first use. Its task runs on the
    /// current Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a setting is invalid, or outside a runtime.
    pub fn connect_lazy(&self) -> Result<TtsConnection> {
        self.ws.tts_lazy()
    }

    /// Creates a pool of WebSocket connections, for more conversations than one connection should carry, or
    /// than the plan allows at once. Opens none yet.
    ///
    /// ```no_run
    /// # async fn run(client: cartesia::Client, spec: cartesia::ContextSpec) -> cartesia::Result<()> {
    /// let pool = client.tts().pool(cartesia::PoolConfig::default().with_max_contexts(15))?;
    /// pool.prewarm().await?;
    /// let (mut input, mut output) = pool.context(spec).await?.split();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a setting is invalid, or outside a Tokio runtime.
    pub fn pool(&self, config: PoolConfig) -> Result<TtsPool> {
        self.ws.tts_pool(config)
    }
}

/// A builder of a [`Client`]. Each setting applies to HTTP and WebSockets, unless its docs name one.
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    pub(crate) settings: Settings,
    #[cfg(feature = "http")]
    http: cartesia_http::ClientBuilder,
    #[cfg(feature = "ws")]
    ws: Connector,
}

impl ClientBuilder {
    /// Starts from the environment: `CARTESIA_API_KEY`, `CARTESIA_BASE_URL`,
    /// `CARTESIA_FILES_BASE_URL` and `CARTESIA_VERSION`. A variable that is empty counts as not set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a variable is not UTF-8, or
    /// `CARTESIA_VERSION` is not a date. Other mistakes are reported by [`build`](Self::build).
    pub fn from_env() -> Result<Self> {
        Ok(Self::default().settings(Settings::from_env()?))
    }

    settings_setters!(settings);

    /// Limits the size of one server-sent event, in bytes; 16 MiB by default. This bounds the memory that a
    /// server can make a stream use.
    #[cfg(feature = "http")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    pub fn max_event_bytes(mut self, limit: usize) -> Self {
        self.http = self.http.max_event_bytes(limit);
        self
    }

    /// Limits the size of one message on a WebSocket, in bytes; 16 MiB by default. This bounds the memory
    /// that a server can make a connection use.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    pub fn max_message_bytes(mut self, limit: usize) -> Self {
        self.ws = self.ws.max_message_bytes(limit);
        self
    }

    /// Sets whether WebSockets are opened with the access token in the URL instead of a header, for
    /// gateways that drop the header; off by default, because URLs are kept in logs. An API key is
    /// always sent in a header.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    pub fn token_in_query(mut self, in_query: bool) -> Self {
        self.ws = self.ws.token_in_query(in_query);
        self
    }

    /// Sets the policy for WebSocket contexts that are lost, rejected, expired, or not read fast enough.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    pub fn contexts(mut self, policy: ContextPolicy) -> Self {
        self.ws = self.ws.contexts(policy);
        self
    }

    /// Sets how long an agent waits for the answer to a tool call; 30 s by default. After that, it learns
    /// that the tool failed. `None` means no limit.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    pub fn tool_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.ws = self.ws.tool_timeout(limit);
        self
    }

    /// Sets the policy for live transcriptions when the connection is lost.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    pub fn transcriptions(mut self, policy: SttPolicy) -> Self {
        self.ws = self.ws.transcriptions(policy);
        self
    }

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when the credential is missing or invalid, when
    /// the base URL is invalid or would send the credential unencrypted to another machine, when a
    /// header is reserved, or when TLS or the proxy cannot be set up.
    pub fn build(self) -> Result<Client> {
        #[cfg(feature = "ws")]
        let ws = self.ws.settings(self.settings.clone());
        // With HTTP, the same settings are checked there.
        #[cfg(not(feature = "http"))]
        ws.validate()?;
        Ok(Client {
            #[cfg(feature = "http")]
            http: self.http.settings(self.settings).build()?,
            #[cfg(feature = "ws")]
            ws: Arc::new(ws),
        })
    }

    /// Builds the handle for calls about the account itself, with an admin key; a key or token that was set
    /// before is not used. Sends nothing.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    #[cfg(feature = "http")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    pub fn build_admin(self, key: AdminKey) -> Result<Admin> {
        self.http.settings(self.settings).build_admin(key)
    }
}
