//! The agents themselves, templates and numbers.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};

use super::{json as read_json, numbers, since_agents};
use crate::exchange::Caller;
use crate::fields::Fields;
use crate::rejection::Rejection;
use crate::state::State;

/// `GET /agents`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
) -> Result<Json<Value>, Rejection> {
    since_agents(&caller)?;
    Ok(Json(json!({"summaries": state.agents.lock().agents.0})))
}

/// `GET /agents/{agent_id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since_agents(&caller)?;
    Ok(Json(state.agents.lock().agents.get("agent", &id)?.clone()))
}

/// `PATCH /agents/{agent_id}`: null counts as not given.
pub(crate) async fn update(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    since_agents(&caller)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let mut tables = state.agents.lock();
    tables.agents.get("agent", &id)?;
    let mut changes = Vec::new();
    for name in [
        "name",
        "description",
        "tts_voice",
        "tts_language",
        "webhook_id",
    ] {
        changes.extend(fields.string(name)?.map(|value| (name, value)));
    }
    if let Some((_, voice)) = changes.iter().find(|(name, _)| *name == "tts_voice")
        && state.catalogue.find(voice).is_none()
    {
        return Err(Rejection::voice_not_found(caller.version, voice));
    }
    let now = tables.next_time();
    let changes = changes
        .into_iter()
        .map(|(name, value)| (name, json!(value)));
    tables.agents.change("agent", &id, now, changes).map(Json)
}

/// An agent that is to be called.
pub(crate) fn find(state: &State, caller: &Caller, id: &str) -> Result<Value, Rejection> {
    since_agents(caller)?;
    state.agents.lock().agents.get("agent", id).cloned()
}

/// `DELETE /agents/{agent_id}`.
pub(crate) async fn delete(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since_agents(&caller)?;
    let mut tables = state.agents.lock();
    tables.agents.remove("agent", &id)?;
    tables.attached.retain(|(agent, _)| *agent != id);
    for number in &mut tables.numbers.0 {
        if number["agent"]["id"] == id {
            number["agent"] = Value::Null;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /agents/templates`.
pub(crate) async fn templates(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
) -> Result<Json<Value>, Rejection> {
    since_agents(&caller)?;
    Ok(Json(json!({"templates": state.agents.lock().templates.0})))
}

/// `GET /agents/{agent_id}/phone-numbers`.
pub(crate) async fn phone_numbers(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since_agents(&caller)?;
    let tables = state.agents.lock();
    tables.agents.get("agent", &id)?;
    Ok(Json(json!(numbers::of_agent(&tables, &id))))
}
