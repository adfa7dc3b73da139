//! The front door: one client for everything that the service offers.

use cartesia_http::Agents;
use cartesia_http::{BytesCall, Call, RetryPolicy, SseCall, Timeouts, Voices};
use cartesia_types::tts::{BytesRequest, SseRequest};
use cartesia_types::{ApiInfo, ApiVersion, BaseUrl, Credential};
use http::{HeaderName, HeaderValue};

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

    /// Voice agents, their calls, metrics and deployments.
    pub fn agents(&self) -> Agents {
        self.http.agents()
    }

    /// Asks the service whether it is well, and for the API version that answers. `GET /`.
    pub fn status(&self) -> Call<ApiInfo> {
        self.http.status()
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
}
