//! Sub-verbs and flags of `agents`.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::PathBuf;
use std::time::Duration;

use cartesia::agent::{
    AgentId, CallId, DeploymentId, MetricId, MetricResultFilter, OutboundCall, PhoneNumberId,
    PlaceCallsRequest, UpdateAgentRequest, WebhookId,
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
    /// List templates: code to start an agent from
    Templates,
    /// List the phone numbers of an agent
    Numbers {
        /// The agent
        agent: AgentId,
    },
    /// List the calls of an agent, newest first
    Calls(Calls),
    /// Show one call and its transcript
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
    /// Call an agent: talk by microphone and speakers, or by files
    Talk(super::talk::Talk),
    /// Place outbound calls of an agent now
    Dial(Dial),
    /// End a running call
    Cancel {
        /// The call
        call: CallId,
    },
    /// Delete transcript, recording and logs of a call permanently
    Redact {
        /// The call
        call: CallId,
    },
    /// Show the logs of the agent's code in a call
    Logs {
        /// The call
        call: CallId,
    },
    /// List, show and create metrics, and attach them to agents
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
    /// List, show, create, change and delete webhooks, which receive events of calls
    #[command(subcommand)]
    Webhooks(super::webhooks::WebhooksVerb),
    /// List, show, create, cancel and retry call batches
    #[command(subcommand)]
    Batches(super::batches::BatchesVerb),
    /// List, show, create, change and delete folders of knowledge documents
    #[command(subcommand)]
    Folders(super::folders::FoldersVerb),
    /// List, show, add, change and delete knowledge documents
    #[command(subcommand)]
    Documents(super::documents::DocumentsVerb),
    /// List, show, create, change and delete managed agents, and list their models and tools
    #[command(subcommand)]
    Managed(super::managed::ManagedVerb),
}

#[derive(Debug, Args)]
pub(crate) struct Paging {
    /// At most this many, 1 to 100 [default: set by the service]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(super) limit: Option<u32>,
    /// All pages
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
    /// Its new description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Its new voice
    #[arg(long, value_name = "ID")]
    voice: Option<VoiceId>,
    /// Its new language, such as `en`
    #[arg(long, value_name = "CODE")]
    language: Option<Language>,
    /// The webhook for its calls
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
    /// Include transcripts; only in JSON
    #[arg(long)]
    pub(super) transcripts: bool,
    #[command(flatten)]
    pub(super) paging: Paging,
}

#[derive(Debug, Args)]
pub(crate) struct Dial {
    /// The agent
    agent: AgentId,
    /// The numbers to call, such as +15550100
    #[arg(required = true)]
    numbers: Vec<String>,
    /// The id of the calling number
    #[arg(long, value_name = "ID")]
    from: PhoneNumberId,
    /// Ringing time, 5 to 80 seconds [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(5..=80))]
    ring: Option<u32>,
    /// The longest duration of a call
    #[arg(long, value_name = "MINUTES")]
    max_minutes: Option<u32>,
}

impl From<Dial> for PlaceCallsRequest {
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
    /// Only of this agent
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
    /// Only of this deployment
    #[arg(long, value_name = "ID")]
    deployment: Option<DeploymentId>,
    /// Only of this metric
    #[arg(long, value_name = "ID")]
    metric: Option<MetricId>,
    /// Only of this call
    #[arg(long, value_name = "ID")]
    call: Option<CallId>,
    /// Only from this time on, such as 2026-03-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only up to this time
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
