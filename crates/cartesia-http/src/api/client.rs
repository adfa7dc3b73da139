//! The groups of endpoints, as methods of the client.

use cartesia_core::{AdminKey, RetryPolicy};
use cartesia_types::{ApiInfo, ErrorKind};
use http::Method;

use super::{
    Accents, AccessTokens, Admin, Agents, Datasets, Files, FineTunes, Infill, Locales, Models,
    PronunciationDicts, Stt, Tts, VoiceChanger, Voices,
};
use crate::call::Call;
use crate::client::Client;
use crate::options::CallOptions;
use crate::raw::RawCall;
use crate::request::Prepared;
use crate::{Result, send};

impl Client {
    /// Returns the calls for text to speech.
    pub fn tts(&self) -> Tts {
        Tts::new(self.clone())
    }

    /// Returns the calls for voices.
    pub fn voices(&self) -> Voices {
        Voices::new(self.clone())
    }

    /// Returns the calls for accents.
    pub fn accents(&self) -> Accents {
        Accents::new(self.clone())
    }

    /// Returns the calls for locales.
    pub fn locales(&self) -> Locales {
        Locales::new(self.clone())
    }

    /// Returns the calls for models.
    pub fn models(&self) -> Models {
        Models::new(self.clone())
    }

    /// Returns the calls for access tokens.
    pub fn access_tokens(&self) -> AccessTokens {
        AccessTokens::new(self.clone())
    }

    /// Returns the calls for speech to text (transcription) of whole files.
    pub fn stt(&self) -> Stt {
        Stt::new(self.clone())
    }

    /// Returns the calls for the voice changer.
    pub fn voice_changer(&self) -> VoiceChanger {
        VoiceChanger::new(self.clone())
    }

    /// Returns the calls for infill: speech that joins two clips.
    pub fn infill(&self) -> Infill {
        Infill::new(self.clone())
    }

    /// Returns the calls for stored files.
    pub fn files(&self) -> Files {
        Files::new(self.clone())
    }

    /// Returns the calls for pronunciation dictionaries.
    pub fn pronunciation_dicts(&self) -> PronunciationDicts {
        PronunciationDicts::new(self.clone())
    }

    /// Returns the calls for datasets and their files.
    pub fn datasets(&self) -> Datasets {
        Datasets::new(self.clone())
    }

    /// Returns the calls for fine-tunes.
    pub fn fine_tunes(&self) -> FineTunes {
        FineTunes::new(self.clone())
    }

    /// Returns the calls for the account itself, over the same connections but with an admin key instead of
    /// this client's credential. For a client with only these, see
    /// [`ClientBuilder::build_admin`](crate::ClientBuilder::build_admin).
    pub fn admin(&self, key: AdminKey) -> Admin {
        Admin::new(self.with_admin_key(key))
    }

    /// Returns the calls for voice agents.
    pub fn agents(&self) -> Agents {
        Agents::new(self.clone())
    }

    /// Requests the status of the service, and the API version that answers. `GET /`.
    pub fn status(&self) -> Call<ApiInfo> {
        Call::new(self.clone(), Ok(Prepared::get("status", "/")))
    }

    /// Opens a connection for the next call ahead of time: name lookup, TCP, TLS. `GET /`, which generates
    /// nothing and is not billed.
    ///
    /// The next call, for example `tts().sse(…)`, then takes one round trip instead of three. Each call that runs
    /// at the same time needs a connection of its own: await this as often at the same time to open as many. A
    /// connection that is idle for 40 s is closed. A token provider is asked for its token, too.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), cartesia_http::Error> {
    /// let client = cartesia_http::Client::from_env()?;
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
        match self.visit().await {
            // The server has closed a connection that was kept from an earlier call: another one is opened.
            Err(error) if error.kind() == ErrorKind::Closed => {
                let visited = self.visit().await;
                visited.map_err(|again| {
                    let attempts = error.attempts() + again.attempts();
                    again.with_attempts(attempts)
                })
            }
            visited => visited,
        }
    }

    /// Asks for something that costs nothing, on a connection that is free or a new one.
    async fn visit(&self) -> Result<()> {
        let request = Prepared::get("prewarm", "/");
        let options = CallOptions {
            retry: Some(RetryPolicy::never()),
            ..CallOptions::default()
        };
        // Boxed like every call: its future is large.
        match Box::pin(send::unary(self, &request, &options, |_| Ok(()))).await {
            Err(error) if error.status().is_none() => Err(error),
            // The answer was read to its end, so its connection is free for the next call.
            _ => Ok(()),
        }
    }

    /// Sends any request to a path of the service for which this crate has no call, with the same
    /// authentication, retries and errors.
    pub fn request(&self, method: Method, path: &str) -> RawCall {
        RawCall::new(self.clone(), method, path)
    }
}
