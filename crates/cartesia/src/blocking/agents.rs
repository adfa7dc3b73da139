//! Voice agents, and what belongs to them.

use cartesia_types::ListRequest;
use cartesia_types::agent::{
    Agent, AgentCall, AgentId, AgentPhoneNumber, AgentSession, AgentTemplate, CallBatch,
    CallBatchId, CallId, CallLogs, CreateCallBatchRequest, CreateDocumentRequest,
    CreateDocumentsRequest, CreateFolderRequest, CreateMetricRequest, CreateSessionRequest,
    CreateWebhookRequest, Deployment, DeploymentId, Document, DocumentId, Folder, FolderId,
    ImportPhoneNumberRequest, ListCallsRequest, ListMetricResultsRequest, ListMetricsRequest,
    ListProvidersRequest, ManagedAgent, ManagedAgentEntry, Metric, MetricId, MetricResult,
    MetricResultFilter, OutboundCalls, PhoneNumber, PhoneNumberId, PlaceCallsRequest, Provider,
    ProviderId, ProviderSettings, ProvisionPhoneNumberRequest, SaveManagedAgentRequest,
    UpdateAgentRequest, UpdateDocumentRequest, UpdateFolderRequest, UpdatePhoneNumberRequest,
    UpdateWebhookRequest, Webhook, WebhookId,
};

use super::group::groups;
use super::runtime::Runtime;
use super::{Call, DownloadCall, ListCall};

groups! {
    /// Voice agents, since API version 2025-04-16; from [`Client::agents`](super::Client::agents).
    ///
    /// Managed agents (`/v1/agents`, since 2026-08-14) are another part of the service:
    /// [`managed`](Self::managed).
    Agents {
        /// Returns the calls of agents, with transcripts and audio.
        fn calls() -> AgentCalls;

        /// Returns the metrics and their results.
        fn metrics() -> AgentMetrics;

        /// Returns the deployments of agents' code.
        fn deployments() -> AgentDeployments;

        /// Returns the phone numbers that reach agents.
        fn phone_numbers() -> AgentPhoneNumbers;

        /// Returns the webhooks: addresses that the service notifies of calls.
        fn webhooks() -> AgentWebhooks;

        /// Returns the folders of documents.
        fn folders() -> AgentFolders;

        /// Returns the documents: the knowledge base of agents.
        fn documents() -> AgentDocuments;

        /// Returns the managed agents. Only their paths are documented.
        fn managed() -> ManagedAgents;

        /// Lists all agents; the list has no pages. `GET /agents`.
        fn list() -> ListCall<Agent>;

        /// Returns one agent. `GET /agents/{agent_id}`.
        fn get(id: impl Into<AgentId>) -> Call<Agent>;

        /// Updates an agent: fields that are not set stay unchanged. `PATCH /agents/{agent_id}`.
        fn update(id: impl Into<AgentId>, request: UpdateAgentRequest) -> Call<Agent>;

        /// Deletes an agent. `DELETE /agents/{agent_id}`.
        fn delete(id: impl Into<AgentId>) -> Call<()>;

        /// Lists templates: code to start an agent from; the list has no pages. `GET /agents/templates`.
        fn templates() -> ListCall<AgentTemplate>;
    }

    /// Calls of agents; from [`Agents::calls`].
    AgentCalls {
        /// Returns the group for batches: many outbound calls in one request.
        fn batches() -> AgentCallBatches;

        /// Lists the calls of one agent, newest first. Transcripts are left out unless the request includes
        /// them. `GET /agents/calls`.
        fn list(request: ListCallsRequest) -> ListCall<AgentCall>;

        /// Returns one call, with its transcript. `GET /agents/calls/{call_id}`.
        fn get(id: impl Into<CallId>) -> Call<AgentCall>;

        /// Downloads the recording of a call, a WAV file. `GET /agents/calls/{call_id}/audio`.
        ///
        /// The service may answer 204 for a call without a recording. The body is then empty, and
        /// [`info`](super::Download::info) has the status. Any other answer without audio is `Incomplete`.
        fn audio(id: impl Into<CallId>) -> DownloadCall;

        /// Places outbound calls immediately. Since 2026-03-01. `POST /agents/calls`.
        ///
        /// The request succeeds even if some calls failed: see [`OutboundCalls::failed`]. It is never retried,
        /// whatever the client's policy is: after an error the telephones may be ringing, and a retry would
        /// let them ring again. [`retry`](Call::retry) overrides that.
        fn start(request: PlaceCallsRequest) -> Call<OutboundCalls>;

        /// Ends an active call. Since 2026-03-01. `POST /agents/calls/{call_id}/cancel`; the path is
        /// inferred from the vendor's pages.
        fn cancel(id: impl Into<CallId>) -> Call<()>;

        /// Deletes transcript, audio and logs of a call for good; the call itself stays. Since
        /// 2026-03-01. `DELETE /agents/calls/{call_id}`.
        fn redact(id: impl Into<CallId>) -> Call<AgentCall>;

        /// Returns the logs of the agent's code for a call. Since 2026-03-01. `GET
        /// /agents/calls/{call_id}/logs`.
        fn logs(id: impl Into<CallId>) -> Call<CallLogs>;
    }

    /// Batches of outbound calls, since API version 2026-03-01; from [`AgentCalls::batches`].
    AgentCallBatches {
        /// Lists batches: one page, or all of them page by page. Pagination of this list is not documented;
        /// fields that are not set are not sent. `GET /agents/calls/batches`.
        fn list(request: ListRequest) -> ListCall<CallBatch>;

        /// Creates a batch, which begins at once or at the time in the request. `POST /agents/calls/batches`.
        ///
        /// It is never retried, whatever the client's policy is: a retry could call all recipients twice.
        /// [`retry`](Call::retry) overrides that.
        fn create(request: CreateCallBatchRequest) -> Call<CallBatch>;

        /// Returns one batch, with the outcome for each recipient. `GET /agents/calls/batches/{id}`; the path is
        /// inferred from the vendor's pages, as are those below.
        fn get(id: impl Into<CallBatchId>) -> Call<CallBatch>;

        /// Cancels a batch: no further call begins. Cancelling it again has no effect.
        /// `POST /agents/calls/batches/{id}/cancel`.
        fn cancel(id: impl Into<CallBatchId>) -> Call<()>;

        /// Calls the recipients again that were not reached. `POST /agents/calls/batches/{id}/retry`.
        ///
        /// As [`create`](Self::create), it is never retried.
        fn retry(id: impl Into<CallBatchId>) -> Call<()>;
    }

    /// Metrics and their results; from [`Agents::metrics`].
    AgentMetrics {
        /// Lists metrics: one page, or all of them page by page. `GET /agents/metrics`.
        fn list(request: ListMetricsRequest) -> ListCall<Metric>;

        /// Creates a metric. It evaluates no call until it is attached to an agent.
        /// `POST /agents/metrics`.
        fn create(request: CreateMetricRequest) -> Call<Metric>;

        /// Returns one metric. `GET /agents/metrics/{metric_id}`.
        fn get(id: impl Into<MetricId>) -> Call<Metric>;

        /// Deletes a metric; its results stay. Since 2026-03-01. `DELETE /agents/metrics/{metric_id}`.
        fn delete(id: impl Into<MetricId>) -> Call<()>;

        /// Attaches a metric to an agent: it evaluates every call from now on.
        /// `POST /agents/{agent_id}/metrics/{metric_id}`.
        fn attach(agent: impl Into<AgentId>, metric: impl Into<MetricId>) -> Call<()>;

        /// Detaches a metric from an agent: it evaluates no further call.
        /// `DELETE /agents/{agent_id}/metrics/{metric_id}`.
        fn detach(agent: impl Into<AgentId>, metric: impl Into<MetricId>) -> Call<()>;

        /// Lists results: one page, or all of them page by page. `GET /agents/metrics/results`.
        fn results(request: ListMetricResultsRequest) -> ListCall<MetricResult>;

        /// Exports results as a table in CSV. `GET /agents/metrics/results/export`.
        ///
        /// # Errors
        ///
        /// `InvalidRequest` for more than 100 000 rows, `NotFound` when there are none.
        fn export(filter: MetricResultFilter) -> DownloadCall;
    }

    /// Deployments of agents' code; from [`Agents::deployments`].
    AgentDeployments {
        /// Lists all deployments of an agent; the list has no pages. `GET /agents/{agent_id}/deployments`.
        fn list(agent: impl Into<AgentId>) -> ListCall<Deployment>;

        /// Returns one deployment. `GET /agents/deployments/{deployment_id}`.
        fn get(id: impl Into<DeploymentId>) -> Call<Deployment>;
    }

    /// Phone numbers that reach agents; from [`Agents::phone_numbers`].
    ///
    /// All calls but [`of_agent`](Self::of_agent) exist since API version 2026-03-01.
    AgentPhoneNumbers {
        /// Returns the providers of phone numbers.
        fn providers() -> AgentProviders;

        /// Lists the numbers of one agent; the list has no pages. `GET /agents/{agent_id}/phone-numbers`.
        fn of_agent(agent: impl Into<AgentId>) -> ListCall<AgentPhoneNumber>;

        /// Lists all numbers; the list has no pages. `GET /agents/phone-numbers`.
        fn list() -> ListCall<PhoneNumber>;

        /// Imports a number that you rent elsewhere. `POST /agents/phone-numbers`.
        fn import(request: ImportPhoneNumberRequest) -> Call<PhoneNumber>;

        /// Rents a number from the vendor. `POST /agents/phone-numbers/provision`.
        ///
        /// It is never retried, whatever the client's policy is: a retry could rent a second number.
        /// [`retry`](Call::retry) overrides that.
        fn provision(request: ProvisionPhoneNumberRequest) -> Call<PhoneNumber>;

        /// Returns one number. `GET /agents/phone-numbers/{id}`.
        fn get(id: impl Into<PhoneNumberId>) -> Call<PhoneNumber>;

        /// Updates a number, such as the agent that answers it: fields that are not set stay unchanged.
        /// `PATCH /agents/phone-numbers/{id}`.
        fn update(
            id: impl Into<PhoneNumberId>,
            request: UpdatePhoneNumberRequest,
        ) -> Call<PhoneNumber>;

        /// Deletes a number. `DELETE /agents/phone-numbers/{id}`.
        fn delete(id: impl Into<PhoneNumberId>) -> Call<()>;
    }

    /// Providers of phone numbers, since API version 2026-03-01; from
    /// [`AgentPhoneNumbers::providers`].
    AgentProviders {
        /// Lists providers; the list has no pages. `GET /agents/phone-numbers/providers`.
        fn list(request: ListProvidersRequest) -> ListCall<Provider>;

        /// Creates a provider. `POST /agents/phone-numbers/providers`.
        fn create(settings: ProviderSettings) -> Call<Provider>;

        /// Returns one provider. `GET /agents/phone-numbers/providers/{id}`.
        fn get(id: impl Into<ProviderId>) -> Call<Provider>;

        /// Updates a provider: fields that are not set stay unchanged. `PATCH
        /// /agents/phone-numbers/providers/{id}`.
        fn update(id: impl Into<ProviderId>, settings: ProviderSettings) -> Call<Provider>;

        /// Deletes a provider. `DELETE /agents/phone-numbers/providers/{id}`.
        fn delete(id: impl Into<ProviderId>) -> Call<()>;
    }

    /// Webhooks: addresses that the service notifies of calls; since API version 2026-03-01; from
    /// [`Agents::webhooks`].
    AgentWebhooks {
        /// Lists all webhooks, without their secrets. `GET /agents/webhooks`.
        fn list() -> ListCall<Webhook>;

        /// Creates a webhook; only this answer has the secret. No agent uses it until its `webhook_id` is
        /// set. `POST /agents/webhooks`.
        fn create(request: CreateWebhookRequest) -> Call<Webhook>;

        /// Returns one webhook, without its secret. `GET /agents/webhooks/{id}`.
        fn get(id: impl Into<WebhookId>) -> Call<Webhook>;

        /// Updates a webhook: fields that are not set stay unchanged. `PATCH /agents/webhooks/{id}`.
        fn update(id: impl Into<WebhookId>, request: UpdateWebhookRequest) -> Call<Webhook>;

        /// Deletes a webhook. `DELETE /agents/webhooks/{id}`.
        fn delete(id: impl Into<WebhookId>) -> Call<()>;
    }

    /// Folders of documents, since API version 2026-03-01; from
    /// [`Agents::folders`].
    AgentFolders {
        /// Lists folders: one page, or all of them page by page. Pagination of this list is not documented;
        /// fields that are not set are not sent. `GET /agents/folders`.
        fn list(request: ListRequest) -> ListCall<Folder>;

        /// Creates a folder. `POST /agents/folders`.
        fn create(request: CreateFolderRequest) -> Call<Folder>;

        /// Returns one folder, with its content. `GET /agents/folders/{id}`.
        fn get(id: impl Into<FolderId>) -> Call<Folder>;

        /// Updates a folder: fields that are not set stay unchanged. `PATCH /agents/folders/{id}`.
        fn update(id: impl Into<FolderId>, request: UpdateFolderRequest) -> Call<Folder>;

        /// Deletes a folder; what happens to its content is not documented.
        /// `DELETE /agents/folders/{id}`.
        fn delete(id: impl Into<FolderId>) -> Call<()>;
    }

    /// Documents, the knowledge base of agents; since API version 2026-03-01; from [`Agents::documents`].
    AgentDocuments {
        /// Lists documents: one page, or all of them page by page. Pagination of this list is not documented;
        /// fields that are not set are not sent. `GET /agents/documents`.
        fn list(request: ListRequest) -> ListCall<Document>;

        /// Creates a document. `POST /agents/documents`.
        ///
        /// # Errors
        ///
        /// `NotFound` when there is no such folder, `InvalidRequest` when the text is longer than 1 MB.
        fn create(request: CreateDocumentRequest) -> Call<Document>;

        /// Creates up to 100 documents at once, and returns those in the answer, whose shape is not
        /// documented. `POST /agents/documents/bulk`.
        ///
        /// # Errors
        ///
        /// As [`create`](Self::create).
        fn create_all(request: CreateDocumentsRequest) -> Call<Vec<Document>>;

        /// Returns one document. `GET /agents/documents/{id}`.
        fn get(id: impl Into<DocumentId>) -> Call<Document>;

        /// Updates a document: fields that are not set stay unchanged. `PATCH /agents/documents/{id}`.
        ///
        /// # Errors
        ///
        /// As [`create`](Self::create).
        fn update(id: impl Into<DocumentId>, request: UpdateDocumentRequest) -> Call<Document>;

        /// Deletes a document. `DELETE /agents/documents/{id}`.
        fn delete(id: impl Into<DocumentId>) -> Call<()>;
    }

    /// Managed agents, since API version 2026-08-14; from [`Agents::managed`].
    ///
    /// Only the paths are documented, neither requests nor answers. Requests are therefore objects that you
    /// fill, and answers keep all fields as they arrive.
    ManagedAgents {
        /// Lists managed agents: one page, or all of them page by page. Pagination of this list is not
        /// documented; fields that are not set are not sent. `GET /v1/agents`.
        fn list(request: ListRequest) -> ListCall<ManagedAgent>;

        /// Creates a managed agent; which fields are required is not documented. `POST /v1/agents`.
        fn create(request: SaveManagedAgentRequest) -> Call<ManagedAgent>;

        /// Returns one managed agent. `GET /v1/agents/{agent_id}`.
        fn get(id: impl Into<AgentId>) -> Call<ManagedAgent>;

        /// Updates a managed agent: fields that are not set stay unchanged. `PATCH /v1/agents/{agent_id}`, as
        /// for all other agents; the method is not documented.
        fn update(id: impl Into<AgentId>, request: SaveManagedAgentRequest) -> Call<ManagedAgent>;

        /// Deletes a managed agent. `DELETE /v1/agents/{agent_id}`.
        fn delete(id: impl Into<AgentId>) -> Call<()>;

        /// Creates a session: a call with variables, other instructions or another voice, which a program without
        /// an API key may make. The token of the answer opens the socket, for
        /// [`ManagedCallSpec::with_session`](cartesia_types::agent::ManagedCallSpec::with_session) or a browser.
        /// This request needs an API key. `POST /v1/agents/websocket/{agent_id}/sessions`.
        fn create_session(id: impl Into<AgentId>, request: CreateSessionRequest) -> Call<AgentSession>;

        /// Lists the models that managed agents may use. `GET /v1/agents/models`.
        fn models() -> ListCall<ManagedAgentEntry>;

        /// Lists the tools that managed agents may use. `GET /v1/agents/tools`.
        fn tools() -> ListCall<ManagedAgentEntry>;

        /// Lists the versions of a managed agent. The path is not documented: this one is a guess, and the
        /// answer may be `NotFound` although the agent exists.
        /// `GET /v1/agents/{agent_id}/versions`.
        fn versions(id: impl Into<AgentId>) -> ListCall<ManagedAgentEntry>;
    }
}
