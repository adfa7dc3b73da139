//! Voice agents, and what belongs to them.

use cartesia_types::ListRequest;
use cartesia_types::agent::{
    Agent, AgentCall, AgentId, AgentPhoneNumber, AgentTemplate, CallBatch, CallBatchId, CallId,
    CallLogs, CreateCallBatchRequest, CreateDocumentRequest, CreateDocumentsRequest,
    CreateFolderRequest, CreateMetricRequest, CreateWebhookRequest, Deployment, DeploymentId,
    Document, DocumentId, Folder, FolderId, ImportPhoneNumberRequest, ListCallsRequest,
    ListMetricResultsRequest, ListMetricsRequest, ListProvidersRequest, ManagedAgent,
    ManagedAgentEntry, Metric, MetricId, MetricResult, MetricResultFilter, OutboundCalls,
    PhoneNumber, PhoneNumberId, PlaceCallsRequest, Provider, ProviderId, ProviderSettings,
    ProvisionPhoneNumberRequest, SaveManagedAgentRequest, UpdateAgentRequest,
    UpdateDocumentRequest, UpdateFolderRequest, UpdatePhoneNumberRequest, UpdateWebhookRequest,
    Webhook, WebhookId,
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
        /// Calls that agents held, with transcripts and audio.
        fn calls() -> AgentCalls;

        /// Metrics and their results.
        fn metrics() -> AgentMetrics;

        /// Deployments of agents' code.
        fn deployments() -> AgentDeployments;

        /// Phone numbers that reach agents.
        fn phone_numbers() -> AgentPhoneNumbers;

        /// Addresses that are told of calls.
        fn webhooks() -> AgentWebhooks;

        /// Folders of what agents know.
        fn folders() -> AgentFolders;

        /// Documents: what agents know.
        fn documents() -> AgentDocuments;

        /// Managed agents, of which the vendor documents the paths alone.
        fn managed() -> ManagedAgents;

        /// All agents; the list has no pages. `GET /agents`.
        fn list() -> ListCall<Agent>;

        /// One agent. `GET /agents/{agent_id}`.
        fn get(id: impl Into<AgentId>) -> Call<Agent>;

        /// Changes an agent: what the request does not set stays as it is. `PATCH /agents/{agent_id}`.
        fn update(id: impl Into<AgentId>, request: UpdateAgentRequest) -> Call<Agent>;

        /// Deletes an agent. `DELETE /agents/{agent_id}`.
        fn delete(id: impl Into<AgentId>) -> Call<()>;

        /// Code to start an agent from; the list has no pages. `GET /agents/templates`.
        fn templates() -> ListCall<AgentTemplate>;
    }

    /// Calls that agents held; from [`Agents::calls`].
    AgentCalls {
        /// Many calls as one order.
        fn batches() -> AgentCallBatches;

        /// The calls of one agent, newest first. Transcripts are left out unless they are asked for.
        /// `GET /agents/calls`.
        fn list(request: ListCallsRequest) -> ListCall<AgentCall>;

        /// One call, with its transcript. `GET /agents/calls/{call_id}`.
        fn get(id: impl Into<CallId>) -> Call<AgentCall>;

        /// The recording of a call, a WAV file. `GET /agents/calls/{call_id}/audio`.
        ///
        /// The vendor's definition promises nothing but 204, so a call without a recording may be
        /// answered with that: the body is then empty, and the status in
        /// [`info`](super::Download::info) says so.
        fn audio(id: impl Into<CallId>) -> DownloadCall;

        /// Lets an agent call people, at once. Since 2026-03-01. `POST /agents/calls`.
        ///
        /// The call succeeds even if some people could not be called: look at
        /// [`OutboundCalls::failed`]. It is tried once, whatever the client's policy is: after an error
        /// nobody knows whether the telephones ring, and a second try would let them ring again.
        /// [`retry`](Call::retry) allows it.
        fn start(request: PlaceCallsRequest) -> Call<OutboundCalls>;

        /// Ends a call that runs. Since 2026-03-01. `POST /agents/calls/{call_id}/cancel`; the path is
        /// inferred from the vendor's pages.
        fn cancel(id: impl Into<CallId>) -> Call<()>;

        /// Takes transcript, audio and logs out of a call for ever; the call itself stays. Since
        /// 2026-03-01. `DELETE /agents/calls/{call_id}`.
        fn redact(id: impl Into<CallId>) -> Call<AgentCall>;

        /// What the agent's code logged in a call. Since 2026-03-01.
        /// `GET /agents/calls/{call_id}/logs`.
        fn logs(id: impl Into<CallId>) -> Call<CallLogs>;
    }

    /// Many calls as one order, since API version 2026-03-01; from
    /// [`AgentCalls::batches`].
    AgentCallBatches {
        /// Batches: one page, or all of them page by page. The vendor's pages do not tell whether the
        /// list has pages; what the request does not set is not sent. `GET /agents/calls/batches`.
        fn list(request: ListRequest) -> ListCall<CallBatch>;

        /// Makes a batch, which begins at once or when the request says. `POST /agents/calls/batches`.
        ///
        /// It is tried once, whatever the client's policy is: a second try could call everybody twice.
        /// [`retry`](Call::retry) allows it.
        fn create(request: CreateCallBatchRequest) -> Call<CallBatch>;

        /// One batch, and what became of each recipient. `GET /agents/calls/batches/{id}`; the path is
        /// inferred from the vendor's pages, as are those below.
        fn get(id: impl Into<CallBatchId>) -> Call<CallBatch>;

        /// Begins no further call of a batch; cancelling twice is cancelling.
        /// `POST /agents/calls/batches/{id}/cancel`.
        fn cancel(id: impl Into<CallBatchId>) -> Call<()>;

        /// Calls those again who were not reached. `POST /agents/calls/batches/{id}/retry`.
        ///
        /// It is tried once, whatever the client's policy is, as [`create`](Self::create) is.
        fn retry(id: impl Into<CallBatchId>) -> Call<()>;
    }

    /// Metrics and their results; from [`Agents::metrics`].
    AgentMetrics {
        /// Metrics: one page, or all of them page by page. `GET /agents/metrics`.
        fn list(request: ListMetricsRequest) -> ListCall<Metric>;

        /// Makes a metric. It is asked of no call until it is attached to an agent.
        /// `POST /agents/metrics`.
        fn create(request: CreateMetricRequest) -> Call<Metric>;

        /// One metric. `GET /agents/metrics/{metric_id}`.
        fn get(id: impl Into<MetricId>) -> Call<Metric>;

        /// Deletes a metric; its results stay. Since 2026-03-01. `DELETE /agents/metrics/{metric_id}`.
        fn delete(id: impl Into<MetricId>) -> Call<()>;

        /// Asks the metric of every call of an agent from now on.
        /// `POST /agents/{agent_id}/metrics/{metric_id}`.
        fn attach(agent: impl Into<AgentId>, metric: impl Into<MetricId>) -> Call<()>;

        /// No longer asks the metric of the calls of an agent.
        /// `DELETE /agents/{agent_id}/metrics/{metric_id}`.
        fn detach(agent: impl Into<AgentId>, metric: impl Into<MetricId>) -> Call<()>;

        /// Results: one page, or all of them page by page. `GET /agents/metrics/results`.
        fn results(request: ListMetricResultsRequest) -> ListCall<MetricResult>;

        /// Results as a table in CSV. `GET /agents/metrics/results/export`.
        ///
        /// # Errors
        ///
        /// `InvalidRequest` for more than 100 000 rows, `NotFound` when there are none.
        fn export(filter: MetricResultFilter) -> DownloadCall;
    }

    /// Deployments of agents' code; from [`Agents::deployments`].
    AgentDeployments {
        /// All deployments of an agent; the list has no pages. `GET /agents/{agent_id}/deployments`.
        fn list(agent: impl Into<AgentId>) -> ListCall<Deployment>;

        /// One deployment. `GET /agents/deployments/{deployment_id}`.
        fn get(id: impl Into<DeploymentId>) -> Call<Deployment>;
    }

    /// Phone numbers that reach agents; from [`Agents::phone_numbers`].
    ///
    /// All but [`of_agent`](Self::of_agent) is there since API version 2026-03-01.
    AgentPhoneNumbers {
        /// Where numbers come from.
        fn providers() -> AgentProviders;

        /// The numbers of one agent; the list has no pages. `GET /agents/{agent_id}/phone-numbers`.
        fn of_agent(agent: impl Into<AgentId>) -> ListCall<AgentPhoneNumber>;

        /// All numbers; the list has no pages. `GET /agents/phone-numbers`.
        fn list() -> ListCall<PhoneNumber>;

        /// Makes a number known that you rent elsewhere. `POST /agents/phone-numbers`.
        fn import(request: ImportPhoneNumberRequest) -> Call<PhoneNumber>;

        /// Rents a number from the vendor. `POST /agents/phone-numbers/provision`.
        ///
        /// It is tried once, whatever the client's policy is: a second try could rent a second number.
        /// [`retry`](Call::retry) allows it.
        fn provision(request: ProvisionPhoneNumberRequest) -> Call<PhoneNumber>;

        /// One number. `GET /agents/phone-numbers/{id}`.
        fn get(id: impl Into<PhoneNumberId>) -> Call<PhoneNumber>;

        /// Changes a number, and who answers it: what the request does not set stays as it is.
        /// `PATCH /agents/phone-numbers/{id}`.
        fn update(
            id: impl Into<PhoneNumberId>,
            request: UpdatePhoneNumberRequest,
        ) -> Call<PhoneNumber>;

        /// Deletes a number. `DELETE /agents/phone-numbers/{id}`.
        fn delete(id: impl Into<PhoneNumberId>) -> Call<()>;
    }

    /// Where phone numbers come from, since API version 2026-03-01; from
    /// [`AgentPhoneNumbers::providers`].
    AgentProviders {
        /// Providers; the list has no pages. `GET /agents/phone-numbers/providers`.
        fn list(request: ListProvidersRequest) -> ListCall<Provider>;

        /// Makes a provider known. `POST /agents/phone-numbers/providers`.
        fn create(settings: ProviderSettings) -> Call<Provider>;

        /// One provider. `GET /agents/phone-numbers/providers/{id}`.
        fn get(id: impl Into<ProviderId>) -> Call<Provider>;

        /// Changes a provider: what is not set stays as it is.
        /// `PATCH /agents/phone-numbers/providers/{id}`.
        fn update(id: impl Into<ProviderId>, settings: ProviderSettings) -> Call<Provider>;

        /// Deletes a provider. `DELETE /agents/phone-numbers/providers/{id}`.
        fn delete(id: impl Into<ProviderId>) -> Call<()>;
    }

    /// Addresses that are told of calls, since API version 2026-03-01; from
    /// [`Agents::webhooks`].
    AgentWebhooks {
        /// All webhooks, without their secrets. `GET /agents/webhooks`.
        fn list() -> ListCall<Webhook>;

        /// Makes a webhook; the answer alone has the secret. No agent uses it until its `webhook_id` is
        /// set. `POST /agents/webhooks`.
        fn create(request: CreateWebhookRequest) -> Call<Webhook>;

        /// One webhook, without its secret. `GET /agents/webhooks/{id}`.
        fn get(id: impl Into<WebhookId>) -> Call<Webhook>;

        /// Changes a webhook: what the request does not set stays as it is.
        /// `PATCH /agents/webhooks/{id}`.
        fn update(id: impl Into<WebhookId>, request: UpdateWebhookRequest) -> Call<Webhook>;

        /// Deletes a webhook. `DELETE /agents/webhooks/{id}`.
        fn delete(id: impl Into<WebhookId>) -> Call<()>;
    }

    /// Folders of what agents know, since API version 2026-03-01; from
    /// [`Agents::folders`].
    AgentFolders {
        /// Folders: one page, or all of them page by page. The vendor's pages do not tell whether the
        /// list has pages; what the request does not set is not sent. `GET /agents/folders`.
        fn list(request: ListRequest) -> ListCall<Folder>;

        /// Makes a folder. `POST /agents/folders`.
        fn create(request: CreateFolderRequest) -> Call<Folder>;

        /// One folder, with what is in it. `GET /agents/folders/{id}`.
        fn get(id: impl Into<FolderId>) -> Call<Folder>;

        /// Changes a folder: what the request does not set stays as it is.
        /// `PATCH /agents/folders/{id}`.
        fn update(id: impl Into<FolderId>, request: UpdateFolderRequest) -> Call<Folder>;

        /// Deletes a folder; the vendor's pages do not tell what becomes of what is in it.
        /// `DELETE /agents/folders/{id}`.
        fn delete(id: impl Into<FolderId>) -> Call<()>;
    }

    /// Documents, which are what agents know, since API version 2026-03-01; from
    /// [`Agents::documents`].
    AgentDocuments {
        /// Documents: one page, or all of them page by page. The vendor's pages do not tell whether the
        /// list has pages; what the request does not set is not sent. `GET /agents/documents`.
        fn list(request: ListRequest) -> ListCall<Document>;

        /// Makes a document. `POST /agents/documents`.
        ///
        /// # Errors
        ///
        /// `NotFound` when there is no such folder, `InvalidRequest` when the text is longer than 1 MB.
        fn create(request: CreateDocumentRequest) -> Call<Document>;

        /// Makes up to 100 documents at once, and gives those that the answer shows: the vendor's pages
        /// do not tell its shape. `POST /agents/documents/bulk`.
        ///
        /// # Errors
        ///
        /// As [`create`](Self::create).
        fn create_all(request: CreateDocumentsRequest) -> Call<Vec<Document>>;

        /// One document. `GET /agents/documents/{id}`.
        fn get(id: impl Into<DocumentId>) -> Call<Document>;

        /// Changes a document: what the request does not set stays as it is.
        /// `PATCH /agents/documents/{id}`.
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
    /// The vendor documents the paths alone: neither what requests have to say, nor what answers do. So
    /// requests are objects that you fill, and answers keep all fields as they come.
    ManagedAgents {
        /// Managed agents: one page, or all of them page by page. The vendor's pages do not tell whether
        /// the list has pages; what the request does not set is not sent. `GET /v1/agents`.
        fn list(request: ListRequest) -> ListCall<ManagedAgent>;

        /// Makes a managed agent; what it has to be told the vendor's pages do not. `POST /v1/agents`.
        fn create(request: SaveManagedAgentRequest) -> Call<ManagedAgent>;

        /// One managed agent. `GET /v1/agents/{agent_id}`.
        fn get(id: impl Into<AgentId>) -> Call<ManagedAgent>;

        /// Changes a managed agent. That what the request does not set stays as it is, and the method,
        /// are those of all other agents; the vendor's pages tell neither. `PATCH /v1/agents/{agent_id}`.
        fn update(id: impl Into<AgentId>, request: SaveManagedAgentRequest) -> Call<ManagedAgent>;

        /// Deletes a managed agent. `DELETE /v1/agents/{agent_id}`.
        fn delete(id: impl Into<AgentId>) -> Call<()>;

        /// The models that managed agents may use. `GET /v1/agents/models`.
        fn models() -> ListCall<ManagedAgentEntry>;

        /// The tools that managed agents may use. `GET /v1/agents/tools`.
        fn tools() -> ListCall<ManagedAgentEntry>;

        /// The versions of a managed agent. The vendor's pages say that there are versions, but not
        /// where: this path is a guess, and an agent that exists may be answered with `NotFound`.
        /// `GET /v1/agents/{agent_id}/versions`.
        fn versions(id: impl Into<AgentId>) -> ListCall<ManagedAgentEntry>;
    }
}
