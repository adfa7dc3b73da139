//! Managed agents. The vendor documents only their paths: bodies are stored unchanged.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::middleware::{Caller, Pairs};
use crate::rejection::Rejection;
use crate::resource::{Changes, Kind, Operation, Resource, Scope, Tables, since};
use crate::state::State;

const FIRST: ApiVersion = ApiVersion::V2026_08_14;

/// Fields that a body cannot set.
const READ_ONLY: [&str; 3] = ["id", "created_at", "updated_at"];

pub(crate) struct ManagedAgent;

impl Resource for ManagedAgent {
    const KIND: Kind = Kind::ManagedAgent;

    fn first_version(_: Operation) -> ApiVersion {
        FIRST
    }

    fn create(_: Scope<'_>, _: &mut Tables, fields: &Fields<'_>) -> Result<Value, Rejection> {
        let mut agent = settable(fields)?;
        agent.insert("created_at".to_owned(), Value::Null);
        agent.insert("updated_at".to_owned(), Value::Null);
        Ok(Value::Object(agent))
    }

    /// Null counts as not given.
    fn update(
        _: Scope<'_>,
        _: &mut Tables,
        _: &str,
        fields: &Fields<'_>,
    ) -> Result<Changes, Rejection> {
        settable(fields)
    }

    /// Every state of an agent is a version.
    fn stored(tables: &mut Tables, agent: &Value) {
        let version = json!({
            "id": tables.next_id(Kind::ManagedVersion.prefix()),
            "agent_id": agent["id"],
            "created_at": agent["updated_at"],
            "agent": agent,
        });
        tables[Kind::ManagedVersion].items.push(version);
    }

    fn deleted(tables: &mut Tables, id: &str) {
        let versions = &mut tables[Kind::ManagedVersion].items;
        versions.retain(|version| version["agent_id"] != id);
    }
}

/// The fields that a body sets. A name is the only field that is known to be a string.
fn settable(fields: &Fields<'_>) -> Result<Changes, Rejection> {
    fields.string("name")?;
    let mut all = fields.given();
    all.retain(|name, _| !READ_ONLY.contains(&name.as_str()));
    Ok(all)
}

/// A managed agent that is to be called, and its last version.
pub(crate) fn find_managed(
    state: &State,
    caller: &Caller,
    id: &str,
) -> Result<(Value, String), Rejection> {
    since(FIRST, caller.version)?;
    let tables = state.objects.lock();
    let agent = tables[Kind::ManagedAgent].get(id)?.clone();
    let mut versions = tables[Kind::ManagedVersion].items.iter().rev();
    let last = versions.find(|version| version["agent_id"] == id);
    let version = last.and_then(|version| version["id"].as_str());
    Ok((agent, version.unwrap_or_default().to_owned()))
}

/// `GET /v1/agents/models`.
pub(crate) async fn models(caller: Caller) -> Result<Json<Value>, Rejection> {
    named(
        &caller,
        [("model_quick", "Quick"), ("model_careful", "Careful")],
    )
}

/// `GET /v1/agents/tools`.
pub(crate) async fn tools(caller: Caller) -> Result<Json<Value>, Rejection> {
    named(
        &caller,
        [("end_call", "End call"), ("transfer_call", "Transfer call")],
    )
}

fn named(caller: &Caller, all: [(&str, &str); 2]) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let all = all.map(|(id, name)| json!({"id": id, "name": name}));
    Ok(Json(json!({"data": all, "has_more": false})))
}

/// `GET /v1/agents/{id}/versions`: one for each creation and change. The path is a guess.
pub(crate) async fn versions(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let tables = state.objects.lock();
    tables[Kind::ManagedAgent].get(&id)?;
    let of_agent = |version: &Value| version["agent_id"] == id;
    let page = tables[Kind::ManagedVersion].page(&query, of_agent)?;
    Ok(Json(json!(page)))
}
