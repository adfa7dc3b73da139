//! `/models`.

use cartesia_types::{ListModelsRequest, ModelInfo};

use crate::client::Client;
use crate::list::ListCall;

/// The models that the service offers; from [`Client::models`].
#[derive(Debug, Clone)]
pub struct Models {
    client: Client,
}

impl Models {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists models. `GET /models`, which the vendor's own tools use but do not document.
    ///
    /// ```no_run
    /// use cartesia_types::{ModelCapability, ListModelsRequest};
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let speech = ListModelsRequest::new().with_capability(ModelCapability::TTS);
    /// for model in client.models().list(speech).await?.data {
    ///     println!("{}", model.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: ListModelsRequest) -> ListCall<ModelInfo> {
        ListCall::new(
            self.client.clone(),
            "models.list",
            "/models",
            request.query(),
        )
    }
}
