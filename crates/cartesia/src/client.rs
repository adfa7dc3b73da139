//! The front door: one client for everything that the service offers.

#[cfg(feature = "ws")]
use std::sync::Arc;

#[cfg(feature = "http")]
use cartesia_http::{
    Accents, AccessTokens, Admin, Agents, BytesCall, Call, Datasets, Files, FineTunes, Infill,
    Locales, PronunciationDicts, RawCall, RetryPolicy, SseCall, Stt, Timeouts, VoiceChanger,
    Voices,
};
use cartesia_types::network::Network;
#[cfg(feature = "http")]
use cartesia_types::tts::{BytesRequest, SseRequest};
#[cfg(feature = "http")]
use cartesia_types::{AdminKey, ApiInfo, BaseUrl};
use cartesia_types::{ApiVersion, Credential, RawFormat};
#[cfg(feature = "ws")]
use cartesia_ws::{Connector, ContextPolicy, Deadlines, PoolConfig, TtsConnection, TtsPool};
#[cfg(feature = "http")]
use http::Method;
use http::{HeaderName, HeaderValue};

use crate::Result;

/// A client of the Cartesia API.
///
/// Cloning is cheap: clones share connections and configuration. Everything that it gives out is
/// owned, so calls and streams can move into tasks.
#[derive(Debug, Clone)]
pub struct Client {
    #[cfg(feature = "http")]
    http: cartesia_http::Client,
    #[cfg(feature = "ws")]
    ws: Arc<Connector>,
}

impl Client {
    /// A client from the environment: `CARTESIA_API_KEY`, and if set `CARTESIA_BASE_URL` and
    /// `CARTESIA_VERSION`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when the key is missing or a variable is not
    /// usable.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// Sets a client up step by step.
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
        ClientBuilder {
            #[cfg(feature = "http")]
            http: cartesia_http::Client::builder(),
            #[cfg(feature = "ws")]
            ws: Connector::new(),
        }
    }

    /// Text to speech.
    pub fn tts(&self) -> Tts {
        Tts {
            #[cfg(feature = "http")]
            http: self.http.tts(),
            #[cfg(feature = "ws")]
            ws: Arc::clone(&self.ws),
        }
    }
}

#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Client {
    /// Voices.
    pub fn voices(&self) -> Voices {
        self.http.voices()
    }

    /// The accents that voices may have.
    pub fn accents(&self) -> Accents {
        self.http.accents()
    }

    /// The locales that voices may speak.
    pub fn locales(&self) -> Locales {
        self.http.locales()
    }

    /// Short-lived credentials.
    pub fn access_tokens(&self) -> AccessTokens {
        self.http.access_tokens()
    }

    /// Speech to text, of whole files.
    pub fn stt(&self) -> Stt {
        self.http.stt()
    }

    /// Speech in another voice.
    pub fn voice_changer(&self) -> VoiceChanger {
        self.http.voice_changer()
    }

    /// Speech that joins two clips.
    pub fn infill(&self) -> Infill {
        self.http.infill()
    }

    /// The files that the service keeps for you.
    pub fn files(&self) -> Files {
        self.http.files()
    }

    /// Pronunciation dictionaries.
    pub fn pronunciation_dicts(&self) -> PronunciationDicts {
        self.http.pronunciation_dicts()
    }

    /// Datasets and their files.
    pub fn datasets(&self) -> Datasets {
        self.http.datasets()
    }

    /// Fine-tunes.
    pub fn fine_tunes(&self) -> FineTunes {
        self.http.fine_tunes()
    }

    /// The account's own calls, over the same connections but with an admin key instead of this
    /// client's credential. To have them alone, see [`ClientBuilder::build_admin`].
    pub fn admin(&self, key: AdminKey) -> Admin {
        self.http.admin(key)
    }

    /// Voice agents, their calls, metrics and deployments.
    pub fn agents(&self) -> Agents {
        self.http.agents()
    }

    /// Asks the service whether it is well, and for the API version that answers. `GET /`.
    pub fn status(&self) -> Call<ApiInfo> {
        self.http.status()
    }

    /// Any request to a path of the service that this SDK has no call for, with the same
    /// authentication, retries and errors.
    pub fn request(&self, method: Method, path: &str) -> RawCall {
        self.http.request(method, path)
    }

    /// Where the service is.
    pub fn base_url(&self) -> &BaseUrl {
        self.http.base_url()
    }

    /// The API version of calls that do not choose their own.
    pub fn api_version(&self) -> ApiVersion {
        self.http.api_version()
    }
}

/// Text to speech; from [`Client::tts`].
#[derive(Debug, Clone)]
pub struct Tts {
    #[cfg(feature = "http")]
    http: cartesia_http::Tts,
    #[cfg(feature = "ws")]
    ws: Arc<Connector>,
}

impl Tts {
    /// The format that a name of the Python client's stands for (its `get_output_format`), deprecated
    /// names included; see [`FormatName`](crate::FormatName).
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
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) for a name that is none, with
    /// those that are.
    pub fn output_format(&self, name: &str) -> Result<RawFormat> {
        Ok(RawFormat::from_name(name)?)
    }

    /// Samples per second of the format that a name of the Python client's stands for (its
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
    /// Speech as one stream of bytes, in any container. `POST /tts/bytes`.
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
    pub fn bytes(&self, request: BytesRequest) -> BytesCall {
        self.http.bytes(request)
    }

    /// Speech as events, with timestamps if the request asks for them. `POST /tts/sse`.
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
    /// Opens a connection for speech whose text comes bit by bit, and for many generations at a time.
    /// `GET /tts/websocket`.
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
    /// As [`Connector::check`]: `Config`, `Connect`, `Timeout`, `Auth` and others. Nothing is tried
    /// twice here.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes whatever was opened.
    pub async fn connect(&self) -> Result<TtsConnection> {
        self.ws.tts().await
    }

    /// A connection as [`connect`](Self::connect) gives it, but opened when it is first needed. It needs
    /// a Tokio runtime, on which its task runs.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a setting is not usable, or outside a
    /// runtime.
    pub fn connect_lazy(&self) -> Result<TtsConnection> {
        self.ws.tts_lazy()
    }

    /// A pool of connections, for more conversations than one connection should carry, or than the plan
    /// allows at once. Nothing is opened yet.
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
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a setting is not usable, or outside a Tokio
    /// runtime.
    pub fn pool(&self, config: PoolConfig) -> Result<TtsPool> {
        self.ws.tts_pool(config)
    }
}

/// Sets up a [`Client`]. What is set here holds for HTTP and WebSockets alike, unless it says
/// otherwise.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    #[cfg(feature = "http")]
    http: cartesia_http::ClientBuilder,
    #[cfg(feature = "ws")]
    ws: Connector,
}

/// Gives a setting to all transports.
macro_rules! set {
    ($builder:ident.$setter:ident($($value:ident),+)) => {
        Self {
            #[cfg(all(feature = "http", feature = "ws"))]
            http: $builder.http.$setter($(Clone::clone(&$value)),+),
            #[cfg(all(feature = "http", not(feature = "ws")))]
            http: $builder.http.$setter($($value),+),
            #[cfg(feature = "ws")]
            ws: $builder.ws.$setter($($value),+),
        }
    };
}

impl ClientBuilder {
    /// Starts from the environment: `CARTESIA_API_KEY`, `CARTESIA_BASE_URL` and
    /// `CARTESIA_VERSION`. A variable that is empty counts as not set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a variable is not UTF-8, or
    /// `CARTESIA_VERSION` is not a date. Other mistakes are reported by [`build`](Self::build).
    pub fn from_env() -> Result<Self> {
        Ok(Self {
            #[cfg(feature = "http")]
            http: cartesia_http::ClientBuilder::from_env()?,
            #[cfg(feature = "ws")]
            ws: Connector::from_env()?,
        })
    }

    /// Sets the API key.
    pub fn api_key(self, key: impl Into<String>) -> Self {
        let key: String = key.into();
        set!(self.api_key(key))
    }

    /// Sets an access token instead of a key: short-lived, and allowed only what it was granted.
    pub fn access_token(self, token: impl Into<String>) -> Self {
        let token: String = token.into();
        set!(self.access_token(token))
    }

    /// Sets the credential, key or token.
    pub fn credential(self, credential: impl Into<Credential>) -> Self {
        let credential: Credential = credential.into();
        set!(self.credential(credential))
    }

    /// Sets where the service is; see [`BaseUrl`](crate::BaseUrl) for what is understood.
    pub fn base_url(self, url: impl Into<String>) -> Self {
        let url: String = url.into();
        set!(self.base_url(url))
    }

    /// Sets the API version of all calls that do not choose their own.
    pub fn api_version(self, version: ApiVersion) -> Self {
        set!(self.api_version(version))
    }

    /// Allows unencrypted HTTP to hosts other than this machine. The key and everything that is said
    /// can then be read on the way.
    pub fn allow_plain_http(self, allow: bool) -> Self {
        set!(self.allow_plain_http(allow))
    }

    /// Sets the time limits of HTTP.
    #[cfg(feature = "http")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.http = self.http.timeouts(timeouts);
        self
    }

    /// Sets when an HTTP request is sent again.
    #[cfg(feature = "http")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.http = self.http.retry(policy);
        self
    }

    /// Adds a header to every request, and to the request for a WebSocket. Those that make the latter
    /// what it is (`Host`, `Connection`, `Upgrade` and the like) are refused when one is opened.
    pub fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        set!(self.header(name, value))
    }

    /// Sets how large one server-sent event may be, in bytes; 16 MiB by default.
    #[cfg(feature = "http")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    pub fn max_event_bytes(mut self, limit: usize) -> Self {
        self.http = self.http.max_event_bytes(limit);
        self
    }

    /// Sets proxies and certificate authorities.
    pub fn network(self, network: Network) -> Self {
        set!(self.network(network))
    }

    /// Sets the time limits of WebSocket connections and of the contexts on them.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.ws = self.ws.deadlines(deadlines);
        self
    }

    /// Sets what happens to contexts that are lost, turned away, ended too early, or not read.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    pub fn contexts(mut self, policy: ContextPolicy) -> Self {
        self.ws = self.ws.contexts(policy);
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when there is no credential or an unusable one,
    /// when the base URL is not usable or would send the credential unencrypted to another machine,
    /// or when TLS cannot be set up.
    pub fn build(self) -> Result<Client> {
        // Whoever has HTTP has had the same settings checked by it.
        #[cfg(not(feature = "http"))]
        self.ws.validate()?;
        Ok(Client {
            #[cfg(feature = "http")]
            http: self.http.build()?,
            #[cfg(feature = "ws")]
            ws: Arc::new(self.ws),
        })
    }

    /// Makes the handle for the account's own calls, with an admin key; a key or token that was set
    /// before is not used. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    #[cfg(feature = "http")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    pub fn build_admin(self, key: AdminKey) -> Result<Admin> {
        self.http.build_admin(key)
    }
}
