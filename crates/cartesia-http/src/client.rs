//! The client: a cheap handle on one connection pool and one configuration.

use std::fmt;
use std::sync::Arc;

use cartesia_types::{AdminKey, ApiInfo, ApiVersion, BaseUrl};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method};

use crate::Result;
use crate::api::{
    Accents, AccessTokens, Admin, Agents, Datasets, Files, FineTunes, Infill, Locales,
    PronunciationDicts, Stt, Tts, VoiceChanger, Voices,
};
use crate::call::Call;
use crate::config::{ClientBuilder, Timeouts};
use crate::raw::RawCall;
use crate::request::{Authority, Prepared};
use crate::retry::RetryPolicy;

/// A client of the Cartesia API over HTTP.
///
/// Cloning is cheap: clones share connections and configuration. Everything that it gives out is
/// owned, so calls and streams can move into tasks.
///
/// ```no_run
/// # async fn run() -> Result<(), cartesia_http::Error> {
/// let client = cartesia_http::Client::from_env()?;
/// let voice = client.voices().get("a0e99841-438c-4a64-b679-ae501e7d6091").await?;
/// println!("{}: {}", voice.name, voice.description);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: BaseUrl,
    pub(crate) credential: Authority,
    pub(crate) api_version: ApiVersion,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) headers: HeaderMap,
    pub(crate) max_event_bytes: usize,
}

impl Client {
    /// A client from the environment: `CARTESIA_API_KEY`, and if set `CARTESIA_BASE_URL` and
    /// `CARTESIA_VERSION`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](cartesia_types::ErrorKind::Config) when the key is missing or a variable
    /// is not usable.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// Sets a client up step by step.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Text to speech.
    pub fn tts(&self) -> Tts {
        Tts::new(self.clone())
    }

    /// Voices.
    pub fn voices(&self) -> Voices {
        Voices::new(self.clone())
    }

    /// The accents that voices may have.
    pub fn accents(&self) -> Accents {
        Accents::new(self.clone())
    }

    /// The locales that voices may speak.
    pub fn locales(&self) -> Locales {
        Locales::new(self.clone())
    }

    /// Short-lived credentials.
    pub fn access_tokens(&self) -> AccessTokens {
        AccessTokens::new(self.clone())
    }

    /// Speech to text, of whole files.
    pub fn stt(&self) -> Stt {
        Stt::new(self.clone())
    }

    /// Speech in another voice.
    pub fn voice_changer(&self) -> VoiceChanger {
        VoiceChanger::new(self.clone())
    }

    /// Speech that joins two clips.
    pub fn infill(&self) -> Infill {
        Infill::new(self.clone())
    }

    /// The files that the service keeps for you.
    pub fn files(&self) -> Files {
        Files::new(self.clone())
    }

    /// Pronunciation dictionaries.
    pub fn pronunciation_dicts(&self) -> PronunciationDicts {
        PronunciationDicts::new(self.clone())
    }

    /// Datasets and their files.
    pub fn datasets(&self) -> Datasets {
        Datasets::new(self.clone())
    }

    /// Fine-tunes.
    pub fn fine_tunes(&self) -> FineTunes {
        FineTunes::new(self.clone())
    }

    /// The account's own calls, over the same connections but with an admin key instead of this
    /// client's credential. To have them alone, see [`ClientBuilder::build_admin`].
    pub fn admin(&self, key: AdminKey) -> Admin {
        let mut inner = self.inner().clone();
        inner.credential = Authority::Admin(key);
        // A header for every request may be a normal key in disguise.
        inner.headers.remove(AUTHORIZATION);
        inner.headers.remove("x-api-key");
        Admin::new(Self::from_inner(inner))
    }

    /// Voice agents.
    pub fn agents(&self) -> Agents {
        Agents::new(self.clone())
    }

    /// Asks the service whether it is well, and for the API version that answers. `GET /`.
    pub fn status(&self) -> Call<ApiInfo> {
        Call::new(self.clone(), Ok(Prepared::get("status", "/")))
    }

    /// Any request to a path of the service that this crate has no call for, with the same
    /// authentication, retries and errors.
    pub fn request(&self, method: Method, path: &str) -> RawCall {
        RawCall::new(self.clone(), method, path)
    }

    /// Where the service is.
    pub fn base_url(&self) -> &BaseUrl {
        &self.inner.base_url
    }

    /// The API version of calls that do not choose their own.
    pub fn api_version(&self) -> ApiVersion {
        self.inner.api_version
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.inner.base_url)
            .field("api_version", &self.inner.api_version)
            .field("credential", &self.inner.credential)
            .finish_non_exhaustive()
    }
}
