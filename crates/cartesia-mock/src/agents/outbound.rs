//! Outbound calls of agents, and operations on a call.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};

use super::OPERATIONS;
use crate::fields::{Fields, json as read_json};
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::resource::{Kind, Tables, since};
use crate::state::State;

/// The limit of calls at once; further ones are refused, entry by entry.
const CONCURRENCY: usize = 3;

/// `POST /agents/calls`.
pub(crate) async fn start(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    since(OPERATIONS, caller.version)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let from = fields.required("from_number_id", fields.string("from_number_id")?)?;
    let agent = fields.required("agent_id", fields.string("agent_id")?)?;
    let entries = fields.required("outbound_calls", fields.array("outbound_calls")?)?;
    if entries.is_empty() {
        return Err(fields.refuse("outbound_calls", "must have at least one entry"));
    }
    fields.number_in("ringing_timeout_seconds", &(5.0..=80.0))?;
    fields.number_in("max_call_duration_minutes", &(1.0..=f64::MAX))?;
    let numbers = recipients(&fields, "outbound_calls", entries)?;
    let mut tables = state.objects.lock();
    tables[Kind::Agent].get(agent)?;
    let from = number_of(&tables, from)?;
    let mut calls = Vec::new();
    for (number, metadata) in numbers {
        let running = tables[Kind::Call].items.iter();
        if running.filter(|call| call["status"] == "active").count() >= CONCURRENCY {
            let error = "too many calls run at once";
            calls.push(json!({"number": number, "error": error}));
            continue;
        }
        let id = dial(&mut tables, agent, &from, number, &metadata);
        calls.push(json!({"number": number, "agent_call_id": id}));
    }
    Ok(Json(json!({"calls": calls})))
}

/// `POST /agents/calls/{call_id}/cancel`.
pub(crate) async fn cancel(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since(OPERATIONS, caller.version)?;
    let mut tables = state.objects.lock();
    let now = tables.next_time();
    let call = tables[Kind::Call].get_mut(&id)?;
    if call["status"] != "active" {
        return Err(Rejection::bad_request("the call does not run"));
    }
    call["status"] = json!("cancelled");
    call["end_time"] = json!(now);
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /agents/calls/{call_id}`: what was said is gone, the call stays.
pub(crate) async fn redact(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since(OPERATIONS, caller.version)?;
    let mut tables = state.objects.lock();
    let now = tables.next_time();
    let call = tables[Kind::Call].get_mut(&id)?;
    if call.get("redacted_at").is_none() {
        call["redacted_at"] = json!(now);
    }
    call["transcript"] = Value::Null;
    call["summary"] = Value::Null;
    Ok(Json(call.clone()))
}

/// `GET /agents/calls/{call_id}/logs`: an entry for each turn that was not redacted.
pub(crate) async fn logs(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since(OPERATIONS, caller.version)?;
    let tables = state.objects.lock();
    let call = tables[Kind::Call].get(&id)?;
    let turns = call["transcript"].as_array();
    let entry = |turn: &Value| {
        json!({
            "timestamp": turn["end_timestamp"],
            "level": "info",
            "message": format!("{} spoke", turn["role"].as_str().unwrap_or_default()),
        })
    };
    let logs: Vec<_> = turns.into_iter().flatten().map(entry).collect();
    let updated = call.get("redacted_at").unwrap_or(&call["end_time"]);
    Ok(Json(
        json!({"call_id": id, "logs": logs, "updated_at": updated}),
    ))
}

/// The numbers to call, each with its metadata for the agent.
pub(super) fn recipients<'a>(
    fields: &Fields<'_>,
    name: &str,
    entries: &'a [Value],
) -> Result<Vec<(&'a str, Value)>, Rejection> {
    let read = |entry: &'a Value| {
        let entry =
            Fields::of_body(entry).map_err(|_| fields.refuse(name, "must be made of objects"))?;
        let number = entry.required("to_number", entry.string("to_number")?)?;
        if !is_e164(number) {
            return Err(entry.refuse("to_number", "must be a number in the form of E.164"));
        }
        entry.object("metadata")?;
        let metadata = entry.get("metadata").cloned().unwrap_or_default();
        Ok((number, metadata))
    };
    entries.iter().map(read).collect()
}

/// Begins a call, and gives its identifier.
pub(super) fn dial(
    tables: &mut Tables,
    agent: &str,
    from: &Value,
    number: &str,
    metadata: &Value,
) -> String {
    let id = tables.next_id("ac");
    let call = json!({
        "id": id,
        "agent_id": agent,
        "status": "active",
        "start_time": tables.next_time(),
        "end_time": null,
        "transcript": [],
        "telephony_params": {"to": number, "from": from},
        "summary": null,
        "error_message": null,
        "deployment_id": null,
        "metadata": metadata,
    });
    // Newest first.
    tables[Kind::Call].items.insert(0, call);
    id
}

/// The number of this identifier.
pub(super) fn number_of(tables: &Tables, id: &str) -> Result<Value, Rejection> {
    Ok(tables[Kind::PhoneNumber].get(id)?["number"].clone())
}

pub(super) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
