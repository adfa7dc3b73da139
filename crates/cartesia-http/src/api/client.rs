//! The groups of endpoints, as methods of the client.

use cartesia_core::AdminKey;
use cartesia_types::ApiInfo;
use http::Method;

use super::{
    Accents, AccessTokens, Admin, Agents, Datasets, Files, FineTunes, Infill, Locales, Models,
    PronunciationDicts, Stt, Tts, VoiceChanger, Voices,
};
use crate::call::Call;
use crate::client::Client;
use crate::raw::RawCall;
use crate::request::Prepared;

impl Client {
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

    /// The models that the service offers.
    pub fn models(&self) -> Models {
        Models::new(self.clone())
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
    /// client's credential. To have them alone, see [`ClientBuilder::build_admin`](crate::ClientBuilder::build_admin).
    pub fn admin(&self, key: AdminKey) -> Admin {
        Admin::new(self.with_admin_key(key))
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
}
