//! `/agents/webhooks`.

use cartesia_types::Requirement;
use cartesia_types::agent::{
    AGENT_OPERATIONS, CreateWebhookRequest, UpdateWebhookRequest, Webhook, WebhookId,
};

use super::since::Since;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Path, path_with_id};

/// Webhooks: addresses that the service notifies of calls; since API version 2026-03-01; from
/// [`Agents::webhooks`](super::Agents::webhooks).
///
/// ```no_run
/// use cartesia_types::agent::{CreateWebhookRequest, UpdateAgentRequest};
///
/// # async fn run(client: cartesia_http::Client, secret: String) -> Result<(), cartesia_http::Error> {
/// let request = CreateWebhookRequest::new("https://example.com/calls", secret);
/// let webhook = client.agents().webhooks().create(request).await?;
/// let change = UpdateAgentRequest::new().with_webhook_id(&webhook.id);
/// client.agents().update("agent_1", change).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AgentWebhooks {
    group: Since,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a call takes its request, here as elsewhere"
)]
impl AgentWebhooks {
    pub(super) fn new(client: Client) -> Self {
        const NEEDS: Requirement = Requirement::new("`/agents/webhooks`", AGENT_OPERATIONS);
        Self {
            group: Since::new(client, NEEDS),
        }
    }

    /// Lists all webhooks, without their secrets. `GET /agents/webhooks`.
    pub fn list(&self) -> ListCall<Webhook> {
        let operation = "agents.webhooks.list";
        self.group.list(operation, "/agents/webhooks", Vec::new())
    }

    /// Creates a webhook; only this answer has the secret. No agent uses it until its `webhook_id` is
    /// set. `POST /agents/webhooks`.
    pub fn create(&self, request: CreateWebhookRequest) -> Call<Webhook> {
        let operation = "agents.webhooks.create";
        self.group.post(operation, "/agents/webhooks", &request)
    }

    /// Returns one webhook, without its secret. `GET /agents/webhooks/{id}`.
    pub fn get(&self, id: impl Into<WebhookId>) -> Call<Webhook> {
        self.group.get("agents.webhooks.get", path(&id.into()))
    }

    /// Updates a webhook: fields that are not set stay unchanged. `PATCH /agents/webhooks/{id}`.
    pub fn update(&self, id: impl Into<WebhookId>, request: UpdateWebhookRequest) -> Call<Webhook> {
        let operation = "agents.webhooks.update";
        self.group.patch(operation, path(&id.into()), &request)
    }

    /// Deletes a webhook. `DELETE /agents/webhooks/{id}`.
    pub fn delete(&self, id: impl Into<WebhookId>) -> Call<()> {
        self.group
            .delete("agents.webhooks.delete", path(&id.into()))
    }
}

fn path(id: &WebhookId) -> Path {
    path_with_id("/agents/webhooks/", id.as_str())
}
