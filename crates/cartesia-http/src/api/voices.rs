//! `/voices`.

use cartesia_types::voice::VoiceListRequest;
use cartesia_types::{Voice, VoiceId};

use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Prepared, path_with_id};

/// The voices of the service; from [`Client::voices`].
#[derive(Debug, Clone)]
pub struct Voices {
    client: Client,
}

impl Voices {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Voices: one page, or all of them page by page. `GET /voices`.
    ///
    /// At API version 2024-06-10 there are no pages and no filters: the answer holds all voices.
    ///
    /// ```no_run
    /// use cartesia_types::Language;
    /// use cartesia_types::voice::VoiceListRequest;
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let french = VoiceListRequest::new().with_language(Language::FR).with_limit(100);
    /// for voice in client.voices().list(french).await?.data {
    ///     println!("{} {}", voice.id, voice.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: VoiceListRequest) -> ListCall<Voice> {
        let requirements = request.requirements();
        ListCall::new(
            self.client.clone(),
            "voices.list",
            "/voices",
            request.query(),
        )
        .with_requirements(requirements)
    }

    /// One voice. `GET /voices/{id}`.
    pub fn get(&self, id: impl Into<VoiceId>) -> Call<Voice> {
        let path = path_with_id("/voices/", id.into().as_str());
        Call::new(self.client.clone(), Ok(Prepared::get("voices.get", path)))
    }
}
