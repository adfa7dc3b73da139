//! `agents metrics …`.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

use cartesia::Agents;
use cartesia::agent::{AgentId, CreateMetricRequest, ListMetricsRequest, Metric, MetricId};
use clap::{Args, Subcommand};

use super::args::Paging;
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Metrics {
    /// Without a verb, metrics are listed
    #[command(subcommand)]
    verb: Option<MetricsVerb>,
    #[command(flatten)]
    paging: Paging,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MetricsVerb {
    /// List metrics
    List(Paging),
    /// Show one metric
    Get {
        /// The metric
        metric: MetricId,
    },
    /// Create a metric; it evaluates no call until it is attached to an agent
    Create {
        /// Its name: lower case letters, digits, `_`, `-` and `.`
        name: String,
        /// The question to evaluate a call by
        #[arg(long, value_name = "TEXT")]
        prompt: String,
        /// Its name for people
        #[arg(long, value_name = "TEXT")]
        display_name: Option<String>,
    },
    /// Evaluate every future call of an agent by a metric
    Attach {
        /// The agent
        agent: AgentId,
        /// The metric
        metric: MetricId,
    },
    /// Stop evaluating the calls of an agent by a metric
    Detach {
        /// The agent
        agent: AgentId,
        /// The metric
        metric: MetricId,
    },
    /// Delete a metric; its results stay
    Delete {
        /// The metric
        metric: MetricId,
    },
}

pub(super) async fn run(agents: &Agents, global: &Global, metrics: Metrics) -> Result<(), Failure> {
    let calls = agents.metrics();
    match metrics.verb.unwrap_or(MetricsVerb::List(metrics.paging)) {
        MetricsVerb::List(paging) => {
            let mut request = ListMetricsRequest::new();
            request.limit = paging.limit;
            let page = super::fetch(calls.list(request), &paging, global).await?;
            show::page(global, &page, ["ID", "NAME", "PROMPT"], row)
        }
        MetricsVerb::Get { metric } => {
            one(global, &with_timeout!(calls.get(metric), global).await?)
        }
        MetricsVerb::Create {
            name,
            prompt,
            display_name,
        } => {
            let mut request = CreateMetricRequest::new(name, prompt);
            request.display_name = display_name;
            one(global, &with_timeout!(calls.create(request), global).await?)
        }
        MetricsVerb::Attach { agent, metric } => {
            Ok(with_timeout!(calls.attach(agent, metric), global).await?)
        }
        MetricsVerb::Detach { agent, metric } => {
            Ok(with_timeout!(calls.detach(agent, metric), global).await?)
        }
        MetricsVerb::Delete { metric } => Ok(with_timeout!(calls.delete(metric), global).await?),
    }
}

fn row(metric: &Metric) -> [String; 3] {
    [
        metric.id.to_string(),
        metric.name.clone(),
        metric.prompt.clone(),
    ]
}

fn one(global: &Global, metric: &Metric) -> Result<(), Failure> {
    let [id, name, prompt] = row(metric);
    show::one(
        global,
        metric,
        &[
            ("id", id),
            ("name", name),
            ("display name", show::text(metric.display_name.as_ref())),
            ("prompt", prompt),
            ("created at", show::text(metric.created_at.as_ref())),
        ],
    )
}
