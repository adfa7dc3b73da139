//! Deployments.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use serde_json::{Value, json};

use super::since_agents;
use crate::exchange::Caller;
use crate::rejection::Rejection;
use crate::state::State;

/// `GET /agents/{agent_id}/deployments`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since_agents(&caller)?;
    let tables = state.agents.lock();
    tables.agents.get("agent", &id)?;
    let all = tables.deployments.0.iter();
    let own: Vec<_> = all.filter(|item| item["agent_id"] == id).collect();
    Ok(Json(json!(own)))
}

/// `GET /agents/deployments/{deployment_id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since_agents(&caller)?;
    let tables = state.agents.lock();
    Ok(Json(tables.deployments.get("deployment", &id)?.clone()))
}
