//! Calls, as lists and one by one.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use serde_json::{Value, json};

use super::AGENTS;
use crate::middleware::{Caller, Pairs, parameter};
use crate::rejection::{Rejection, shortened};
use crate::resource::{Kind, since};
use crate::state::State;

/// `GET /agents/calls`: the only list that does not say whether there is more.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(AGENTS, caller.version)?;
    let agent = parameter(&query, "agent_id")
        .ok_or_else(|| Rejection::bad_request("`agent_id` is required"))?;
    let mut with_transcript = false;
    for (_, field) in query.iter().filter(|(name, _)| name == "expand") {
        if field != "transcript" {
            let field = shortened(field);
            let message = format!("`expand` does not know {field:?}");
            return Err(Rejection::bad_request(message));
        }
        with_transcript = true;
    }
    let tables = state.objects.lock();
    tables[Kind::Agent].get(agent)?;
    let mut page = tables[Kind::Call].page(&query, |call| call["agent_id"] == agent)?;
    if !with_transcript {
        for call in &mut page.data {
            call["transcript"] = Value::Null;
        }
    }
    Ok(Json(json!({"data": page.data, "next_page": page.next})))
}

/// `GET /agents/calls/{call_id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since(AGENTS, caller.version)?;
    Ok(Json(state.objects.lock()[Kind::Call].get(&id)?.clone()))
}
