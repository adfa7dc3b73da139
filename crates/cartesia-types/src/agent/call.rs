//! Calls that agents held.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AgentId, CallId, DeploymentId, TranscriptTurn};
use crate::page::Identified;
use crate::time::Timestamp;

crate::open::open_string! {
    /// The status of a call.
    CallStatus {
        /// The call is starting; only in the vendor's pages.
        STARTED = "started",
        /// Running.
        ACTIVE = "active",
        /// Ended without an error.
        COMPLETED = "completed",
        /// Ended with an error.
        FAILED = "failed",
        /// Cancelled.
        CANCELLED = "cancelled",
    }
}

/// A call that an agent held, or holds.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentCall {
    /// The identifier, for requests.
    pub id: CallId,
    /// The agent that spoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CallStatus>,
    /// The start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// The end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Timestamp>,
    /// The transcript; in lists only when requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Vec<TranscriptTurn>>,
    /// The two numbers, for calls by telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telephony_params: Option<Telephony>,
    /// The summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The reason for the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// The deployment of the agent that spoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<DeploymentId>,
    /// The time at which transcript, audio and logs were removed; newer than the vendor's definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redacted_at: Option<Timestamp>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl AgentCall {
    /// Creates a call with only its identifier, for tests and servers.
    pub fn new(id: impl Into<CallId>) -> Self {
        Self {
            id: id.into(),
            agent_id: None,
            status: None,
            start_time: None,
            end_time: None,
            transcript: None,
            telephony_params: None,
            summary: None,
            error_message: None,
            deployment_id: None,
            redacted_at: None,
            extra: Map::new(),
        }
    }
}

impl fmt::Debug for AgentCall {
    /// Leaves out the transcript and the numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentCall")
            .field("id", &self.id)
            .field("agent_id", &self.agent_id)
            .field("status", &self.status)
            .field("start_time", &self.start_time)
            .field("end_time", &self.end_time)
            .field("turns", &self.transcript.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

impl Identified for AgentCall {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The two numbers of a telephone call. Further keys of the telephone provider are in `extra`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Telephony {
    /// The number that was called.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub to: String,
    /// The number that called.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub from: String,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for Telephony {
    /// Leaves out the numbers: they are people's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telephony").finish_non_exhaustive()
    }
}

/// The parameters of `GET /agents/calls`: the calls of one agent, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListCallsRequest {
    /// The agent whose calls are listed.
    pub agent_id: AgentId,
    /// Fields that are included only on request: `transcript`.
    pub expand: Vec<String>,
    /// Calls on one page, 1 to 100.
    pub limit: Option<u32>,
    /// Cursor: the list starts after this call.
    pub starting_after: Option<CallId>,
    /// Cursor: the list ends before this call. The service does not take both cursors at once.
    pub ending_before: Option<CallId>,
}

impl ListCallsRequest {
    /// Creates a request for the first page of an agent's calls.
    pub fn new(agent: impl Into<AgentId>) -> Self {
        Self {
            agent_id: agent.into(),
            expand: Vec::new(),
            limit: None,
            starting_after: None,
            ending_before: None,
        }
    }

    /// Includes transcripts.
    #[must_use]
    pub fn with_transcripts(self) -> Self {
        self.with_expand("transcript")
    }

    /// Asks for a field that is left out otherwise.
    #[must_use]
    pub fn with_expand(mut self, field: impl Into<String>) -> Self {
        self.expand.push(field.into());
        self
    }

    /// Sets the number of calls on one page, 1 to 100.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Asks for the calls after this one.
    #[must_use]
    pub fn with_starting_after(mut self, id: impl Into<CallId>) -> Self {
        self.starting_after = Some(id.into());
        self
    }

    /// Asks for the calls before this one.
    #[must_use]
    pub fn with_ending_before(mut self, id: impl Into<CallId>) -> Self {
        self.ending_before = Some(id.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = vec![("agent_id", self.agent_id.to_string())];
        // Without brackets, unlike the other lists.
        query.extend(self.expand.iter().map(|field| ("expand", field.clone())));
        query.extend(self.limit.map(|limit| ("limit", limit.to_string())));
        let after = self.starting_after.as_ref();
        query.extend(after.map(|id| ("starting_after", id.to_string())));
        let before = self.ending_before.as_ref();
        query.extend(before.map(|id| ("ending_before", id.to_string())));
        query
    }
}
