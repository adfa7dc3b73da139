//! The front door: one client for everything that the service offers.

use cartesia_http::{
    Accents, AccessTokens, Admin, Agents, BytesCall, Call, Datasets, Files, FineTunes, Infill,
    Locales, PronunciationDicts, RawCall, RetryPolicy, SseCall, Stt, Timeouts, VoiceChanger,
    Voices,
};
use cartesia_types::network::Network;
use cartesia_types::tts::{BytesRequest, SseRequest};
use cartesia_types::{AdminKey, ApiInfo, ApiVersion, BaseUrl, Credential};
use http::{HeaderName, HeaderValue, Method};

use crate::Result;

/// A client of the Cartesia API.
///
/// Cloning is cheap: clones share connections and configuration. Everything that it gives out is
/// owned, so calls and streams can move into tasks.
#[derive(Debug, Clone)]
pub struct Client {
    http: cartesia_http::Client,
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
            http: cartesia_http::Client::builder(),
        }
    }

    /// Text to speech.
    pub fn tts(&self) -> Tts {
        Tts {
            http: self.http.tts(),
        }
    }

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
    http: cartesia_http::Tts,
}

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

/// Sets up a [`Client`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    http: cartesia_http::ClientBuilder,
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
            http: cartesia_http::ClientBuilder::from_env()?,
        })
    }

    /// Sets the API key.
    pub fn api_key(self, key: impl Into<String>) -> Self {
        Self {
            http: self.http.api_key(key),
        }
    }

    /// Sets an access token instead of a key: short-lived, and allowed only what it was granted.
    pub fn access_token(self, token: impl Into<String>) -> Self {
        Self {
            http: self.http.access_token(token),
        }
    }

    /// Sets the credential, key or token.
    pub fn credential(self, credential: impl Into<Credential>) -> Self {
        Self {
            http: self.http.credential(credential),
        }
    }

    /// Sets where the service is; see [`BaseUrl`] for what is understood.
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self {
            http: self.http.base_url(url),
        }
    }

    /// Sets the API version of all calls that do not choose their own.
    pub fn api_version(self, version: ApiVersion) -> Self {
        Self {
            http: self.http.api_version(version),
        }
    }

    /// Allows unencrypted HTTP to hosts other than this machine. The key and everything that is said
    /// can then be read on the way.
    pub fn allow_plain_http(self, allow: bool) -> Self {
        Self {
            http: self.http.allow_plain_http(allow),
        }
    }

    /// Sets the time limits.
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        Self {
            http: self.http.timeouts(timeouts),
        }
    }

    /// Sets when a request is sent again.
    pub fn retry(self, policy: RetryPolicy) -> Self {
        Self {
            http: self.http.retry(policy),
        }
    }

    /// Adds a header to every request.
    pub fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self {
            http: self.http.header(name, value),
        }
    }

    /// Sets how large one server-sent event may be, in bytes; 16 MiB by default.
    pub fn max_event_bytes(self, limit: usize) -> Self {
        Self {
            http: self.http.max_event_bytes(limit),
        }
    }

    /// Sets proxies and certificate authorities.
    pub fn network(self, network: Network) -> Self {
        Self {
            http: self.http.network(network),
        }
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when there is no credential or an unusable one,
    /// when the base URL is not usable or would send the credential unencrypted to another machine,
    /// or when TLS cannot be set up.
    pub fn build(self) -> Result<Client> {
        Ok(Client {
            http: self.http.build()?,
        })
    }

    /// Makes the handle for the account's own calls, with an admin key; a key or token that was set
    /// before is not used. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn build_admin(self, key: AdminKey) -> Result<Admin> {
        Ok(self.http.build_admin(key)?)
    }
}
