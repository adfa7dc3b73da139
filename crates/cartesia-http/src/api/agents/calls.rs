//! `/agents/calls`.

use cartesia_types::agent::{AGENTS, AgentCall, CallId, CallListRequest};

use super::{DownloadCall, path_around_id};
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Prepared, path_with_id};

/// Calls that agents held; from [`Agents::calls`](super::Agents::calls).
#[derive(Debug, Clone)]
pub struct AgentCalls {
    client: Client,
}

impl AgentCalls {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The calls of one agent, newest first. Transcripts are left out unless they are asked for.
    /// `GET /agents/calls`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: CallListRequest) -> ListCall<AgentCall> {
        let query = request.query();
        super::list(&self.client, "agents.calls.list", "/agents/calls", query)
    }

    /// One call, with its transcript. `GET /agents/calls/{call_id}`.
    pub fn get(&self, id: impl Into<CallId>) -> Call<AgentCall> {
        let path = path_with_id("/agents/calls/", id.into().as_str());
        super::call(&self.client, Ok(Prepared::get("agents.calls.get", path)))
    }

    /// The recording of a call, a WAV file. `GET /agents/calls/{call_id}/audio`.
    ///
    /// The vendor's definition promises nothing but 204, so a call without a recording may be
    /// answered with that: the body is then empty, and the status in
    /// [`info`](crate::Download::info) says so.
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
        DownloadCall::new(self.client.clone(), request, |media| {
            !media.starts_with("text/") && media != "application/json"
        })
    }
}
