//! Call batches: calls to many recipients in one request. Since API version 2026-03-01.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AgentId, CallBatchId, CallId, OutboundCall, PhoneNumberId};
use crate::page::Identified;
use crate::seconds;
use crate::time::Timestamp;

crate::open::open_string! {
    /// The status of a batch. The vendor's pages do not list the values.
    CallBatchStatus {}
}

crate::open::open_string! {
    /// The status of one recipient. The vendor's pages do not list the values.
    RecipientStatus {}
}

/// The body of `POST /agents/calls/batches`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateCallBatchRequest {
    /// The name for people.
    pub name: String,
    /// The agent that speaks.
    pub agent_id: AgentId,
    /// The number that calls.
    pub from_number_id: PhoneNumberId,
    /// The recipients: at least one, at most 5 000 (1 000 in earlier pages of the vendor).
    pub recipients: Vec<OutboundCall>,
    /// The number of calls that run at once; by default chosen by the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_concurrency_limit: Option<u32>,
    /// The ringing time, in whole seconds on the wire; 5 to 80 for single calls.
    #[serde(
        default,
        rename = "ringing_timeout_seconds",
        with = "seconds::whole",
        skip_serializing_if = "Option::is_none"
    )]
    pub ringing_timeout: Option<Duration>,
    /// The longest duration of a call; whole minutes on the wire, rounded down.
    #[serde(
        default,
        rename = "max_call_duration_minutes",
        with = "seconds::whole_minutes",
        skip_serializing_if = "Option::is_none"
    )]
    pub max_call_duration: Option<Duration>,
    /// The time at which calling begins, RFC 3339; by default at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Timestamp>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CreateCallBatchRequest {
    /// Creates a batch without recipients: add at least one.
    pub fn new(
        name: impl Into<String>,
        agent: impl Into<AgentId>,
        from: impl Into<PhoneNumberId>,
    ) -> Self {
        Self {
            name: name.into(),
            agent_id: agent.into(),
            from_number_id: from.into(),
            recipients: Vec::new(),
            target_concurrency_limit: None,
            ringing_timeout: None,
            max_call_duration: None,
            scheduled_at: None,
            extra: Map::new(),
        }
    }

    /// Adds a recipient.
    #[must_use]
    pub fn with_recipient(mut self, recipient: impl Into<OutboundCall>) -> Self {
        self.recipients.push(recipient.into());
        self
    }

    /// Sets the target for the number of calls at once.
    #[must_use]
    pub fn with_target_concurrency_limit(mut self, calls: u32) -> Self {
        self.target_concurrency_limit = Some(calls);
        self
    }

    /// Sets the ringing timeout.
    #[must_use]
    pub fn with_ringing_timeout(mut self, time: Duration) -> Self {
        self.ringing_timeout = Some(time);
        self
    }

    /// Sets the maximum duration of a call.
    #[must_use]
    pub fn with_max_call_duration(mut self, time: Duration) -> Self {
        self.max_call_duration = Some(time);
        self
    }

    /// Sets when calling begins, RFC 3339.
    #[must_use]
    pub fn with_scheduled_at(mut self, time: impl Into<Timestamp>) -> Self {
        self.scheduled_at = Some(time.into());
        self
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}

impl fmt::Debug for CreateCallBatchRequest {
    /// Leaves out who is called.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateCallBatchRequest")
            .field("name", &self.name)
            .field("agent_id", &self.agent_id)
            .field("from_number_id", &self.from_number_id)
            .field("recipients", &self.recipients.len())
            .field("scheduled_at", &self.scheduled_at)
            .finish_non_exhaustive()
    }
}

/// Many calls of one agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallBatch {
    /// The identifier, for requests.
    pub id: CallBatchId,
    /// The name for people.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// The agent that speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The number that calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_number_id: Option<PhoneNumberId>,
    /// The region from which the calls are made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The number of calls that run at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_concurrency_limit: Option<u32>,
    /// The status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CallBatchStatus>,
    /// The number of calls in the batch.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub total_calls_scheduled: u64,
    /// The number of calls that were started.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub total_calls_dispatched: u64,
    /// The number of calls that have ended.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub total_calls_finished: u64,
    /// The number of retries.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub retry_count: u64,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Time of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_updated_at: Option<Timestamp>,
    /// The time at which calling is scheduled to begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Timestamp>,
    /// The time at which calling began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admitted_at: Option<Timestamp>,
    /// The recipients.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub recipients: Vec<BatchRecipient>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Identified for CallBatch {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// A recipient of a batch, and the outcome of the call.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BatchRecipient {
    /// The identifier within the batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The number that is called.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub to_number: String,
    /// The status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<RecipientStatus>,
    /// The time of addition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The call, once it was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_call_id: Option<CallId>,
    /// The reason why there is no call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// Data about the call that the agent gets.
    #[serde(
        default,
        deserialize_with = "crate::null::null_as_default",
        skip_serializing_if = "Map::is_empty"
    )]
    pub metadata: Map<String, Value>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for BatchRecipient {
    /// Leaves out the number and its details: they are personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchRecipient")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("agent_call_id", &self.agent_call_id)
            .finish_non_exhaustive()
    }
}
