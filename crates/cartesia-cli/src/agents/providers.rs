//! `agents phone-numbers providers …`.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::{Path, PathBuf};

use cartesia::agent::{ListProvidersRequest, Provider, ProviderId, ProviderKind, ProviderSettings};
use cartesia::http::AgentProviders;
use clap::{Args, Subcommand};
use serde_json::Value;

use super::secret::secret;
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

#[derive(Debug, Subcommand)]
pub(crate) enum ProvidersVerb {
    /// List providers
    List {
        /// Only those of this kind: twilio, sip_trunk
        #[arg(long, value_name = "KIND")]
        kind: Option<ProviderKind>,
        /// Only those of this account at Twilio
        #[arg(long, value_name = "SID")]
        account: Option<String>,
    },
    /// Show one provider
    Get {
        /// The provider
        provider: ProviderId,
    },
    /// Add a Twilio account
    CreateTwilio {
        /// The account
        #[arg(value_name = "ACCOUNT_SID")]
        account: String,
        /// The key of the account
        #[arg(long, value_name = "SID")]
        key: String,
        /// A file with the secret of the key; `-` is stdin
        #[arg(long, value_name = "FILE|-")]
        secret_file: PathBuf,
        #[command(flatten)]
        names: Names,
    },
    /// Add a SIP trunk
    CreateTrunk {
        /// Its name for people
        label: String,
        #[command(flatten)]
        trunk: Trunk,
    },
    /// Change a provider; fields without a flag stay unchanged
    Update {
        /// The provider
        provider: ProviderId,
        #[command(flatten)]
        names: Names,
        /// The key of the account at Twilio
        #[arg(long, value_name = "SID")]
        key: Option<String>,
        /// A file with the secret of the key; `-` is stdin
        #[arg(long, value_name = "FILE|-")]
        secret_file: Option<PathBuf>,
        #[command(flatten)]
        trunk: Trunk,
    },
    /// Delete a provider
    Delete {
        /// The provider
        provider: ProviderId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Names {
    /// Its name for people
    #[arg(long)]
    label: Option<String>,
    /// Region of the account: us1, ie1, au1 [default: set by the service, us1]
    #[arg(long)]
    region: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Trunk {
    /// Settings of calls from the trunk, a file with an object: {"media_encryption": …}
    #[arg(long, value_name = "FILE.json")]
    inbound: Option<PathBuf>,
    /// Settings of calls to the trunk, a file with an object
    #[arg(long, value_name = "FILE.json")]
    outbound: Option<PathBuf>,
}

impl Trunk {
    fn apply(&self, settings: &mut ProviderSettings) -> Result<(), Failure> {
        settings.inbound = self.inbound.as_deref().map(object).transpose()?;
        settings.outbound = self.outbound.as_deref().map(object).transpose()?;
        Ok(())
    }
}

pub(super) async fn run(
    providers: &AgentProviders,
    global: &Global,
    verb: ProvidersVerb,
) -> Result<(), Failure> {
    let call = match verb {
        ProvidersVerb::List { kind, account } => {
            let mut request = ListProvidersRequest::new();
            request.kind = kind;
            request.account_sid = account;
            let page = with_timeout!(providers.list(request), global).await?;
            return show::page(global, &page, ["ID", "KIND", "ACCOUNT", "LABEL"], row);
        }
        ProvidersVerb::Delete { provider } => {
            return Ok(with_timeout!(providers.delete(provider), global).await?);
        }
        ProvidersVerb::Get { provider } => providers.get(provider),
        ProvidersVerb::CreateTwilio {
            account,
            key,
            secret_file,
            names,
        } => {
            let mut settings = ProviderSettings::twilio(account, key, secret(&secret_file)?);
            settings.label = names.label;
            settings.region = names.region;
            providers.create(settings)
        }
        ProvidersVerb::CreateTrunk { label, trunk } => {
            let mut settings = ProviderSettings::sip_trunk(label);
            trunk.apply(&mut settings)?;
            providers.create(settings)
        }
        ProvidersVerb::Update {
            provider,
            names,
            key,
            secret_file,
            trunk,
        } => {
            let mut settings = ProviderSettings::new();
            settings.label = names.label;
            settings.region = names.region;
            settings.api_key_sid = key;
            settings.api_key_secret = secret_file.as_deref().map(secret).transpose()?;
            trunk.apply(&mut settings)?;
            if settings == ProviderSettings::new() {
                let message = "no change was given; `--help` lists the flags";
                return Err(Failure::usage(message));
            }
            providers.update(provider, settings)
        }
    };
    one(global, with_timeout!(call, global).await?)
}

fn row(provider: &Provider) -> [String; 4] {
    [
        provider.id.to_string(),
        show::text(provider.settings.kind.as_ref()),
        show::text(provider.settings.account_sid.as_ref()),
        show::text(provider.settings.label.as_ref()),
    ]
}

fn one(global: &Global, mut provider: Provider) -> Result<(), Failure> {
    // The service does not show it; should it ever, output ends up in logs.
    provider.settings.api_key_secret = None;
    let [id, kind, account, label] = row(&provider);
    show::one(
        global,
        &provider,
        &[
            ("id", id),
            ("kind", kind),
            ("label", label),
            ("account", account),
            ("key", show::text(provider.settings.api_key_sid.as_ref())),
            ("region", show::text(provider.settings.region.as_ref())),
            ("created at", show::text(provider.created_at.as_ref())),
            ("updated at", show::text(provider.updated_at.as_ref())),
        ],
    )
}

/// An object of JSON. It may hold a password, so the error does not quote it.
fn object(path: &Path) -> Result<Value, Failure> {
    let text = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    serde_json::from_slice(&text)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| {
            let name = path.display();
            Failure::usage(format!("{name} is not an object of JSON"))
        })
}
