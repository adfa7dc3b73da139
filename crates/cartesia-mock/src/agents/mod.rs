//! `/agents`.

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
mod resource;
mod seed;
mod store;
mod webhooks;

pub(crate) use audio::audio;
pub(crate) use batches::{
    cancel as cancel_batch, create as create_batch, get as get_batch, list as list_batches,
    retry as retry_batch,
};
pub(crate) use calls::{get as get_call, list as list_calls};
pub(crate) use deployments::{get as get_deployment, list as list_deployments};
pub(crate) use documents::{
    create as create_document, create_all as create_documents, delete as delete_document,
    get as get_document, list as list_documents, update as update_document,
};
pub(crate) use folders::{
    create as create_folder, delete as delete_folder, get as get_folder, list as list_folders,
    update as update_folder,
};
pub(crate) use managed::{
    create as create_managed, delete as delete_managed, find as find_managed, get as get_managed,
    list as list_managed, models, tools, update as update_managed, versions,
};
pub(crate) use metrics::{
    attach, create as create_metric, delete as delete_metric, detach, export, get as get_metric,
    list as list_metrics, results,
};
pub(crate) use numbers::{
    delete as delete_number, get as get_number, import as import_number, list as list_numbers,
    provision as provision_number, update as update_number,
};
pub(crate) use outbound::{cancel, logs, redact, start};
pub(crate) use providers::{
    create as create_provider, delete as delete_provider, get as get_provider,
    list as list_providers, update as update_provider,
};
pub(crate) use resource::{delete, find, get, list, phone_numbers, templates, update};
pub(crate) use store::Agents;
pub(crate) use webhooks::{
    create as create_webhook, delete as delete_webhook, get as get_webhook, list as list_webhooks,
    update as update_webhook,
};

use cartesia_types::ApiVersion;
use serde_json::Value;

use crate::exchange::Caller;
use crate::rejection::Rejection;

/// Before 2025-04-16 there were no agents.
fn since_agents(caller: &Caller) -> Result<(), Rejection> {
    if caller.version < ApiVersion::V2025_04_16 {
        return Err(Rejection::not_found("there is no such path"));
    }
    Ok(())
}

/// Before 2026-03-01 there was nothing but reading, changing and measuring.
fn since_operations(caller: &Caller) -> Result<(), Rejection> {
    if caller.version < ApiVersion::V2026_03_01 {
        return Err(Rejection::not_found("there is no such path"));
    }
    Ok(())
}

fn json(body: &[u8]) -> Result<Value, Rejection> {
    serde_json::from_slice(body)
        .map_err(|error| Rejection::bad_request(format!("the body is not JSON: {error}")))
}
