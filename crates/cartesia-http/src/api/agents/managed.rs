//! `/v1/agents`.

use cartesia_types::ListRequest;
use cartesia_types::agent::{
    AgentId, AgentSession, CreateSessionRequest, MANAGED_AGENTS, ManagedAgent, ManagedAgentEntry,
    SaveManagedAgentRequest,
};

use super::path_around_id;
use super::since::Since;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Path, path_with_id};

const PATH: &str = "/v1/agents";

/// Managed agents, since API version 2026-08-14; from [`Agents::managed`](super::Agents::managed).
///
/// Only the paths are documented, neither requests nor answers. Requests are therefore objects that you fill,
/// and answers keep all fields as they arrive.
///
/// ```no_run
/// use cartesia_types::ListRequest;
/// use cartesia_types::agent::SaveManagedAgentRequest;
///
/// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
/// let managed = client.agents().managed();
/// let request = SaveManagedAgentRequest::new().with_name("Front desk");
/// let made = managed.create(request).await?;
/// let mut agents = managed.list(ListRequest::new()).items();
/// while let Some(agent) = agents.next_item().await? {
///     println!("{} {:?}", agent.id, agent.extra.get("model"));
/// }
/// managed.delete(made.id).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ManagedAgents {
    group: Since,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a call takes its request, here as elsewhere"
)]
impl ManagedAgents {
    pub(super) fn new(client: Client) -> Self {
        Self {
            group: Since::new(client, MANAGED_AGENTS),
        }
    }

    /// Lists managed agents: one page, or all of them page by page. Pagination of this list is not
    /// documented; fields that are not set are not sent. `GET /v1/agents`.
    pub fn list(&self, request: ListRequest) -> ListCall<ManagedAgent> {
        self.group
            .list("agents.managed.list", PATH, request.query())
    }

    /// Creates a managed agent; which fields are required is not documented. `POST /v1/agents`.
    pub fn create(&self, request: SaveManagedAgentRequest) -> Call<ManagedAgent> {
        self.group.post("agents.managed.create", PATH, &request)
    }

    /// Returns one managed agent. `GET /v1/agents/{agent_id}`.
    pub fn get(&self, id: impl Into<AgentId>) -> Call<ManagedAgent> {
        self.group.get("agents.managed.get", path(&id.into()))
    }

    /// Updates a managed agent: fields that are not set stay unchanged. `PATCH /v1/agents/{agent_id}`, as
    /// for all other agents; the method is not documented.
    pub fn update(
        &self,
        id: impl Into<AgentId>,
        request: SaveManagedAgentRequest,
    ) -> Call<ManagedAgent> {
        let operation = "agents.managed.update";
        self.group.patch(operation, path(&id.into()), &request)
    }

    /// Deletes a managed agent. `DELETE /v1/agents/{agent_id}`.
    pub fn delete(&self, id: impl Into<AgentId>) -> Call<()> {
        self.group.delete("agents.managed.delete", path(&id.into()))
    }

    /// Creates a session: a call with variables, other instructions or another voice, which a program without
    /// an API key may make. The token of the answer opens the socket, for
    /// [`ManagedCallSpec::with_session`](cartesia_types::agent::ManagedCallSpec::with_session) or a browser.
    /// This request needs an API key. `POST /v1/agents/websocket/{agent_id}/sessions`.
    pub fn create_session(
        &self,
        id: impl Into<AgentId>,
        request: CreateSessionRequest,
    ) -> Call<AgentSession> {
        let path = path_around_id("/v1/agents/websocket/", id.into().as_str(), "/sessions");
        self.group
            .post("agents.managed.create_session", path, &request)
    }

    /// Lists the models that managed agents may use. `GET /v1/agents/models`.
    pub fn models(&self) -> ListCall<ManagedAgentEntry> {
        let path = "/v1/agents/models";
        self.group.list("agents.managed.models", path, Vec::new())
    }

    /// Lists the tools that managed agents may use. `GET /v1/agents/tools`.
    pub fn tools(&self) -> ListCall<ManagedAgentEntry> {
        let path = "/v1/agents/tools";
        self.group.list("agents.managed.tools", path, Vec::new())
    }

    /// Lists the versions of a managed agent. The path is not documented: this one is a guess, and the
    /// answer may be `NotFound` although the agent exists.
    /// `GET /v1/agents/{agent_id}/versions`.
    pub fn versions(&self, id: impl Into<AgentId>) -> ListCall<ManagedAgentEntry> {
        let path = path_around_id("/v1/agents/", id.into().as_str(), "/versions");
        self.group.list("agents.managed.versions", path, Vec::new())
    }
}

fn path(id: &AgentId) -> Path {
    path_with_id("/v1/agents/", id.as_str())
}
