//! Sub-verbs and flags of `agents`.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::PathBuf;
use std::time::Duration;

use cartesia::agent::{
    AgentId, CallId, DeploymentId, MetricId, MetricResultFilter, OutboundCall,
    OutboundCallsRequest, PhoneNumberId, UpdateAgentRequest, WebhookId,
};
use cartesia::{Language, Timestamp, VoiceId};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum AgentsVerb {
    /// List agents
    List,
    /// Show one agent
    Get {
        /// The agent
        agent: AgentId,
    },
    /// Change an agent
    Update(Update),
    /// Delete an agent
    Delete {
        /// The agent
        agent: AgentId,
    },
    /// List code to start an agent from
    Templates,
    /// List the phone numbers of an agent
    Numbers {
        /// The agent
        agent: AgentId,
    },
    /// List the calls of an agent, newest first
    Calls(Calls),
    /// Show one call and what was said in it
    Call {
        /// The call
        call: CallId,
    },
    /// Save the recording of a call, a WAV file
    Audio {
        /// The call
        call: CallId,
        /// Where to write the audio; `-` is stdout
        #[arg(short, long, value_name = "FILE|-", default_value = "call.wav")]
        output: PathBuf,
    },
    /// Let an agent call people, at once
    Dial(Dial),
    /// End a call that runs
    Cancel {
        /// The call
        call: CallId,
    },
    /// Take transcript, recording and logs out of a call, for ever
    Redact {
        /// The call
        call: CallId,
    },
    /// Show what the code of the agent logged in a call
    Logs {
        /// The call
        call: CallId,
    },
    /// List, show and make metrics, and attach them to agents
    Metrics(super::metrics::Metrics),
    /// Delete a metric; its results stay
    DeleteMetric {
        /// The metric
        metric: MetricId,
    },
    /// List results of metrics
    Results(Results),
    /// Save results of metrics as CSV
    Export(Export),
    /// List the deployments of an agent
    Deployments {
        /// The agent
        agent: AgentId,
    },
    /// Show one deployment
    Deployment {
        /// The deployment
        deployment: DeploymentId,
    },
    /// List, show, rent, import, change and delete phone numbers
    #[command(subcommand)]
    PhoneNumbers(super::phone_numbers::PhoneNumbersVerb),
    /// List, show, make, change and delete webhooks, which are told of calls
    #[command(subcommand)]
    Webhooks(super::webhooks::WebhooksVerb),
    /// List, show, make, cancel and retry call batches
    #[command(subcommand)]
    Batches(super::batches::BatchesVerb),
    /// List, show, make, change and delete folders of what agents know
    #[command(subcommand)]
    Folders(super::folders::FoldersVerb),
    /// List, show, add, change and delete documents, which are what agents know
    #[command(subcommand)]
    Documents(super::documents::DocumentsVerb),
    /// List, show, make, change and delete managed agents, and list their models and tools
    #[command(subcommand)]
    Managed(super::managed::ManagedVerb),
}

#[derive(Debug, Args)]
pub(crate) struct Paging {
    /// How many at most; 1 to 100 [default: as the service has it]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(super) limit: Option<u32>,
    /// All of them, page by page
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The agent
    pub(super) agent: AgentId,
    /// Its new name
    #[arg(long)]
    name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The voice that it speaks with
    #[arg(long, value_name = "ID")]
    voice: Option<VoiceId>,
    /// The language that it speaks, such as `en`
    #[arg(long, value_name = "CODE")]
    language: Option<Language>,
    /// The webhook that it tells of calls
    #[arg(long, value_name = "ID")]
    webhook: Option<WebhookId>,
}

impl Update {
    pub(super) fn request(&self) -> UpdateAgentRequest {
        let mut request = UpdateAgentRequest::new();
        request.name.clone_from(&self.name);
        request.description.clone_from(&self.description);
        request.tts_voice.clone_from(&self.voice);
        request.tts_language.clone_from(&self.language);
        request.webhook_id.clone_from(&self.webhook);
        request
    }
}

#[derive(Debug, Args)]
pub(crate) struct Calls {
    /// The agent
    pub(super) agent: AgentId,
    /// With what was said; only in JSON
    #[arg(long)]
    pub(super) transcripts: bool,
    #[command(flatten)]
    pub(super) paging: Paging,
}

#[derive(Debug, Args)]
pub(crate) struct Dial {
    /// The agent that speaks
    agent: AgentId,
    /// The numbers that are called, such as +15550100
    #[arg(required = true)]
    numbers: Vec<String>,
    /// The id of the number that calls
    #[arg(long, value_name = "ID")]
    from: PhoneNumberId,
    /// How long it rings, 5 to 80 seconds [default: as the service has it, 60]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(5..=80))]
    ring: Option<u32>,
    /// How long a call may take
    #[arg(long, value_name = "MINUTES")]
    max_minutes: Option<u32>,
}

impl From<Dial> for OutboundCallsRequest {
    fn from(dial: Dial) -> Self {
        let mut request = Self::new(dial.agent, dial.from);
        request.outbound_calls = dial.numbers.into_iter().map(OutboundCall::new).collect();
        request.ringing_timeout = dial.ring.map(|seconds| Duration::from_secs(seconds.into()));
        request.max_call_duration = dial
            .max_minutes
            .map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
        request
    }
}

#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Only those of this agent
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
    /// Only those of this deployment
    #[arg(long, value_name = "ID")]
    deployment: Option<DeploymentId>,
    /// Only those of this metric
    #[arg(long, value_name = "ID")]
    metric: Option<MetricId>,
    /// Only those of this call
    #[arg(long, value_name = "ID")]
    call: Option<CallId>,
    /// Only those of this time and later, such as 2026-03-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only those of this time and earlier
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

impl From<Filter> for MetricResultFilter {
    fn from(filter: Filter) -> Self {
        let mut request = Self::new();
        request.agent_id = filter.agent;
        request.deployment_id = filter.deployment;
        request.metric_id = filter.metric;
        request.call_id = filter.call;
        request.start_date = filter.since;
        request.end_date = filter.until;
        request
    }
}

#[derive(Debug, Args)]
pub(crate) struct Results {
    #[command(flatten)]
    pub(super) filter: Filter,
    #[command(flatten)]
    pub(super) paging: Paging,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(super) filter: Filter,
    /// Where to write the table; `-` is stdout
    #[arg(short, long, value_name = "FILE|-", default_value = "results.csv")]
    pub(super) output: PathBuf,
}
