//! Metrics: questions that a model answers for every call, and the answers.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AgentId, CallId, DeploymentId, MetricId, MetricResultId, TranscriptTurn};
use crate::page::Identified;
use crate::time::Timestamp;

/// A question that a model answers for every call of the agents that it is attached to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metric {
    /// The identifier, for requests.
    pub id: MetricId,
    /// The name: lower case letters, digits, `_`, `-` and `.`.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The question.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub prompt: String,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Identified for Metric {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The body of `POST /agents/metrics`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateMetricRequest {
    /// The name: lower case letters, digits, `_`, `-` and `.`; no two metrics may share one.
    pub name: String,
    /// The question.
    pub prompt: String,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CreateMetricRequest {
    /// Creates a request with its required fields.
    pub fn new(name: impl Into<String>, prompt: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            prompt: prompt.into(),
            display_name: None,
            extra: Map::new(),
        }
    }

    /// Sets the name for people.
    #[must_use]
    pub fn with_display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}

/// The parameters of `GET /agents/metrics`. This list cannot be read backwards.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListMetricsRequest {
    /// Metrics on one page, 1 to 100; the service's default is 10.
    pub limit: Option<u32>,
    /// Cursor: the list starts after this metric.
    pub starting_after: Option<MetricId>,
}

impl ListMetricsRequest {
    /// Creates a request for the first page with the service's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of metrics on one page, 1 to 100.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Asks for the metrics after this one.
    #[must_use]
    pub fn with_starting_after(mut self, id: impl Into<MetricId>) -> Self {
        self.starting_after = Some(id.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let limit = self.limit.map(|limit| ("limit", limit.to_string()));
        let after = self.starting_after.as_ref();
        let after = after.map(|id| ("starting_after", id.to_string()));
        limit.into_iter().chain(after).collect()
    }
}

crate::open::open_string! {
    /// Whether a metric could be answered.
    MetricResultStatus {
        /// The criterion was met.
        COMPLETED = "completed",
        /// The criterion was not met.
        FAILED = "failed",
    }
}

/// The answer of a metric for one call. Its names on the wire are in camel case, unlike all others.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MetricResult {
    /// The identifier.
    pub id: MetricResultId,
    /// The metric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_id: Option<MetricId>,
    /// The name of the metric.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub metric_name: String,
    /// The summary of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The transcript of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Vec<TranscriptTurn>>,
    /// The agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// The deployment of the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<DeploymentId>,
    /// The answer as the model wrote it.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub result: String,
    /// The answer as JSON, if it is an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json_result: Option<Value>,
    /// The answer as one value, of any type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Whether it could be answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<MetricResultStatus>,
    /// The run that gave the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The time of the evaluation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for MetricResult {
    /// Leaves out what was said, and what was found in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricResult")
            .field("id", &self.id)
            .field("metric_name", &self.metric_name)
            .field("agent_id", &self.agent_id)
            .field("call_id", &self.call_id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Identified for MetricResult {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// A filter for metric results; fields that are not set do not restrict the list. `GET
/// /agents/metrics/results/export` takes only this.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MetricResultFilter {
    /// Restricts the list to this agent.
    pub agent_id: Option<AgentId>,
    /// Restricts the list to this deployment.
    pub deployment_id: Option<DeploymentId>,
    /// Restricts the list to this metric.
    pub metric_id: Option<MetricId>,
    /// Restricts the list to this call.
    pub call_id: Option<CallId>,
    /// Restricts the list to results at or after this time.
    pub start_date: Option<Timestamp>,
    /// Restricts the list to results at or before this time.
    pub end_date: Option<Timestamp>,
}

impl MetricResultFilter {
    /// Creates a filter that includes all results.
    pub fn new() -> Self {
        Self::default()
    }

    /// Narrows to an agent.
    #[must_use]
    pub fn with_agent_id(mut self, id: impl Into<AgentId>) -> Self {
        self.agent_id = Some(id.into());
        self
    }

    /// Narrows to a deployment.
    #[must_use]
    pub fn with_deployment_id(mut self, id: impl Into<DeploymentId>) -> Self {
        self.deployment_id = Some(id.into());
        self
    }

    /// Narrows to a metric.
    #[must_use]
    pub fn with_metric_id(mut self, id: impl Into<MetricId>) -> Self {
        self.metric_id = Some(id.into());
        self
    }

    /// Narrows to a call.
    #[must_use]
    pub fn with_call_id(mut self, id: impl Into<CallId>) -> Self {
        self.call_id = Some(id.into());
        self
    }

    /// Narrows to this time and later.
    #[must_use]
    pub fn with_start_date(mut self, time: impl Into<Timestamp>) -> Self {
        self.start_date = Some(time.into());
        self
    }

    /// Narrows to this time and earlier.
    #[must_use]
    pub fn with_end_date(mut self, time: impl Into<Timestamp>) -> Self {
        self.end_date = Some(time.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = Vec::new();
        let mut add = |name, value: Option<&dyn ToString>| {
            query.extend(value.map(|value| (name, value.to_string())));
        };
        add("agent_id", self.agent_id.as_ref().map(|id| id as _));
        add(
            "deployment_id",
            self.deployment_id.as_ref().map(|id| id as _),
        );
        add("metric_id", self.metric_id.as_ref().map(|id| id as _));
        add("call_id", self.call_id.as_ref().map(|id| id as _));
        add("start_date", self.start_date.as_ref().map(|time| time as _));
        add("end_date", self.end_date.as_ref().map(|time| time as _));
        query
    }
}

/// The query of `GET /agents/metrics/results`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListMetricResultsRequest {
    /// The filter.
    pub filter: MetricResultFilter,
    /// Results on one page, 1 to 100.
    pub limit: Option<u32>,
    /// Cursor: the list starts after this result.
    pub starting_after: Option<MetricResultId>,
    /// Cursor: the list ends before this result. The service does not take both cursors at once.
    pub ending_before: Option<MetricResultId>,
}

impl ListMetricResultsRequest {
    /// Asks for the first page of all results.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets which results are meant.
    #[must_use]
    pub fn with_filter(mut self, filter: MetricResultFilter) -> Self {
        self.filter = filter;
        self
    }

    /// Sets the number of results on one page, 1 to 100.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Asks for the results after this one.
    #[must_use]
    pub fn with_starting_after(mut self, id: impl Into<MetricResultId>) -> Self {
        self.starting_after = Some(id.into());
        self
    }

    /// Asks for the results before this one.
    #[must_use]
    pub fn with_ending_before(mut self, id: impl Into<MetricResultId>) -> Self {
        self.ending_before = Some(id.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = self.filter.query();
        query.extend(self.limit.map(|limit| ("limit", limit.to_string())));
        let after = self.starting_after.as_ref();
        query.extend(after.map(|id| ("starting_after", id.to_string())));
        let before = self.ending_before.as_ref();
        query.extend(before.map(|id| ("ending_before", id.to_string())));
        query
    }
}

impl From<MetricResultFilter> for ListMetricResultsRequest {
    fn from(filter: MetricResultFilter) -> Self {
        Self::new().with_filter(filter)
    }
}
