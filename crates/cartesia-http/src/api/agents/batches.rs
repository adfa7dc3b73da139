//! `/agents/calls/batches`.

use cartesia_types::agent::{AGENT_OPERATIONS, CallBatch, CallBatchId, CreateCallBatchRequest};
use cartesia_types::{ListRequest, Requirement};
use http::Method;

use super::path_around_id;
use super::since::Since;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Prepared, path_with_id};
use cartesia_core::{Effect, RetryPolicy};

const PATH: &str = "/agents/calls/batches";

/// Batches of outbound calls, since API version 2026-03-01; from
/// [`AgentCalls::batches`](super::AgentCalls::batches).
///
/// ```no_run
/// use cartesia_types::agent::{CreateCallBatchRequest, OutboundCall};
///
/// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
/// let request = CreateCallBatchRequest::new("Reminders", "agent_1", "ap_1")
///     .with_recipient(OutboundCall::new("+15550100").with_metadata("name", "Ada"))
///     .with_recipient("+15550101")
///     .with_scheduled_at("2026-09-02T09:00:00Z");
/// let batch = client.agents().calls().batches().create(request).await?;
/// println!("{}: {} calls", batch.id, batch.total_calls_scheduled);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AgentCallBatches {
    group: Since,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a call takes its request, here as elsewhere"
)]
impl AgentCallBatches {
    pub(super) fn new(client: Client) -> Self {
        const NEEDS: Requirement = Requirement::new("`/agents/calls/batches`", AGENT_OPERATIONS);
        Self {
            group: Since::new(client, NEEDS),
        }
    }

    /// Lists batches: one page, or all of them page by page. Pagination of this list is not documented;
    /// fields that are not set are not sent. `GET /agents/calls/batches`.
    pub fn list(&self, request: ListRequest) -> ListCall<CallBatch> {
        let operation = "agents.call_batches.list";
        self.group.list(operation, PATH, request.query())
    }

    /// Creates a batch, which begins at once or at the time in the request. `POST /agents/calls/batches`.
    ///
    /// It is never retried, whatever the client's policy is: a retry could call all recipients twice.
    /// [`retry`](Call::retry) overrides that.
    pub fn create(&self, request: CreateCallBatchRequest) -> Call<CallBatch> {
        let operation = "agents.call_batches.create";
        let call = self.group.post(operation, PATH, &request);
        call.retry(RetryPolicy::never())
    }

    /// Returns one batch, with the outcome for each recipient. `GET /agents/calls/batches/{id}`; the path is
    /// inferred from the vendor's pages, as are those below.
    pub fn get(&self, id: impl Into<CallBatchId>) -> Call<CallBatch> {
        let path = path_with_id("/agents/calls/batches/", id.into().as_str());
        self.group.get("agents.call_batches.get", path)
    }

    /// Cancels a batch: no further call begins. Cancelling it again has no effect.
    /// `POST /agents/calls/batches/{id}/cancel`.
    pub fn cancel(&self, id: impl Into<CallBatchId>) -> Call<()> {
        let mut request = action("agents.call_batches.cancel", &id.into(), "/cancel");
        request.effect = Effect::Idempotent;
        self.group.without_answer(request)
    }

    /// Calls the recipients again that were not reached. `POST /agents/calls/batches/{id}/retry`.
    ///
    /// As [`create`](Self::create), it is never retried.
    pub fn retry(&self, id: impl Into<CallBatchId>) -> Call<()> {
        let request = action("agents.call_batches.retry", &id.into(), "/retry");
        let call = self.group.without_answer(request);
        call.retry(RetryPolicy::never())
    }
}

fn action(operation: &'static str, id: &CallBatchId, what: &str) -> Prepared {
    let path = path_around_id("/agents/calls/batches/", id.as_str(), what);
    Prepared::empty(operation, Method::POST, path)
}
