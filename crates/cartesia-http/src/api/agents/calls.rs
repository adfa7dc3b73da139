//! `/agents/calls`.

use cartesia_types::Requirement;
use cartesia_types::agent::{
    AGENT_OPERATIONS, AGENTS, AgentCall, CallId, CallLogs, ListCallsRequest, OutboundCalls,
    PlaceCallsRequest,
};
use http::Method;

use super::{AgentCallBatches, path_around_id};
use crate::api::media::DownloadCall;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Prepared, path_with_id};
use cartesia_core::{Effect, RetryPolicy};

/// Calls of agents; from [`Agents::calls`](super::Agents::calls).
#[derive(Debug, Clone)]
pub struct AgentCalls {
    client: Client,
}

impl AgentCalls {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns the group for batches: many outbound calls in one request.
    pub fn batches(&self) -> AgentCallBatches {
        AgentCallBatches::new(self.client.clone())
    }

    /// Lists the calls of one agent, newest first. Transcripts are left out unless the request includes
    /// them. `GET /agents/calls`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: ListCallsRequest) -> ListCall<AgentCall> {
        let query = request.query();
        super::list(&self.client, "agents.calls.list", "/agents/calls", query)
    }

    /// Returns one call, with its transcript. `GET /agents/calls/{call_id}`.
    pub fn get(&self, id: impl Into<CallId>) -> Call<AgentCall> {
        let path = path_with_id("/agents/calls/", id.into().as_str());
        super::call(&self.client, Ok(Prepared::get("agents.calls.get", path)))
    }

    /// Downloads the recording of a call, a WAV file. `GET /agents/calls/{call_id}/audio`.
    ///
    /// The service may answer 204 for a call without a recording. The body is then empty, and
    /// [`info`](crate::Download::info) has the status. Any other answer without audio is `Incomplete`.
    ///
    /// ```no_run
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let audio = client.agents().calls().audio("ac_1").await?;
    /// if audio.info().status() != 204 {
    ///     audio.save("call.wav").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn audio(&self, id: impl Into<CallId>) -> DownloadCall {
        let path = path_around_id("/agents/calls/", id.into().as_str(), "/audio");
        let request = Prepared::get("agents.calls.audio", path)
            .with_accept("*/*")
            .with_requirements(vec![AGENTS]);
        DownloadCall::audio(self.client.clone(), request)
    }

    /// Places outbound calls immediately. Since 2026-03-01. `POST /agents/calls`.
    ///
    /// The request succeeds even if some calls failed: see [`OutboundCalls::failed`]. It is never retried,
    /// whatever the client's policy is: after an error the telephones may be ringing, and a retry would
    /// let them ring again. [`retry`](Call::retry) overrides that.
    ///
    /// ```no_run
    /// use cartesia_types::agent::PlaceCallsRequest;
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let request = PlaceCallsRequest::new("agent_1", "ap_1").with_call("+15550100");
    /// let placed = client.agents().calls().start(request).await?;
    /// for call in placed.failed() {
    ///     println!("{} was not called: {:?}", call.number, call.error);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn start(&self, request: PlaceCallsRequest) -> Call<OutboundCalls> {
        const NEEDS: Requirement = Requirement::new("`POST /agents/calls`", AGENT_OPERATIONS);
        let path = "/agents/calls";
        let request = Prepared::json("agents.calls.start", Method::POST, path, &request);
        let request = request.map(|request| request.with_requirements(vec![NEEDS]));
        Call::new(self.client.clone(), request).retry(RetryPolicy::never())
    }

    /// Ends an active call. Since 2026-03-01. `POST /agents/calls/{call_id}/cancel`; the path is
    /// inferred from the vendor's pages.
    pub fn cancel(&self, id: impl Into<CallId>) -> Call<()> {
        const NEEDS: Requirement =
            Requirement::new("`POST /agents/calls/{call_id}/cancel`", AGENT_OPERATIONS);
        let path = path_around_id("/agents/calls/", id.into().as_str(), "/cancel");
        let request = Prepared::empty("agents.calls.cancel", Method::POST, path)
            .with_effect(Effect::Idempotent)
            .with_requirements(vec![NEEDS]);
        Call::without_answer(self.client.clone(), Ok(request))
    }

    /// Deletes transcript, audio and logs of a call for good; the call itself stays. Since
    /// 2026-03-01. `DELETE /agents/calls/{call_id}`.
    pub fn redact(&self, id: impl Into<CallId>) -> Call<AgentCall> {
        const NEEDS: Requirement =
            Requirement::new("`DELETE /agents/calls/{call_id}`", AGENT_OPERATIONS);
        let path = path_with_id("/agents/calls/", id.into().as_str());
        let request = Prepared::delete("agents.calls.redact", path).with_requirements(vec![NEEDS]);
        Call::new(self.client.clone(), Ok(request))
    }

    /// Returns the logs of the agent's code for a call. Since 2026-03-01. `GET /agents/calls/{call_id}/logs`.
    pub fn logs(&self, id: impl Into<CallId>) -> Call<CallLogs> {
        const NEEDS: Requirement =
            Requirement::new("`/agents/calls/{call_id}/logs`", AGENT_OPERATIONS);
        let path = path_around_id("/agents/calls/", id.into().as_str(), "/logs");
        let request = Prepared::get("agents.calls.logs", path).with_requirements(vec![NEEDS]);
        Call::new(self.client.clone(), Ok(request))
    }
}
