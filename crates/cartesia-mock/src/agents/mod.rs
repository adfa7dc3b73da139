//! `/agents`.

mod agent;
mod audio;
mod batches;
mod calls;
mod deployments;
mod documents;
mod folders;
mod managed;
mod metrics;
mod numbers;
mod outbound;
mod providers;
mod seed;
mod sessions;
mod webhooks;

use cartesia_types::ApiVersion;

pub(crate) use agent::{Agent, find, phone_numbers, templates};
pub(crate) use audio::audio;
pub(crate) use batches::{Batch, cancel_batch, retry_batch};
pub(crate) use calls::{get as get_call, list as list_calls};
pub(crate) use deployments::{get as get_deployment, list as list_deployments};
pub(crate) use documents::{Document, create_documents};
pub(crate) use folders::Folder;
pub(crate) use managed::{ManagedAgent, find_managed, models, tools, versions};
pub(crate) use metrics::{Metric, attach, detach, export, results};
pub(crate) use numbers::{PhoneNumber, provision_number};
pub(crate) use outbound::{cancel, logs, redact, start};
pub(crate) use providers::Provider;
pub(crate) use seed::{add_to, example};
pub(crate) use sessions::{Session, create as create_session};
pub(crate) use webhooks::Webhook;

/// The first version with agents, which can be read, changed and measured.
const AGENTS: ApiVersion = ApiVersion::V2025_04_16;
/// The first version with everything around them: webhooks, numbers, documents, outbound calls.
const OPERATIONS: ApiVersion = ApiVersion::V2026_03_01;
