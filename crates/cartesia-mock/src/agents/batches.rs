//! Call batches. Each `GET` of a batch begins the calls that are queued, or ends those that run. The names of
//! the statuses are the mock server's own.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use super::OPERATIONS;
use super::outbound::{dial, number_of, recipients};
use crate::fields::Fields;
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::resource::{Changes, Kind, Operation, Resource, Scope, Tables, since};
use crate::state::State;

const LARGEST: usize = 5_000;
/// Calls that run at once unless the batch says otherwise.
const CONCURRENCY: u64 = 3;

pub(crate) struct Batch;

impl Resource for Batch {
    const KIND: Kind = Kind::Batch;

    fn first_version(_: Operation) -> ApiVersion {
        OPERATIONS
    }

    fn create(_: Scope<'_>, tables: &mut Tables, fields: &Fields<'_>) -> Result<Value, Rejection> {
        let name = fields.required("name", fields.string("name")?)?;
        let agent = fields.required("agent_id", fields.string("agent_id")?)?;
        let from = fields.required("from_number_id", fields.string("from_number_id")?)?;
        let entries = fields.required("recipients", fields.array("recipients")?)?;
        if !(1..=LARGEST).contains(&entries.len()) {
            let what = format!("must have 1 to {LARGEST} entries");
            return Err(fields.refuse("recipients", &what));
        }
        let entries = recipients(fields, "recipients", entries)?;
        let limit = concurrency(fields)?;
        fields.number_in("ringing_timeout_seconds", &(5.0..=80.0))?;
        fields.number_in("max_call_duration_minutes", &(1.0..=f64::MAX))?;
        let scheduled_at = fields.string("scheduled_at")?;
        tables[Kind::Agent].get(agent)?;
        number_of(tables, from)?;
        let now = tables.next_time();
        let recipients: Vec<Value> = entries
            .into_iter()
            .map(|(number, metadata)| {
                json!({
                    "id": tables.next_id("acbr"),
                    "to_number": number,
                    "status": "queued",
                    "created_at": now,
                    "agent_call_id": null,
                    "error_message": null,
                    "metadata": metadata,
                })
            })
            .collect();
        Ok(json!({
            "name": name,
            "agent_id": agent,
            "from_number_id": from,
            "region": "us",
            "target_concurrency_limit": limit,
            "status": if scheduled_at.is_some() { "scheduled" } else { "queued" },
            "total_calls_scheduled": recipients.len(),
            "total_calls_dispatched": 0,
            "total_calls_finished": 0,
            "retry_count": 0,
            "created_at": now,
            "last_updated_at": now,
            "scheduled_at": scheduled_at,
            "admitted_at": null,
            "recipients": recipients,
        }))
    }

    /// Not routed: batches do not change.
    fn update(_: Scope<'_>, _: &mut Tables, _: &str, _: &Fields<'_>) -> Result<Changes, Rejection> {
        Err(Rejection::method_not_allowed())
    }

    /// The batch goes one step further.
    fn read(tables: &mut Tables, id: &str) -> Result<(), Rejection> {
        let mut batch = tables[Kind::Batch].get(id)?.clone();
        if batch["status"] == "queued" || batch["status"] == "in_progress" {
            advance(tables, &mut batch)?;
            *tables[Kind::Batch].get_mut(id)? = batch;
        }
        Ok(())
    }
}

/// Ends the calls that run; if there were none, begins as many as may run at once.
fn advance(tables: &mut Tables, batch: &mut Value) -> Result<(), Rejection> {
    let now = tables.next_time();
    let agent = batch["agent_id"].as_str().unwrap_or_default().to_owned();
    let limit = batch["target_concurrency_limit"].as_u64().unwrap_or(1);
    let from = batch["from_number_id"].as_str().unwrap_or_default();
    let from = number_of(tables, from)?;
    let mut recipients = batch["recipients"].as_array().cloned().unwrap_or_default();
    let with = |recipients: &[Value], status: &str| {
        let such = recipients.iter().filter(|one| one["status"] == status);
        such.count()
    };
    if with(&recipients, "in_progress") > 0 {
        for one in recipients
            .iter_mut()
            .filter(|one| one["status"] == "in_progress")
        {
            one["status"] = json!("completed");
            let call = one["agent_call_id"].as_str().unwrap_or_default();
            // Another request may have cancelled it already.
            if let Ok(call) = tables[Kind::Call].get_mut(call)
                && call["status"] == "active"
            {
                call["status"] = json!("completed");
                call["end_time"] = json!(now);
            }
        }
    } else {
        let waiting = recipients
            .iter_mut()
            .filter(|one| one["status"] == "queued");
        for one in waiting.take(usize::try_from(limit).unwrap_or(usize::MAX)) {
            let number = one["to_number"].as_str().unwrap_or_default();
            let call = dial(tables, &agent, &from, number, &one["metadata"]);
            one["status"] = json!("in_progress");
            one["agent_call_id"] = json!(call);
        }
    }
    let (waiting, running) = (
        with(&recipients, "queued"),
        with(&recipients, "in_progress"),
    );
    let finished = with(&recipients, "completed");
    batch["status"] = json!(if waiting + running == 0 {
        "completed"
    } else {
        "in_progress"
    });
    batch["total_calls_dispatched"] = json!(running + finished);
    batch["total_calls_finished"] = json!(finished);
    if batch["admitted_at"].is_null() {
        batch["admitted_at"] = json!(now);
    }
    batch["last_updated_at"] = json!(now);
    batch["recipients"] = json!(recipients);
    Ok(())
}

/// `POST /agents/calls/batches/{id}/cancel`: who was not called yet, is not called. Twice is once.
pub(crate) async fn cancel_batch(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since(OPERATIONS, caller.version)?;
    let mut tables = state.objects.lock();
    let now = tables.next_time();
    let batch = tables[Kind::Batch].get_mut(&id)?;
    if batch["status"] == "completed" {
        return Err(Rejection::bad_request("the batch is over"));
    }
    if batch["status"] != "cancelled" {
        set_recipients(batch, &["queued", "in_progress"], "cancelled");
        batch["status"] = json!("cancelled");
        batch["last_updated_at"] = json!(now);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /agents/calls/batches/{id}/retry`: who was not reached, is called again.
pub(crate) async fn retry_batch(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since(OPERATIONS, caller.version)?;
    let mut tables = state.objects.lock();
    let now = tables.next_time();
    let batch = tables[Kind::Batch].get_mut(&id)?;
    if set_recipients(batch, &["cancelled"], "queued") == 0 {
        return Err(Rejection::bad_request("no recipient is left to call again"));
    }
    batch["status"] = json!("queued");
    batch["retry_count"] = json!(batch["retry_count"].as_u64().unwrap_or_default() + 1);
    batch["last_updated_at"] = json!(now);
    Ok(StatusCode::NO_CONTENT)
}

fn concurrency(fields: &Fields<'_>) -> Result<u64, Rejection> {
    const NAME: &str = "target_concurrency_limit";
    let Some(limit) = fields.get(NAME) else {
        return Ok(CONCURRENCY);
    };
    let limit = limit.as_u64().filter(|limit| *limit > 0);
    limit.ok_or_else(|| fields.refuse(NAME, "must be a whole number above zero"))
}

/// Gives recipients of these a new status; how many there were.
fn set_recipients(batch: &mut Value, from: &[&str], to: &str) -> usize {
    let recipients = batch["recipients"].as_array_mut().into_iter().flatten();
    let matching = recipients.filter(|one| from.iter().any(|from| one["status"] == *from));
    matching.map(|one| one["status"] = json!(to)).count()
}
