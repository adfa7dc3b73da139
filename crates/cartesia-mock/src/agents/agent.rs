//! The agents themselves, templates and numbers.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use super::{AGENTS, numbers};
use crate::fields::Fields;
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::resource::{Changes, Kind, Operation, Resource, Scope, Tables, since, strings};
use crate::state::State;

pub(crate) struct Agent;

impl Resource for Agent {
    const KIND: Kind = Kind::Agent;

    fn first_version(_: Operation) -> ApiVersion {
        AGENTS
    }

    fn list(_: Scope<'_>, tables: &Tables, _: &[(String, String)]) -> Result<Value, Rejection> {
        Ok(json!({"summaries": tables[Kind::Agent].items}))
    }

    /// Not routed: agents are deployed, not created by a call.
    fn create(_: Scope<'_>, _: &mut Tables, _: &Fields<'_>) -> Result<Value, Rejection> {
        Err(Rejection::method_not_allowed())
    }

    /// Null counts as not given.
    fn update(
        scope: Scope<'_>,
        _: &mut Tables,
        _: &str,
        fields: &Fields<'_>,
    ) -> Result<Changes, Rejection> {
        let names = [
            "name",
            "description",
            "tts_voice",
            "tts_language",
            "webhook_id",
        ];
        let changes = strings(fields, &names)?;
        if let Some(voice) = fields.string("tts_voice")?
            && scope.state.catalogue.find(voice).is_none()
        {
            return Err(Rejection::voice_not_found(scope.version, voice));
        }
        Ok(changes)
    }

    fn deleted(tables: &mut Tables, id: &str) {
        tables.attached.retain(|(agent, _)| agent != id);
        for number in &mut tables[Kind::PhoneNumber].items {
            if number["agent"]["id"] == id {
                number["agent"] = Value::Null;
            }
        }
    }
}

/// An agent that is to be called.
pub(crate) fn find(state: &State, caller: &Caller, id: &str) -> Result<Value, Rejection> {
    since(AGENTS, caller.version)?;
    state.objects.lock()[Kind::Agent].get(id).cloned()
}

/// `GET /agents/templates`.
pub(crate) async fn templates(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
) -> Result<Json<Value>, Rejection> {
    since(AGENTS, caller.version)?;
    let tables = state.objects.lock();
    Ok(Json(json!({"templates": tables[Kind::Template].items})))
}

/// `GET /agents/{id}/phone-numbers`.
pub(crate) async fn phone_numbers(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since(AGENTS, caller.version)?;
    let tables = state.objects.lock();
    tables[Kind::Agent].get(&id)?;
    Ok(Json(json!(numbers::of_agent(&tables, &id))))
}
