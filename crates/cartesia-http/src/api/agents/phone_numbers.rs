//! `/agents/phone-numbers` and `/agents/{agent_id}/phone-numbers`.

use cartesia_types::Requirement;
use cartesia_types::agent::{
    AGENT_OPERATIONS, AgentId, AgentPhoneNumber, ImportPhoneNumberRequest, ListProvidersRequest,
    PhoneNumber, PhoneNumberId, Provider, ProviderId, ProviderSettings,
    ProvisionPhoneNumberRequest, UpdatePhoneNumberRequest,
};

use super::path_around_id;
use super::since::Since;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Path, path_with_id};
use cartesia_core::RetryPolicy;

const PATH: &str = "/agents/phone-numbers";
const PROVIDERS: &str = "/agents/phone-numbers/providers";

/// Phone numbers that reach agents; from [`Agents::phone_numbers`](super::Agents::phone_numbers).
///
/// All calls but [`of_agent`](Self::of_agent) exist since API version 2026-03-01.
#[derive(Debug, Clone)]
pub struct AgentPhoneNumbers {
    client: Client,
    group: Since,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a call takes its request, here as elsewhere"
)]
impl AgentPhoneNumbers {
    pub(super) fn new(client: Client) -> Self {
        const NEEDS: Requirement = Requirement::new("`/agents/phone-numbers`", AGENT_OPERATIONS);
        Self {
            group: Since::new(client.clone(), NEEDS),
            client,
        }
    }

    /// Returns the providers of phone numbers.
    pub fn providers(&self) -> AgentProviders {
        AgentProviders {
            group: self.group.clone(),
        }
    }

    /// Lists the numbers of one agent; the list has no pages. `GET /agents/{agent_id}/phone-numbers`.
    pub fn of_agent(&self, agent: impl Into<AgentId>) -> ListCall<AgentPhoneNumber> {
        let path = path_around_id("/agents/", agent.into().as_str(), "/phone-numbers");
        let operation = "agents.phone_numbers.of_agent";
        super::list(&self.client, operation, path, Vec::new())
    }

    /// Lists all numbers; the list has no pages. `GET /agents/phone-numbers`.
    pub fn list(&self) -> ListCall<PhoneNumber> {
        let operation = "agents.phone_numbers.list";
        self.group.list(operation, PATH, Vec::new())
    }

    /// Imports a number that you rent elsewhere. `POST /agents/phone-numbers`.
    pub fn import(&self, request: ImportPhoneNumberRequest) -> Call<PhoneNumber> {
        let operation = "agents.phone_numbers.import";
        self.group.post(operation, PATH, &request)
    }

    /// Rents a number from the vendor. `POST /agents/phone-numbers/provision`.
    ///
    /// It is never retried, whatever the client's policy is: a retry could rent a second number.
    /// [`retry`](Call::retry) overrides that.
    pub fn provision(&self, request: ProvisionPhoneNumberRequest) -> Call<PhoneNumber> {
        let path = "/agents/phone-numbers/provision";
        let call = self
            .group
            .post("agents.phone_numbers.provision", path, &request);
        call.retry(RetryPolicy::never())
    }

    /// Returns one number. `GET /agents/phone-numbers/{id}`.
    pub fn get(&self, id: impl Into<PhoneNumberId>) -> Call<PhoneNumber> {
        self.group.get("agents.phone_numbers.get", path(&id.into()))
    }

    /// Updates a number, such as the agent that answers it: fields that are not set stay unchanged.
    /// `PATCH /agents/phone-numbers/{id}`.
    ///
    /// ```no_run
    /// use cartesia_types::Patch;
    /// use cartesia_types::agent::UpdatePhoneNumberRequest;
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let without_agent = UpdatePhoneNumberRequest::new().with_agent_id(Patch::Clear);
    /// client.agents().phone_numbers().update("pn_1", without_agent).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn update(
        &self,
        id: impl Into<PhoneNumberId>,
        request: UpdatePhoneNumberRequest,
    ) -> Call<PhoneNumber> {
        let operation = "agents.phone_numbers.update";
        self.group.patch(operation, path(&id.into()), &request)
    }

    /// Deletes a number. `DELETE /agents/phone-numbers/{id}`.
    pub fn delete(&self, id: impl Into<PhoneNumberId>) -> Call<()> {
        let operation = "agents.phone_numbers.delete";
        self.group.delete(operation, path(&id.into()))
    }
}

fn path(id: &PhoneNumberId) -> Path {
    path_with_id("/agents/phone-numbers/", id.as_str())
}

/// Providers of phone numbers, since API version 2026-03-01; from
/// [`AgentPhoneNumbers::providers`].
#[derive(Debug, Clone)]
pub struct AgentProviders {
    group: Since,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a call takes its request, here as elsewhere"
)]
impl AgentProviders {
    /// Lists providers; the list has no pages. `GET /agents/phone-numbers/providers`.
    pub fn list(&self, request: ListProvidersRequest) -> ListCall<Provider> {
        let operation = "agents.providers.list";
        self.group.list(operation, PROVIDERS, request.query())
    }

    /// Creates a provider. `POST /agents/phone-numbers/providers`.
    pub fn create(&self, settings: ProviderSettings) -> Call<Provider> {
        let operation = "agents.providers.create";
        self.group.post(operation, PROVIDERS, &settings)
    }

    /// Returns one provider. `GET /agents/phone-numbers/providers/{id}`.
    pub fn get(&self, id: impl Into<ProviderId>) -> Call<Provider> {
        self.group.get("agents.providers.get", provider(&id.into()))
    }

    /// Updates a provider: fields that are not set stay unchanged. `PATCH
    /// /agents/phone-numbers/providers/{id}`.
    pub fn update(&self, id: impl Into<ProviderId>, settings: ProviderSettings) -> Call<Provider> {
        let operation = "agents.providers.update";
        self.group.patch(operation, provider(&id.into()), &settings)
    }

    /// Deletes a provider. `DELETE /agents/phone-numbers/providers/{id}`.
    pub fn delete(&self, id: impl Into<ProviderId>) -> Call<()> {
        self.group
            .delete("agents.providers.delete", provider(&id.into()))
    }
}

fn provider(id: &ProviderId) -> Path {
    path_with_id("/agents/phone-numbers/providers/", id.as_str())
}
