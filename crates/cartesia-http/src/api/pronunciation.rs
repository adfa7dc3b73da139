//! `/pronunciation-dicts`.

use cartesia_core::Effect;
use cartesia_types::ListRequest;
use cartesia_types::pronunciation::{
    CreatePronunciationDictRequest, DICTIONARIES, PINNING, PronunciationDict,
    UpdatePronunciationDictRequest,
};
use cartesia_types::tts::PronunciationDictId;
use http::Method;

use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Path, Prepared, path_with_id};

// The collection has the slash, as the vendor's definition writes it.
const ALL: &str = "/pronunciation-dicts/";

/// Pronunciation dictionaries, since API version 2025-04-16; from [`Client::pronunciation_dicts`].
#[derive(Debug, Clone)]
pub struct PronunciationDicts {
    client: Client,
}

impl PronunciationDicts {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists dictionaries: one page, or all of them page by page. `GET /pronunciation-dicts/`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: ListRequest) -> ListCall<PronunciationDict> {
        let client = self.client.clone();
        ListCall::new(client, "pronunciation_dicts.list", ALL, request.query())
            .with_requirements(vec![DICTIONARIES])
    }

    /// Creates a dictionary. `POST /pronunciation-dicts/`.
    ///
    /// ```no_run
    /// use cartesia_types::pronunciation::{CreatePronunciationDictRequest, PronunciationItem};
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let request = CreatePronunciationDictRequest::new("Places")
    ///     .with_items([PronunciationItem::new("Worcester", "Wooster")]);
    /// let dict = client.pronunciation_dicts().create(request).await?;
    /// println!("{}", dict.id); // for `with_pronunciation_dict_id`
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn create(&self, request: CreatePronunciationDictRequest) -> Call<PronunciationDict> {
        let needs = request.requirements();
        let prepared = Prepared::json("pronunciation_dicts.create", Method::POST, ALL, &request);
        Call::new(
            self.client.clone(),
            prepared.map(|prepared| prepared.with_requirements(needs)),
        )
    }

    /// Returns one dictionary. `GET /pronunciation-dicts/{id}`.
    pub fn get(&self, id: impl Into<PronunciationDictId>) -> Call<PronunciationDict> {
        let prepared = Prepared::get("pronunciation_dicts.get", path(&id.into()));
        Call::new(
            self.client.clone(),
            Ok(prepared.with_requirements(vec![DICTIONARIES])),
        )
    }

    /// Updates name or items; the items replace all existing ones.
    /// `PATCH /pronunciation-dicts/{id}`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn update(
        &self,
        id: impl Into<PronunciationDictId>,
        request: UpdatePronunciationDictRequest,
    ) -> Call<PronunciationDict> {
        let needs = request.requirements();
        let path = path(&id.into());
        let prepared = Prepared::json("pronunciation_dicts.update", Method::PATCH, path, &request);
        Call::new(
            self.client.clone(),
            prepared.map(|prepared| prepared.with_requirements(needs)),
        )
    }

    /// Deletes a dictionary. `DELETE /pronunciation-dicts/{id}`.
    pub fn delete(&self, id: impl Into<PronunciationDictId>) -> Call<()> {
        let prepared = Prepared::delete("pronunciation_dicts.delete", path(&id.into()));
        Call::without_answer(
            self.client.clone(),
            Ok(prepared.with_requirements(vec![DICTIONARIES])),
        )
    }

    /// Pins a dictionary. `POST /pronunciation-dicts/{id}/pin`, at API version 2025-04-16 only.
    ///
    /// The answer is not documented, and ignored.
    pub fn pin(&self, id: impl Into<PronunciationDictId>) -> Call<()> {
        self.pinning("pronunciation_dicts.pin", &id.into(), "pin")
    }

    /// Unpins a dictionary. `POST /pronunciation-dicts/{id}/unpin`, at API version 2025-04-16 only.
    pub fn unpin(&self, id: impl Into<PronunciationDictId>) -> Call<()> {
        self.pinning("pronunciation_dicts.unpin", &id.into(), "unpin")
    }

    fn pinning(&self, operation: &'static str, id: &PronunciationDictId, verb: &str) -> Call<()> {
        let path = path(id) + "/" + verb;
        // Pinned twice is pinned.
        let prepared = Prepared::empty(operation, Method::POST, path)
            .with_effect(Effect::Idempotent)
            .with_requirements(vec![PINNING]);
        Call::without_answer(self.client.clone(), Ok(prepared))
    }
}

fn path(id: &PronunciationDictId) -> Path {
    path_with_id(ALL, id.as_str())
}
