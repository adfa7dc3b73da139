//! Managed agents. The vendor documents their paths alone: what a body says is kept as it came.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde_json::{Map, Value, json};

use super::json as read_json;
use super::store::Tables;
use crate::exchange::{Caller, Pairs};
use crate::fields::Fields;
use crate::rejection::Rejection;
use crate::state::State;

/// What a body cannot set.
const GIVEN: [&str; 3] = ["id", "created_at", "updated_at"];

/// `GET /v1/agents`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since_managed(&caller)?;
    let page = state.agents.lock().managed.page(&query, |_| true)?;
    Ok(Json(json!(page)))
}

/// `POST /v1/agents`.
pub(crate) async fn create(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    since_managed(&caller)?;
    let mut agent = Value::Object(fields(&read_json(&body)?)?);
    let mut tables = state.agents.lock();
    let now = tables.next_time();
    agent["id"] = json!(tables.next_id("agent"));
    agent["created_at"] = json!(now);
    agent["updated_at"] = json!(now);
    tables.managed.0.push(agent.clone());
    keep_version(&mut tables, &agent);
    Ok((StatusCode::CREATED, Json(agent)))
}

/// `GET /v1/agents/{agent_id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since_managed(&caller)?;
    let tables = state.agents.lock();
    Ok(Json(tables.managed.get("managed agent", &id)?.clone()))
}

/// `PATCH /v1/agents/{agent_id}`: null counts as not given.
pub(crate) async fn update(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    since_managed(&caller)?;
    let changes = fields(&read_json(&body)?)?;
    let mut tables = state.agents.lock();
    tables.managed.get("managed agent", &id)?;
    let now = tables.next_time();
    let agent = tables.managed.change("managed agent", &id, now, changes)?;
    keep_version(&mut tables, &agent);
    Ok(Json(agent))
}

/// A managed agent that is to be called, and its last version.
pub(crate) fn find(state: &State, caller: &Caller, id: &str) -> Result<(Value, String), Rejection> {
    since_managed(caller)?;
    let tables = state.agents.lock();
    let agent = tables.managed.get("managed agent", id)?.clone();
    let versions = tables.managed_versions.0.iter().rev();
    let last = versions
        .into_iter()
        .find(|version| version["agent_id"] == id);
    let version = last.and_then(|version| version["id"].as_str());
    Ok((agent, version.unwrap_or_default().to_owned()))
}

/// `DELETE /v1/agents/{agent_id}`: with its versions.
pub(crate) async fn delete(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since_managed(&caller)?;
    let mut tables = state.agents.lock();
    tables.managed.remove("managed agent", &id)?;
    let versions = &mut tables.managed_versions.0;
    versions.retain(|version| version["agent_id"] != id);
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v1/agents/models`.
pub(crate) async fn models(caller: Caller) -> Result<Json<Value>, Rejection> {
    since_managed(&caller)?;
    let models = [("model_quick", "Quick"), ("model_careful", "Careful")];
    let models = models.map(|(id, name)| json!({"id": id, "name": name}));
    Ok(Json(json!({"data": models, "has_more": false})))
}

/// `GET /v1/agents/tools`.
pub(crate) async fn tools(caller: Caller) -> Result<Json<Value>, Rejection> {
    since_managed(&caller)?;
    let tools = [("end_call", "End call"), ("transfer_call", "Transfer call")];
    let tools = tools.map(|(id, name)| json!({"id": id, "name": name}));
    Ok(Json(json!({"data": tools, "has_more": false})))
}

/// `GET /v1/agents/{agent_id}/versions`: one for each time that it was made or changed. The path is
/// a guess.
pub(crate) async fn versions(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since_managed(&caller)?;
    let tables = state.agents.lock();
    tables.managed.get("managed agent", &id)?;
    let of_agent = |version: &Value| version["agent_id"] == id;
    Ok(Json(json!(tables.managed_versions.page(&query, of_agent)?)))
}

fn keep_version(tables: &mut Tables, agent: &Value) {
    let version = json!({
        "id": tables.next_id("version"),
        "agent_id": agent["id"],
        "created_at": agent["updated_at"],
        "agent": agent,
    });
    tables.managed_versions.0.push(version);
}

/// What a body sets. A name is the only field that is known to be a string.
fn fields(body: &Value) -> Result<Map<String, Value>, Rejection> {
    Fields::of_body(body)?.string("name")?;
    let all = body.as_object().into_iter().flatten();
    let set = all.filter(|(name, value)| !value.is_null() && !GIVEN.contains(&name.as_str()));
    Ok(set
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect())
}

/// Before 2026-08-14 there were no managed agents.
fn since_managed(caller: &Caller) -> Result<(), Rejection> {
    if caller.version < ApiVersion::V2026_08_14 {
        return Err(Rejection::not_found("there is no such path"));
    }
    Ok(())
}
