//! Deployments.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use serde_json::{Value, json};

use super::AGENTS;
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::resource::{Kind, since};
use crate::state::State;

/// `GET /agents/{agent_id}/deployments`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since(AGENTS, caller.version)?;
    let tables = state.objects.lock();
    tables[Kind::Agent].get(&id)?;
    let all = tables[Kind::Deployment].items.iter();
    let own: Vec<_> = all.filter(|item| item["agent_id"] == id).collect();
    Ok(Json(json!(own)))
}

/// `GET /agents/deployments/{deployment_id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since(AGENTS, caller.version)?;
    let tables = state.objects.lock();
    Ok(Json(tables[Kind::Deployment].get(&id)?.clone()))
}
