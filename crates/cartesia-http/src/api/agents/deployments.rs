//! `/agents/{agent_id}/deployments` and `/agents/deployments`.

use cartesia_types::agent::{AgentId, Deployment, DeploymentId};

use super::path_around_id;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Prepared, path_with_id};

/// Deployments of agents' code; from [`Agents::deployments`](super::Agents::deployments).
#[derive(Debug, Clone)]
pub struct AgentDeployments {
    client: Client,
}

impl AgentDeployments {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists all deployments of an agent; the list has no pages. `GET /agents/{agent_id}/deployments`.
    pub fn list(&self, agent: impl Into<AgentId>) -> ListCall<Deployment> {
        let path = path_around_id("/agents/", agent.into().as_str(), "/deployments");
        super::list(&self.client, "agents.deployments.list", path, Vec::new())
    }

    /// Returns one deployment. `GET /agents/deployments/{deployment_id}`.
    pub fn get(&self, id: impl Into<DeploymentId>) -> Call<Deployment> {
        let path = path_with_id("/agents/deployments/", id.into().as_str());
        let request = Prepared::get("agents.deployments.get", path);
        super::call(&self.client, Ok(request))
    }
}
