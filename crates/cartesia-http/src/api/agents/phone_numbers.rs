//! `/agents/{agent_id}/phone-numbers`.

use cartesia_types::agent::{AgentId, AgentPhoneNumber};

use super::path_around_id;
use crate::client::Client;
use crate::list::ListCall;

/// Phone numbers that reach agents; from [`Agents::phone_numbers`](super::Agents::phone_numbers).
#[derive(Debug, Clone)]
pub struct AgentPhoneNumbers {
    client: Client,
}

impl AgentPhoneNumbers {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The numbers of one agent; the list has no pages. `GET /agents/{agent_id}/phone-numbers`.
    pub fn of_agent(&self, agent: impl Into<AgentId>) -> ListCall<AgentPhoneNumber> {
        let path = path_around_id("/agents/", agent.into().as_str(), "/phone-numbers");
        let operation = "agents.phone_numbers.of_agent";
        super::list(&self.client, operation, path, Vec::new())
    }
}
