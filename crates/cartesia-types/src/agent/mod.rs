//! Voice agents: the agents themselves, their calls, metrics, deployments and phone numbers, and the
//! documents that they know.
//!
//! Since API version 2025-04-16; calls that agents make (also in batches), redaction and logs of
//! calls, webhooks, all phone numbers, folders and documents since 2026-03-01; managed agents since
//! 2026-08-14.

mod batch;
mod call;
mod deployment;
mod document;
mod folder;
mod live;
mod managed;
mod metric;
mod outbound;
mod phone_number;
mod provider;
mod resource;
mod secret;
mod session;
mod transcript;
mod webhook;

pub use batch::{
    BatchRecipient, CallBatch, CallBatchStatus, CreateCallBatchRequest, RecipientStatus,
};
pub use call::{AgentCall, CallStatus, ListCallsRequest, Telephony};
pub use deployment::{Deployment, DeploymentStatus};
pub use document::{
    CreateDocumentRequest, CreateDocumentsRequest, Document, UpdateDocumentRequest,
};
pub use folder::{CreateFolderRequest, Folder, UpdateFolderRequest};
pub use live::{
    CallAudio, CallCommand, CallDecodeError, CallEnding, CallErrorEvent, CallEvent, CallFormat,
    CallProtocol, CallSpec, CallStarted, CallTransfer, CallTurnEnd, CallTurnStart, CallTurnText,
    ClientToolCall, ClientToolResult, CustomMessage, DtmfEvent, DtmfKey, InvalidDtmf, LineCallSpec,
    ManagedCallSpec, OutputDelivery, UnsupportedCommand,
};
pub use managed::{ManagedAgent, ManagedAgentEntry, SaveManagedAgentRequest};
pub use metric::{
    CreateMetricRequest, ListMetricResultsRequest, ListMetricsRequest, Metric, MetricResult,
    MetricResultFilter, MetricResultStatus,
};
pub use outbound::{CallLogs, OutboundCall, OutboundCalls, PlaceCallsRequest, PlacedCall};
pub use phone_number::{
    ImportPhoneNumberRequest, NumberedAgent, PhoneNumber, ProviderReference,
    ProvisionPhoneNumberRequest, UpdatePhoneNumberRequest,
};
pub use provider::{ListProvidersRequest, Provider, ProviderKind, ProviderSettings};
pub use resource::{
    Agent, AgentPhoneNumber, AgentTemplate, GitRepository, PhoneNumberSummary, UpdateAgentRequest,
};
pub use secret::AgentSecret;
pub use session::{AgentSession, CreateSessionRequest};
pub use transcript::{EndReason, LogEvent, LogMetric, Role, TextChunk, ToolCall, TranscriptTurn};
pub use webhook::{CreateWebhookRequest, UpdateWebhookRequest, WEBHOOK_SECRET_HEADER, Webhook};

use crate::api_version::{ApiVersion, Requirement, VersionRange};

/// The API-version requirement of every call of this group.
pub const AGENTS: Requirement =
    Requirement::new("`/agents`", VersionRange::since(ApiVersion::V2025_04_16));

/// The versions that have what the vendor documented for agents later.
pub const AGENT_OPERATIONS: VersionRange = VersionRange::since(ApiVersion::V2026_03_01);

/// The API-version requirement of every call about managed agents.
pub const MANAGED_AGENTS: Requirement =
    Requirement::new("`/v1/agents`", VersionRange::since(ApiVersion::V2026_08_14));

crate::open::open_string! {
    /// The identifier of an agent, such as `agent_…`.
    AgentId {}
}

crate::open::open_string! {
    /// The identifier of an agent's call, such as `ac_…`.
    CallId {}
}

crate::open::open_string! {
    /// The identifier of a metric.
    MetricId {}
}

crate::open::open_string! {
    /// The identifier of a metric's result.
    MetricResultId {}
}

crate::open::open_string! {
    /// The identifier of a deployment.
    DeploymentId {}
}

crate::open::open_string! {
    /// The identifier of a webhook.
    WebhookId {}
}

crate::open::open_string! {
    /// The identifier of a phone number, such as `ap_…` or `pn_…`.
    PhoneNumberId {}
}

crate::open::open_string! {
    /// The identifier of a provider of phone numbers.
    ProviderId {}
}

crate::open::open_string! {
    /// The identifier of a call batch, such as `acb_…`.
    CallBatchId {}
}

crate::open::open_string! {
    /// The identifier of a folder.
    FolderId {}
}

crate::open::open_string! {
    /// The identifier of a document.
    DocumentId {}
}
