//! `agents managed …`.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

use std::io;
use std::path::{Path, PathBuf};

use cartesia::Agents;
use cartesia::agent::{AgentId, ManagedAgent, ManagedAgentEntry, SaveManagedAgentRequest};
use cartesia::http::ListCall;
use clap::Subcommand;

use crate::args::Listing;
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

#[derive(Debug, Subcommand)]
pub(crate) enum ManagedVerb {
    /// List managed agents
    List(Listing),
    /// Show one managed agent
    Get {
        /// The agent
        agent: AgentId,
    },
    /// Create a managed agent
    Create {
        /// A file with the body, an object of JSON, whose fields the service knows; `-` is stdin
        #[arg(long, value_name = "FILE|-")]
        json_body: PathBuf,
    },
    /// Change a managed agent
    Update {
        /// The agent
        agent: AgentId,
        /// A file with the fields to change, an object of JSON; `-` is stdin
        #[arg(long, value_name = "FILE|-")]
        json_body: PathBuf,
    },
    /// Delete a managed agent
    Delete {
        /// The agent
        agent: AgentId,
    },
    /// List the models that managed agents may use
    Models,
    /// List the tools that managed agents may use
    Tools,
    /// List the versions of a managed agent; the path is not documented by the service
    Versions {
        /// The agent
        agent: AgentId,
    },
}

pub(super) async fn run(
    agents: &Agents,
    global: &Global,
    verb: ManagedVerb,
) -> Result<(), Failure> {
    let managed = agents.managed();
    let call = match verb {
        ManagedVerb::List(listing) => {
            let page = show::fetch(global, &listing, |page| managed.list(page)).await?;
            return show::page(global, &page, ["ID", "CREATED", "NAME"], row);
        }
        ManagedVerb::Models => return entries(global, managed.models()).await,
        ManagedVerb::Tools => return entries(global, managed.tools()).await,
        ManagedVerb::Versions { agent } => return entries(global, managed.versions(agent)).await,
        ManagedVerb::Delete { agent } => {
            return Ok(with_timeout!(managed.delete(agent), global).await?);
        }
        ManagedVerb::Get { agent } => managed.get(agent),
        ManagedVerb::Create { json_body } => managed.create(body(&json_body)?),
        ManagedVerb::Update { agent, json_body } => managed.update(agent, body(&json_body)?),
    };
    let agent = with_timeout!(call, global).await?;
    let mut fields = vec![
        ("id", agent.id.to_string()),
        ("name", show::text(agent.name.as_ref())),
        ("created at", show::text(agent.created_at.as_ref())),
        ("updated at", show::text(agent.updated_at.as_ref())),
    ];
    let extra = agent.extra.iter();
    fields.extend(extra.map(|(name, value)| (name.as_str(), value.to_string())));
    show::one(global, &agent, &fields)
}

fn row(agent: &ManagedAgent) -> [String; 3] {
    [
        agent.id.to_string(),
        show::text(agent.created_at.as_ref()),
        show::text(agent.name.as_ref()),
    ]
}

/// Shows a list whose entries are undocumented: an identifier, and the rest as JSON.
async fn entries(global: &Global, call: ListCall<ManagedAgentEntry>) -> Result<(), Failure> {
    let page = with_timeout!(call, global).await?;
    show::page(global, &page, ["ID", "NAME", "ENTRY"], |entry| {
        let (id, name) = (entry.id(), entry.name());
        [
            show::text(id.as_ref()),
            show::text(name.as_ref()),
            entry.value.to_string(),
        ]
    })
}

/// An object of JSON. It may hold a password, so the error does not quote it.
fn body(path: &Path) -> Result<SaveManagedAgentRequest, Failure> {
    let text = if path == Path::new("-") {
        io::read_to_string(io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| Failure::file("read", path, &error))?;
    serde_json::from_str(&text).map_err(|_| {
        let name = path.display();
        Failure::usage(format!("{name} is not an object of JSON"))
    })
}
