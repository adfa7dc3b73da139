//! Outbound calls of agents, and the logs of calls. Since API version 2026-03-01.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AgentId, CallId, PhoneNumberId};
use crate::seconds;
use crate::time::Timestamp;

/// The body of `POST /agents/calls`: dials at once.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlaceCallsRequest {
    /// The number that calls.
    pub from_number_id: PhoneNumberId,
    /// The agent that speaks.
    pub agent_id: AgentId,
    /// The recipients; at least one.
    pub outbound_calls: Vec<OutboundCall>,
    /// The ringing time, 5 to 80 seconds; the service's default is 60.
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
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl PlaceCallsRequest {
    /// Creates a request without calls: add at least one.
    pub fn new(agent: impl Into<AgentId>, from: impl Into<PhoneNumberId>) -> Self {
        Self {
            from_number_id: from.into(),
            agent_id: agent.into(),
            outbound_calls: Vec::new(),
            ringing_timeout: None,
            max_call_duration: None,
            extra: Map::new(),
        }
    }

    /// Adds a recipient.
    #[must_use]
    pub fn with_call(mut self, call: impl Into<OutboundCall>) -> Self {
        self.outbound_calls.push(call.into());
        self
    }

    /// Sets the ringing timeout, 5 to 80 seconds.
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

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}

impl fmt::Debug for PlaceCallsRequest {
    /// Leaves out who is called.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlaceCallsRequest")
            .field("from_number_id", &self.from_number_id)
            .field("agent_id", &self.agent_id)
            .field("outbound_calls", &self.outbound_calls.len())
            .finish_non_exhaustive()
    }
}

/// A recipient of a call.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutboundCall {
    /// The number that is called, E.164: `+` and up to 15 digits.
    pub to_number: String,
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

impl OutboundCall {
    /// Calls this number.
    pub fn new(to_number: impl Into<String>) -> Self {
        Self {
            to_number: to_number.into(),
            metadata: Map::new(),
            extra: Map::new(),
        }
    }

    /// Adds an entry to the metadata that the agent receives.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }
}

impl From<&str> for OutboundCall {
    fn from(number: &str) -> Self {
        Self::new(number)
    }
}

impl fmt::Debug for OutboundCall {
    /// Leaves out the number: it is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboundCall").finish_non_exhaustive()
    }
}

/// The answer of `POST /agents/calls`. It is a success even if some of the calls were not placed:
/// look at [`failed`](Self::failed).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutboundCalls {
    /// One entry for each number.
    #[serde(deserialize_with = "crate::null::null_as_default")]
    pub calls: Vec<PlacedCall>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl OutboundCalls {
    /// Returns the entries that were not placed.
    pub fn failed(&self) -> impl Iterator<Item = &PlacedCall> {
        self.calls.iter().filter(|call| !call.is_placed())
    }
}

/// The result for one number.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlacedCall {
    /// The number that was called.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub number: String,
    /// The call, if it was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_call_id: Option<CallId>,
    /// The reason why it was not placed. The vendor does not document its type; a string is likely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl PlacedCall {
    /// Returns whether it was placed.
    pub fn is_placed(&self) -> bool {
        self.agent_call_id.is_some() && self.error.is_none()
    }

    /// Returns the reason why it was not placed, as text for people.
    pub fn error_text(&self) -> Option<String> {
        match self.error.as_ref()? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

impl fmt::Debug for PlacedCall {
    /// Leaves out the number: it is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlacedCall")
            .field("agent_call_id", &self.agent_call_id)
            .field("is_placed", &self.is_placed())
            .finish_non_exhaustive()
    }
}

/// The log of the agent's code in a call: `GET /agents/calls/{call_id}/logs`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallLogs {
    /// The call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// The entries, whose shape the vendor does not document.
    #[serde(deserialize_with = "crate::null::null_as_default")]
    pub logs: Vec<Value>,
    /// The time of the last entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for CallLogs {
    /// Leaves out what was logged, which may be what was said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallLogs")
            .field("call_id", &self.call_id)
            .field("logs", &self.logs.len())
            .field("updated_at", &self.updated_at)
            .finish_non_exhaustive()
    }
}
