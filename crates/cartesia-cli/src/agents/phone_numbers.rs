//! `agents phone-numbers …`.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

use cartesia::Agents;
use cartesia::agent::{
    AgentId, ImportPhoneNumberRequest, PhoneNumber, PhoneNumberId, ProviderId, ProviderReference,
    ProvisionPhoneNumberRequest, UpdatePhoneNumberRequest,
};
use cartesia::types::Patch;
use clap::Subcommand;

use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

#[derive(Debug, Subcommand)]
pub(crate) enum PhoneNumbersVerb {
    /// List all phone numbers
    List,
    /// Show one phone number
    Get {
        /// The id of the number
        number: PhoneNumberId,
    },
    /// Import a number that you rent elsewhere
    Import {
        /// The number, such as +15550100
        number: String,
        /// Its name for people
        #[arg(long)]
        label: String,
        /// The provider that it comes from
        #[arg(long, value_name = "ID")]
        provider: ProviderId,
        /// The agent that answers
        #[arg(long, value_name = "ID")]
        agent: Option<AgentId>,
    },
    /// Rent a number from Cartesia
    Provision {
        /// Its name for people
        #[arg(long)]
        label: String,
        /// The agent that answers
        #[arg(long, value_name = "ID")]
        agent: Option<AgentId>,
    },
    /// Change a number, and the agent that answers it
    #[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
    Update {
        /// The id of the number
        number: PhoneNumberId,
        /// Its name for people
        #[arg(long, group = "change")]
        label: Option<String>,
        /// The provider that it comes from
        #[arg(long, value_name = "ID", group = "change")]
        provider: Option<ProviderId>,
        /// The agent that answers
        #[arg(long, value_name = "ID", group = "change")]
        agent: Option<AgentId>,
        /// The call is not answered
        #[arg(long, group = "change", conflicts_with = "agent")]
        no_agent: bool,
    },
    /// Delete a number
    Delete {
        /// The id of the number
        number: PhoneNumberId,
    },
    /// List, show, add, change and delete providers of numbers
    #[command(subcommand)]
    Providers(super::providers::ProvidersVerb),
}

pub(super) async fn run(
    agents: &Agents,
    global: &Global,
    verb: PhoneNumbersVerb,
) -> Result<(), Failure> {
    let numbers = agents.phone_numbers();
    let call = match verb {
        PhoneNumbersVerb::List => {
            let page = with_timeout!(numbers.list(), global).await?;
            return show::page(global, &page, ["ID", "NUMBER", "AGENT", "LABEL"], row);
        }
        PhoneNumbersVerb::Providers(verb) => {
            return super::providers::run(&numbers.providers(), global, verb).await;
        }
        PhoneNumbersVerb::Delete { number } => {
            return Ok(with_timeout!(numbers.delete(number), global).await?);
        }
        PhoneNumbersVerb::Get { number } => numbers.get(number),
        PhoneNumbersVerb::Import {
            number,
            label,
            provider,
            agent,
        } => {
            let provider = ProviderReference::known(provider);
            let mut request = ImportPhoneNumberRequest::new(label, number, provider);
            request.agent_id = agent;
            numbers.import(request)
        }
        PhoneNumbersVerb::Provision { label, agent } => {
            let mut request = ProvisionPhoneNumberRequest::new(label);
            request.agent_id = agent;
            numbers.provision(request)
        }
        PhoneNumbersVerb::Update {
            number,
            label,
            provider,
            agent,
            no_agent,
        } => {
            let mut request = UpdatePhoneNumberRequest::new();
            request.label = label;
            request.provider = provider.map(ProviderReference::known);
            request.agent_id = match agent {
                Some(agent) => Patch::Set(agent),
                None if no_agent => Patch::Clear,
                None => Patch::Keep,
            };
            numbers.update(number, request)
        }
    };
    let number = with_timeout!(call, global).await?;
    let [id, text, agent, label] = row(&number);
    show::one(
        global,
        &number,
        &[
            ("id", id),
            ("number", text),
            ("agent", agent),
            ("label", label),
            ("created at", show::text(number.created_at.as_ref())),
            ("updated at", show::text(number.updated_at.as_ref())),
        ],
    )
}

fn row(number: &PhoneNumber) -> [String; 4] {
    [
        number.id.to_string(),
        number.number.clone(),
        show::text(number.agent.as_ref().map(|agent| &agent.id)),
        show::text(number.label.as_ref()),
    ]
}
