//! The blocking client, and how it is set up.

#[cfg(feature = "ws")]
use std::time::Duration;

use cartesia_core::limiter::Priority;
#[cfg(feature = "http")]
use cartesia_core::network::Route;
use cartesia_core::settings_setters;
#[cfg(feature = "http")]
use cartesia_core::{AdminKey, ApiVersion, BaseUrl};
#[cfg(feature = "http")]
use cartesia_http::Method;
#[cfg(feature = "http")]
use cartesia_types::ApiInfo;
#[cfg(feature = "ws")]
use cartesia_types::agent::CallSpec;
#[cfg(feature = "ws")]
use cartesia_ws::{ContextPolicy, SttPolicy};

#[cfg(feature = "ws")]
use super::LiveCall;
use super::runtime::Runtime;
#[cfg(feature = "http")]
use super::{
    Accents, AccessTokens, Admin, Agents, Call, Datasets, Files, FineTunes, Infill, Locales,
    Models, PronunciationDicts, RawCall, VoiceChanger, Voices,
};
use super::{Stt, Tts};
use crate::Result;

/// A client of the Cartesia API whose calls block the thread that makes them.
///
/// Cloning is cheap: clones share connections, configuration and the thread that drives them. It can be
/// created and dropped anywhere, also in async code, and used by many threads at once. The thread ends with
/// the last client, call or stream.
#[derive(Debug, Clone)]
pub struct Client {
    inner: crate::Client,
    runtime: Runtime,
}

impl Client {
    /// Creates a client from the environment: `CARTESIA_API_KEY`, and if set `CARTESIA_BASE_URL`,
    /// `CARTESIA_FILES_BASE_URL` and `CARTESIA_VERSION`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when the key is missing or a variable is invalid;
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) when its thread cannot be started.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// Returns a builder for a client.
    ///
    /// ```
    /// let client = cartesia::blocking::Client::builder()
    ///     .api_key("sk_car_example")
    ///     .api_version(cartesia::ApiVersion::V2025_11_04)
    ///     .build()?;
    /// # let _ = client;
    /// # Ok::<(), cartesia::Error>(())
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            inner: crate::Client::builder(),
        }
    }

    /// Returns the calls for text to speech.
    pub fn tts(&self) -> Tts {
        Tts::new(self.inner.tts(), self.runtime.clone())
    }

    /// Returns the calls for speech to text: of whole files, and live.
    pub fn stt(&self) -> Stt {
        Stt::new(self.inner.stt(), self.runtime.clone())
    }

    /// Returns the same client with another priority: its calls, contexts and transcriptions wait so for
    /// permits of the [limiter](ClientBuilder::limiter). It shares the HTTP connections.
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self {
            inner: self.inner.with_priority(priority),
            runtime: self.runtime.clone(),
        }
    }

    /// Waits for async code, which gets the async client over the same connections. This is for things that
    /// only async code can do, such as many calls at once on one thread.
    ///
    /// Use that client only inside `work`: otherwise two runtimes would drive its connections.
    ///
    /// ```no_run
    /// # fn run(client: cartesia::blocking::Client) -> cartesia::Result<()> {
    /// let (status, voice) = client.block_on(|client| async move {
    ///     let status = client.status().await?;
    ///     Ok((status, client.voices().get("a0e99841-438c-4a64-b679-ae501e7d6091").await?))
    /// })?;
    /// # let _ = (status, voice);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the async code, and [`ErrorKind::Config`](crate::ErrorKind::Config) in async code.
    pub fn block_on<T, F>(&self, work: impl FnOnce(crate::Client) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let client = self.inner.clone();
        // Inside, so that also the part that is not async has a runtime.
        let work = async move { work(client).await };
        self.runtime.wait("blocking.block_on", work)
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
    /// use cartesia::agent::{CallEvent, CallFormat, LineCallSpec};
    /// use cartesia::blocking::Client;
    ///
    /// # fn run(question: cartesia::AudioClip) -> cartesia::Result<()> {
    /// let spec = LineCallSpec::new("agent_…", CallFormat::PCM_16000);
    /// let (mut input, output) = Client::from_env()?.call_agent(spec)?.split();
    /// std::thread::spawn(move || input.send_audio(question));
    /// for event in output {
    ///     if let CallEvent::Audio(audio) = event? {
    ///         println!("{} bytes to play", audio.data.len());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`cartesia::Client::call_agent`](crate::Client::call_agent), and `Config` in async code.
    pub fn call_agent(&self, spec: impl Into<CallSpec>) -> Result<LiveCall> {
        let call = self
            .runtime
            .wait("agents.connect", self.inner.call_agent(spec))?;
        Ok(LiveCall::new(call, self.runtime.clone()))
    }
}

#[cfg(all(feature = "playback", feature = "ws"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "playback", feature = "ws"))))]
impl Client {
    /// Opens speech on a player, over its own connection: it can be interrupted at any time (barge-in), and
    /// reports which words were heard. `spec` has model, voice and format; timestamps are turned on.
    ///
    /// ```no_run
    /// # fn run(client: cartesia::blocking::Client, spec: cartesia::ContextSpec) -> cartesia::Result<()> {
    /// let speech = client.speech(&cartesia::Player::open_default()?, spec).open()?;
    /// speech.say("Good evening.")?;
    /// println!("{} was heard", speech.finished()?.text);
    /// # Ok(())
    /// # }
    /// ```
    pub fn speech(
        &self,
        player: &cartesia_audio::Player,
        spec: crate::ContextSpec,
    ) -> super::SpeechCall {
        super::SpeechCall::new(self.inner.speech(player, spec), self.runtime.clone())
    }
}

/// Groups of calls by their names.
#[cfg(feature = "http")]
macro_rules! groups_of_client {
    ($($(#[$doc:meta])* fn $name:ident() -> $group:ident;)*) => {
        #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
        impl Client {$(
            $(#[$doc])*
            pub fn $name(&self) -> $group {
                $group::new(self.inner.$name(), self.runtime.clone())
            }
        )*}
    };
}

#[cfg(feature = "http")]
groups_of_client! {
    /// Returns the calls for voices.
    fn voices() -> Voices;

    /// Returns the calls for accents.
    fn accents() -> Accents;

    /// Returns the calls for locales.
    fn locales() -> Locales;

    /// Returns the calls for models.
    fn models() -> Models;

    /// Returns the calls for access tokens: short-lived credentials.
    fn access_tokens() -> AccessTokens;

    /// Returns the calls for the voice changer: speech in another voice.
    fn voice_changer() -> VoiceChanger;

    /// Returns the calls for infill: speech that joins two clips.
    fn infill() -> Infill;

    /// Returns the calls for stored files.
    fn files() -> Files;

    /// Returns the calls for pronunciation dictionaries.
    fn pronunciation_dicts() -> PronunciationDicts;

    /// Returns the calls for datasets and their files.
    fn datasets() -> Datasets;

    /// Returns the calls for fine-tunes.
    fn fine_tunes() -> FineTunes;

    /// Returns the calls for voice agents, their calls, metrics and deployments.
    fn agents() -> Agents;
}

#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Client {
    /// Returns the calls for the account itself, over the same connections but with an admin key instead of
    /// this client's credential. For a client with only these, see [`ClientBuilder::build_admin`].
    pub fn admin(&self, key: AdminKey) -> Admin {
        Admin::new(self.inner.admin(key), self.runtime.clone())
    }

    /// Requests the status of the service, and the API version that answers. `GET /`.
    pub fn status(&self) -> Call<ApiInfo> {
        Call::new(self.inner.status(), self.runtime.clone())
    }

    /// Opens a connection for the next HTTP call ahead of time: name lookup, TCP, TLS. `GET /`, which generates
    /// nothing and is not billed. For WebSockets, see `Tts::connect` and `TtsPool::prewarm`.
    ///
    /// The next call, for example [`Tts::sse`], then takes one round trip instead of three. Each call that runs at
    /// the same time needs a connection of its own. A connection that is idle for 40 s is closed. A token provider
    /// is asked for its token, too.
    ///
    /// ```no_run
    /// # fn run(client: cartesia::blocking::Client) {
    /// // While the user still types. If this fails, the call itself reports why.
    /// std::thread::spawn(move || client.prewarm().ok());
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `Connect` and `Timeout` when the service was not reached, `Closed` when it did not answer, `Auth` when the
    /// token provider failed, `Config` in async code. Any answer is a success, also one that refuses the credential.
    /// It retries once, and only after `Closed`: an idle connection may be closed just then.
    #[doc(alias = "warm up")]
    #[doc(alias = "preconnect")]
    pub fn prewarm(&self) -> Result<()> {
        self.runtime.wait("prewarm", self.inner.prewarm())
    }

    /// Sends any request to a path of the service for which this SDK has no call, with the same
    /// authentication, retries and errors.
    pub fn request(&self, method: Method, path: &str) -> RawCall {
        RawCall::new(self.inner.request(method, path), self.runtime.clone())
    }

    /// Returns the route to the service: direct, or through which proxy, and why.
    pub fn route(&self) -> &Route {
        self.inner.route()
    }

    /// Returns the base URL of the service.
    pub fn base_url(&self) -> &BaseUrl {
        self.inner.base_url()
    }

    /// Returns the API version of calls that do not choose their own.
    pub fn api_version(&self) -> ApiVersion {
        self.inner.api_version()
    }
}

/// A builder of a [`Client`], like [`cartesia::ClientBuilder`](crate::ClientBuilder). Each setting applies to
/// HTTP and WebSockets, unless its docs name one.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    inner: crate::ClientBuilder,
}

macro_rules! settings {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident($($value:ident: $type:ty),*);
    )*) => {
        impl ClientBuilder {$(
            $(#[$attribute])*
            pub fn $name(mut self, $($value: $type),*) -> Self {
                self.inner = self.inner.$name($($value),*);
                self
            }
        )*}
    };
}

settings! {
    /// Limits the size of one server-sent event, in bytes; 16 MiB by default. This bounds the memory that a
    /// server can make a stream use.
    #[cfg(feature = "http")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    fn max_event_bytes(limit: usize);

    /// Limits the size of one message on a WebSocket, in bytes; 16 MiB by default. This bounds the memory
    /// that a server can make a connection use.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    fn max_message_bytes(limit: usize);

    /// Sets whether WebSockets are opened with the access token in the URL instead of a header, for
    /// gateways that drop the header; off by default, because URLs are kept in logs. An API key is
    /// always sent in a header.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    fn token_in_query(in_query: bool);

    /// Sets the policy for WebSocket contexts that are lost, rejected, expired, or not read fast enough.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    fn contexts(policy: ContextPolicy);

    /// Sets how long an agent waits for the answer to a tool call; 30 s by default. After that, it learns
    /// that the tool failed. `None` means no limit.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    fn tool_timeout(limit: impl Into<Option<Duration>>);

    /// Sets the policy for live transcriptions when the connection is lost.
    #[cfg(feature = "ws")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
    fn transcriptions(policy: SttPolicy);
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
        let inner = crate::ClientBuilder::from_env()?;
        Ok(Self { inner })
    }

    settings_setters!(inner.settings);

    /// Builds the client, and starts its thread. Sends nothing.
    ///
    /// # Errors
    ///
    /// As [`cartesia::ClientBuilder::build`](crate::ClientBuilder::build), and
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) when the thread cannot be started.
    pub fn build(self) -> Result<Client> {
        Ok(Client {
            inner: self.inner.build()?,
            runtime: Runtime::start()?,
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
        Ok(Admin::new(self.inner.build_admin(key)?, Runtime::start()?))
    }
}
