//! `/fine-tunes`.

use cartesia_types::fine_tune::{CreateFineTuneRequest, FINE_TUNES, FineTune, FineTuneId};
use cartesia_types::{ListRequest, Voice};
use http::Method;

use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Path, Prepared, path_with_id};

// The collection has the slash, as the vendor's definition writes it.
const ALL: &str = "/fine-tunes/";

/// Fine-tunes, since API version 2025-04-16; from [`Client::fine_tunes`].
#[derive(Debug, Clone)]
pub struct FineTunes {
    client: Client,
}

impl FineTunes {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists fine-tunes: one page, or all of them page by page. `GET /fine-tunes/`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: ListRequest) -> ListCall<FineTune> {
        ListCall::new(self.client.clone(), "fine_tunes.list", ALL, request.query())
            .with_requirements(vec![FINE_TUNES])
    }

    /// Starts a fine-tune. `POST /fine-tunes/`. Training takes long and is billed; [`get`](Self::get) returns
    /// its status.
    ///
    /// ```no_run
    /// use cartesia_types::fine_tune::CreateFineTuneRequest;
    /// use cartesia_types::{Language, ModelId};
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let model = ModelId::SONIC_3_2026_01_12;
    /// let request = CreateFineTuneRequest::new("Narrator", "dataset_1", Language::EN, model);
    /// let fine_tune = client.fine_tunes().create(request).await?;
    /// println!("{}: {:?}", fine_tune.id, fine_tune.status);
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn create(&self, request: CreateFineTuneRequest) -> Call<FineTune> {
        let needs = request.requirements();
        let prepared = Prepared::json("fine_tunes.create", Method::POST, ALL, &request);
        Call::new(
            self.client.clone(),
            prepared.map(|prepared| prepared.with_requirements(needs)),
        )
    }

    /// Returns one fine-tune. `GET /fine-tunes/{id}`.
    pub fn get(&self, id: impl Into<FineTuneId>) -> Call<FineTune> {
        let prepared = Prepared::get("fine_tunes.get", path(&id.into()));
        Call::new(
            self.client.clone(),
            Ok(prepared.with_requirements(vec![FINE_TUNES])),
        )
    }

    /// Deletes a fine-tune. `DELETE /fine-tunes/{id}`.
    pub fn delete(&self, id: impl Into<FineTuneId>) -> Call<()> {
        let prepared = Prepared::delete("fine_tunes.delete", path(&id.into()));
        Call::without_answer(
            self.client.clone(),
            Ok(prepared.with_requirements(vec![FINE_TUNES])),
        )
    }

    /// Lists the voices of a fine-tune: one page, or all of them page by page.
    /// `GET /fine-tunes/{id}/voices`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn voices(&self, id: impl Into<FineTuneId>, request: ListRequest) -> ListCall<Voice> {
        let path = path(&id.into()) + "/voices";
        let client = self.client.clone();
        ListCall::new(client, "fine_tunes.voices", path, request.query())
            .with_requirements(vec![FINE_TUNES])
    }
}

fn path(id: &FineTuneId) -> Path {
    path_with_id(ALL, id.as_str())
}
