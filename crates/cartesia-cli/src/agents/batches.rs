//! `agents batches …`.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use cartesia::agent::{
    AgentId, CallBatch, CallBatchId, CreateCallBatchRequest, OutboundCall, PhoneNumberId,
};
use cartesia::{Agents, Timestamp};
use clap::{Args, Subcommand};

use crate::args::Listing;
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::show;
use crate::table;

#[derive(Debug, Subcommand)]
pub(crate) enum BatchesVerb {
    /// List call batches
    List(Listing),
    /// Show one batch and the status of each recipient
    Get {
        /// The batch
        batch: CallBatchId,
    },
    /// Let an agent call many people
    Create(Create),
    /// Cancel a batch: no further call starts
    Cancel {
        /// The batch
        batch: CallBatchId,
    },
    /// Call the recipients of a batch again that were not reached
    Retry {
        /// The batch
        batch: CallBatchId,
    },
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("who").required(true).multiple(true))]
pub(crate) struct Create {
    /// The agent
    agent: AgentId,
    /// The numbers to call, such as +15550100
    #[arg(group = "who")]
    numbers: Vec<String>,
    /// Further recipients, from a file: [{"to_number": "…", "metadata": {…}}]
    #[arg(long, value_name = "FILE.json", group = "who")]
    recipients: Option<PathBuf>,
    /// The name of the batch
    #[arg(long)]
    name: String,
    /// The id of the calling number
    #[arg(long, value_name = "ID")]
    from: PhoneNumberId,
    /// Calls in flight at once [default: set by the service]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: Option<u32>,
    /// Ringing time, 5 to 80 seconds [default: set by the service]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(5..=80))]
    ring: Option<u32>,
    /// The longest duration of a call
    #[arg(long, value_name = "MINUTES")]
    max_minutes: Option<u32>,
    /// Start calling at this time, such as 2026-09-02T09:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

impl Create {
    fn request(self) -> Result<CreateCallBatchRequest, Failure> {
        let mut request = CreateCallBatchRequest::new(self.name, self.agent, self.from);
        request.recipients = self.numbers.into_iter().map(OutboundCall::new).collect();
        if let Some(path) = &self.recipients {
            request.recipients.extend(recipients(path)?);
        }
        request.target_concurrency_limit = self.concurrency;
        request.ringing_timeout = self.ring.map(|seconds| Duration::from_secs(seconds.into()));
        request.max_call_duration = self
            .max_minutes
            .map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
        request.scheduled_at = self.at;
        Ok(request)
    }
}

pub(super) async fn run(
    agents: &Agents,
    global: &Global,
    verb: BatchesVerb,
) -> Result<(), Failure> {
    let batches = agents.calls().batches();
    match verb {
        BatchesVerb::List(listing) => {
            let page = show::fetch(global, &listing, |page| batches.list(page)).await?;
            let head = ["ID", "STATUS", "CALLS", "FINISHED", "NAME"];
            show::page(global, &page, head, row)
        }
        BatchesVerb::Get { batch } => {
            one(global, &with_timeout!(batches.get(batch), global).await?)
        }
        BatchesVerb::Create(create) => {
            let call = batches.create(create.request()?);
            one(global, &with_timeout!(call, global).await?)
        }
        BatchesVerb::Cancel { batch } => {
            with_timeout!(batches.cancel(&batch), global).await?;
            show::done(global, &format!("The batch {batch} is cancelled."));
            Ok(())
        }
        BatchesVerb::Retry { batch } => {
            with_timeout!(batches.retry(&batch), global).await?;
            show::done(global, &format!("The batch {batch} is retried."));
            Ok(())
        }
    }
}

fn row(batch: &CallBatch) -> [String; 5] {
    [
        batch.id.to_string(),
        show::text(batch.status.as_ref()),
        batch.total_calls_scheduled.to_string(),
        batch.total_calls_finished.to_string(),
        batch.name.clone(),
    ]
}

fn one(global: &Global, batch: &CallBatch) -> Result<(), Failure> {
    let [id, status, scheduled, finished, name] = row(batch);
    show::one(
        global,
        batch,
        &[
            ("id", id),
            ("name", name),
            ("status", status),
            ("agent", show::text(batch.agent_id.as_ref())),
            ("from", show::text(batch.from_number_id.as_ref())),
            ("calls", scheduled),
            ("begun", batch.total_calls_dispatched.to_string()),
            ("finished", finished),
            ("retries", batch.retry_count.to_string()),
            ("created at", show::text(batch.created_at.as_ref())),
            ("scheduled at", show::text(batch.scheduled_at.as_ref())),
        ],
    )?;
    if global.json || batch.recipients.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = batch
        .recipients
        .iter()
        .map(|one| {
            [
                one.to_number.clone(),
                show::text(one.status.as_ref()),
                show::text(one.agent_call_id.as_ref()),
                show::text(one.error_message.as_ref()),
            ]
        })
        .collect();
    table::print(["NUMBER", "STATUS", "CALL", "ERROR"], &rows)
}

/// The recipients in a file. The error does not quote the file: phone numbers are private.
fn recipients(path: &Path) -> Result<Vec<OutboundCall>, Failure> {
    let text = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    serde_json::from_slice(&text).map_err(|_| {
        Failure::usage(format!(
            "{} has no recipients: it must be [{{\"to_number\": \"…\"}}]",
            path.display()
        ))
    })
}
