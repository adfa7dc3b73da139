//! `/agents`.

mod batches;
mod calls;
mod deployments;
mod documents;
mod folders;
mod managed;
mod metrics;
mod phone_numbers;
mod since;
mod webhooks;

pub use batches::AgentCallBatches;
pub use calls::AgentCalls;
pub use deployments::AgentDeployments;
pub use documents::AgentDocuments;
pub use folders::AgentFolders;
pub use managed::ManagedAgents;
pub use metrics::AgentMetrics;
pub use phone_numbers::{AgentPhoneNumbers, AgentProviders};
pub use webhooks::AgentWebhooks;

use cartesia_types::agent::{AGENTS, Agent, AgentId, AgentTemplate, UpdateAgentRequest};
use http::Method;

use crate::Result;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Path, Prepared, path_with_id};

/// Voice agents, since API version 2025-04-16; from [`Client::agents`].
///
/// Managed agents (`/v1/agents`, since 2026-08-14) are another part of the service:
/// [`managed`](Self::managed).
///
/// ```no_run
/// use cartesia_types::agent::ListCallsRequest;
///
/// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
/// for agent in client.agents().list().await?.data {
///     let mut calls = client.agents().calls().list(ListCallsRequest::new(&agent.id)).items();
///     while let Some(call) = calls.next_item().await? {
///         println!("{}: {} {:?}", agent.name, call.id, call.status);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Agents {
    client: Client,
}

impl Agents {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns the calls of agents, with transcripts and audio.
    pub fn calls(&self) -> AgentCalls {
        AgentCalls::new(self.client.clone())
    }

    /// Returns the metrics and their results.
    pub fn metrics(&self) -> AgentMetrics {
        AgentMetrics::new(self.client.clone())
    }

    /// Returns the deployments of agents' code.
    pub fn deployments(&self) -> AgentDeployments {
        AgentDeployments::new(self.client.clone())
    }

    /// Returns the phone numbers that reach agents.
    pub fn phone_numbers(&self) -> AgentPhoneNumbers {
        AgentPhoneNumbers::new(self.client.clone())
    }

    /// Returns the webhooks: addresses that the service notifies of calls.
    pub fn webhooks(&self) -> AgentWebhooks {
        AgentWebhooks::new(self.client.clone())
    }

    /// Returns the folders of documents.
    pub fn folders(&self) -> AgentFolders {
        AgentFolders::new(self.client.clone())
    }

    /// Returns the documents: the knowledge base of agents.
    pub fn documents(&self) -> AgentDocuments {
        AgentDocuments::new(self.client.clone())
    }

    /// Returns the managed agents. Only their paths are documented.
    pub fn managed(&self) -> ManagedAgents {
        ManagedAgents::new(self.client.clone())
    }

    /// Lists all agents; the list has no pages. `GET /agents`.
    pub fn list(&self) -> ListCall<Agent> {
        list(&self.client, "agents.list", "/agents", Vec::new())
    }

    /// Returns one agent. `GET /agents/{agent_id}`.
    pub fn get(&self, id: impl Into<AgentId>) -> Call<Agent> {
        let path = path_with_id("/agents/", id.into().as_str());
        call(&self.client, Ok(Prepared::get("agents.get", path)))
    }

    /// Updates an agent: fields that are not set stay unchanged. `PATCH /agents/{agent_id}`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn update(&self, id: impl Into<AgentId>, request: UpdateAgentRequest) -> Call<Agent> {
        let path = path_with_id("/agents/", id.into().as_str());
        let request = Prepared::json("agents.update", Method::PATCH, path, &request);
        call(&self.client, request)
    }

    /// Deletes an agent. `DELETE /agents/{agent_id}`.
    pub fn delete(&self, id: impl Into<AgentId>) -> Call<()> {
        let path = path_with_id("/agents/", id.into().as_str());
        let request = Prepared::delete("agents.delete", path);
        without_answer(&self.client, request)
    }

    /// Lists templates: code to start an agent from; the list has no pages. `GET /agents/templates`.
    pub fn templates(&self) -> ListCall<AgentTemplate> {
        let path = "/agents/templates";
        list(&self.client, "agents.templates", path, Vec::new())
    }
}

/// A list of the group, which exists since 2025-04-16.
fn list<T>(
    client: &Client,
    operation: &'static str,
    path: impl Into<Path>,
    query: Vec<(&'static str, String)>,
) -> ListCall<T> {
    ListCall::new(client.clone(), operation, path, query).with_requirements(vec![AGENTS])
}

/// A call of the group, which exists since 2025-04-16.
fn call<T: serde::de::DeserializeOwned>(client: &Client, request: Result<Prepared>) -> Call<T> {
    let request = request.map(|request| request.with_requirements(vec![AGENTS]));
    Call::new(client.clone(), request)
}

/// A call of the group that is answered with 204.
fn without_answer(client: &Client, request: Prepared) -> Call<()> {
    let request = request.with_requirements(vec![AGENTS]);
    Call::without_answer(client.clone(), Ok(request))
}

/// A path with an identifier in its middle.
fn path_around_id(prefix: &str, id: &str, suffix: &str) -> Path {
    path_with_id(prefix, id) + suffix
}
