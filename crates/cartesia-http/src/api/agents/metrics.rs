//! `/agents/metrics` and `/agents/{agent_id}/metrics`.

use cartesia_core::Effect;
use cartesia_types::Requirement;
use cartesia_types::agent::{
    AGENT_OPERATIONS, AGENTS, AgentId, CreateMetricRequest, ListMetricResultsRequest,
    ListMetricsRequest, Metric, MetricId, MetricResult, MetricResultFilter,
};
use http::Method;

use super::path_around_id;
use super::since::Since;
use crate::api::media::DownloadCall;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Path, Prepared, path_with_id};

/// Metrics and their results; from [`Agents::metrics`](super::Agents::metrics).
#[derive(Debug, Clone)]
pub struct AgentMetrics {
    client: Client,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a call takes its request, here as elsewhere"
)]
impl AgentMetrics {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists metrics: one page, or all of them page by page. `GET /agents/metrics`.
    pub fn list(&self, request: ListMetricsRequest) -> ListCall<Metric> {
        let query = request.query();
        super::list(
            &self.client,
            "agents.metrics.list",
            "/agents/metrics",
            query,
        )
    }

    /// Creates a metric. It evaluates no call until it is attached to an agent.
    /// `POST /agents/metrics`.
    pub fn create(&self, request: CreateMetricRequest) -> Call<Metric> {
        let path = "/agents/metrics";
        let request = Prepared::json("agents.metrics.create", Method::POST, path, &request);
        super::call(&self.client, request)
    }

    /// Returns one metric. `GET /agents/metrics/{metric_id}`.
    pub fn get(&self, id: impl Into<MetricId>) -> Call<Metric> {
        let path = path_with_id("/agents/metrics/", id.into().as_str());
        super::call(&self.client, Ok(Prepared::get("agents.metrics.get", path)))
    }

    /// Deletes a metric; its results stay. Since 2026-03-01. `DELETE /agents/metrics/{metric_id}`.
    pub fn delete(&self, id: impl Into<MetricId>) -> Call<()> {
        const NEEDS: Requirement =
            Requirement::new("`DELETE /agents/metrics/{metric_id}`", AGENT_OPERATIONS);
        let path = path_with_id("/agents/metrics/", id.into().as_str());
        Since::new(self.client.clone(), NEEDS).delete("agents.metrics.delete", path)
    }

    /// Attaches a metric to an agent: it evaluates every call from now on.
    /// `POST /agents/{agent_id}/metrics/{metric_id}`.
    pub fn attach(&self, agent: impl Into<AgentId>, metric: impl Into<MetricId>) -> Call<()> {
        let path = attachment(&agent.into(), &metric.into());
        let mut request = Prepared::empty("agents.metrics.attach", Method::POST, path);
        // Attaching it twice has no further effect.
        request.effect = Effect::Idempotent;
        super::without_answer(&self.client, request)
    }

    /// Detaches a metric from an agent: it evaluates no further call.
    /// `DELETE /agents/{agent_id}/metrics/{metric_id}`.
    pub fn detach(&self, agent: impl Into<AgentId>, metric: impl Into<MetricId>) -> Call<()> {
        let path = attachment(&agent.into(), &metric.into());
        let request = Prepared::delete("agents.metrics.detach", path);
        super::without_answer(&self.client, request)
    }

    /// Lists results: one page, or all of them page by page. `GET /agents/metrics/results`.
    pub fn results(&self, request: ListMetricResultsRequest) -> ListCall<MetricResult> {
        let path = "/agents/metrics/results";
        let query = request.query();
        super::list(&self.client, "agents.metrics.results", path, query)
    }

    /// Exports results as a table in CSV. `GET /agents/metrics/results/export`.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` for more than 100 000 rows, `NotFound` when there are none.
    ///
    /// ```no_run
    /// use cartesia_types::agent::MetricResultFilter;
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let filter = MetricResultFilter::new().with_agent_id("agent_1");
    /// client.agents().metrics().export(filter).await?.save("results.csv").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn export(&self, filter: MetricResultFilter) -> DownloadCall {
        let request = Prepared::get("agents.metrics.export", "/agents/metrics/results/export")
            .with_accept("text/csv")
            .with_query(&filter.query())
            .with_requirements(vec![AGENTS]);
        DownloadCall::new(self.client.clone(), request, |media| {
            matches!(
                media,
                "text/csv" | "application/csv" | "text/plain" | "application/octet-stream"
            )
        })
    }
}

fn attachment(agent: &AgentId, metric: &MetricId) -> Path {
    let prefix = path_around_id("/agents/", agent.as_str(), "/metrics/");
    path_with_id(prefix, metric.as_str())
}
