//! `agents webhooks …`.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::PathBuf;

use cartesia::Agents;
use cartesia::agent::{CreateWebhookRequest, UpdateWebhookRequest, Webhook, WebhookId};
use clap::Subcommand;

use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

use super::secret::secret;

#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksVerb {
    /// List webhooks
    List,
    /// Show one webhook
    Get {
        /// The webhook
        webhook: WebhookId,
    },
    /// Create a webhook
    Create {
        /// The address that receives events of calls
        url: String,
        /// A file with the secret that deliveries carry; `-` is stdin
        #[arg(long, value_name = "FILE|-")]
        secret_file: PathBuf,
        /// Its name for people
        #[arg(long)]
        name: Option<String>,
    },
    /// Change a webhook
    #[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
    Update {
        /// The webhook
        webhook: WebhookId,
        /// The address that receives events of calls
        #[arg(long, group = "change")]
        url: Option<String>,
        /// A file with the secret that deliveries carry; `-` is stdin
        #[arg(long, value_name = "FILE|-", group = "change")]
        secret_file: Option<PathBuf>,
        /// Its name for people
        #[arg(long, group = "change")]
        name: Option<String>,
    },
    /// Delete a webhook
    Delete {
        /// The webhook
        webhook: WebhookId,
    },
}

pub(super) async fn run(
    agents: &Agents,
    global: &Global,
    verb: WebhooksVerb,
) -> Result<(), Failure> {
    let webhooks = agents.webhooks();
    let webhook = match verb {
        WebhooksVerb::List => {
            let page = with_timeout!(webhooks.list(), global).await?;
            return show::page(global, &page, ["ID", "NAME", "URL"], |webhook| {
                let name = show::text(webhook.display_name.as_ref());
                [webhook.id.to_string(), name, webhook.url.clone()]
            });
        }
        WebhooksVerb::Delete { webhook } => {
            return Ok(with_timeout!(webhooks.delete(webhook), global).await?);
        }
        WebhooksVerb::Get { webhook } => with_timeout!(webhooks.get(webhook), global).await?,
        WebhooksVerb::Create {
            url,
            secret_file,
            name,
        } => {
            let mut request = CreateWebhookRequest::new(url, secret(&secret_file)?);
            request.display_name = name;
            let mut made = with_timeout!(webhooks.create(request), global).await?;
            // The caller has it already, and output ends up in logs.
            made.secret = None;
            made
        }
        WebhooksVerb::Update {
            webhook,
            url,
            secret_file,
            name,
        } => {
            let mut request = UpdateWebhookRequest::new();
            request.url = url;
            request.secret = secret_file.as_deref().map(secret).transpose()?;
            request.display_name = name;
            with_timeout!(webhooks.update(webhook, request), global).await?
        }
    };
    one(global, &webhook)
}

fn one(global: &Global, webhook: &Webhook) -> Result<(), Failure> {
    show::one(
        global,
        webhook,
        &[
            ("id", webhook.id.to_string()),
            ("name", show::text(webhook.display_name.as_ref())),
            ("url", webhook.url.clone()),
            ("created at", show::text(webhook.created_at.as_ref())),
            ("updated at", show::text(webhook.updated_at.as_ref())),
        ],
    )
}
