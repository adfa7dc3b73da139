//! `models`: the models that the service offers.

use cartesia::types::{ListModelsRequest, ModelCapability};

use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

/// Lists models.
pub(crate) async fn run(
    global: &Global,
    capability: Option<ModelCapability>,
) -> Result<(), Failure> {
    let client = connect::client(global)?;
    let mut request = ListModelsRequest::new();
    request.capability = capability;
    let page = with_timeout!(client.models().list(request), global).await?;
    show::page(global, &page, ["ID", "CAPABILITY", "NAME"], |model| {
        [
            model.id.clone(),
            show::text(model.capability.as_ref()),
            show::text(model.name.as_ref()),
        ]
    })
}
