//! Phone numbers, which agents answer them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};

use super::outbound::is_e164;
use super::providers::TWILIO_REGIONS;
use super::store::Tables;
use super::{json as read_json, since_operations};
use crate::exchange::Caller;
use crate::fields::Fields;
use crate::rejection::Rejection;
use crate::state::State;

/// `GET /agents/phone-numbers`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    Ok(Json(json!(state.agents.lock().numbers.0)))
}

/// `POST /agents/phone-numbers`: a number that the caller rents elsewhere.
pub(crate) async fn import(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    since_operations(&caller)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let label = fields.required("label", fields.string("label")?)?;
    let number = fields.required("number", fields.string("number")?)?;
    if !is_e164(number) {
        return Err(fields.refuse("number", "must be a number in the form of E.164"));
    }
    let mut tables = state.agents.lock();
    let provider = fields.required("provider", provider(&fields, &tables)?)?;
    let agent = agent(&fields, &tables)?;
    if tables
        .numbers
        .0
        .iter()
        .any(|known| known["number"] == number)
    {
        return Err(Rejection::conflict("the number is known already"));
    }
    let made = make(&mut tables, label, number, &provider, &agent);
    Ok((StatusCode::CREATED, Json(made)))
}

/// `POST /agents/phone-numbers/provision`: a number that nobody has.
pub(crate) async fn provision(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    since_operations(&caller)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let label = fields.required("label", fields.string("label")?)?;
    let mut tables = state.agents.lock();
    let agent = agent(&fields, &tables)?;
    let number = format!("+1555{:07}", 200_000 + tables.made);
    let made = make(
        &mut tables,
        label,
        &number,
        &json!({"type": "cartesia"}),
        &agent,
    );
    Ok((StatusCode::CREATED, Json(made)))
}

fn make(tables: &mut Tables, label: &str, number: &str, provider: &Value, agent: &Value) -> Value {
    let now = tables.next_time();
    let made = json!({
        "id": tables.next_id("ap"),
        "number": number,
        "label": label,
        "agent": agent,
        "provider": provider,
        "created_at": now,
        "updated_at": now,
    });
    tables.numbers.0.push(made.clone());
    tell_agents(tables);
    made
}

/// `GET /agents/phone-numbers/{id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let tables = state.agents.lock();
    Ok(Json(tables.numbers.get("phone number", &id)?.clone()))
}

/// `PATCH /agents/phone-numbers/{id}`: with `null` for an agent, nobody answers.
pub(crate) async fn update(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let label = fields.string("label")?;
    let mut tables = state.agents.lock();
    tables.numbers.get("phone number", &id)?;
    let provider = provider(&fields, &tables)?;
    let agent = agent(&fields, &tables)?;
    let now = tables.next_time();
    let number = tables.numbers.get_mut("phone number", &id)?;
    if let Some(label) = label {
        number["label"] = json!(label);
    }
    if let Some(provider) = provider {
        number["provider"] = provider;
    }
    if fields.is_null("agent_id") || !agent.is_null() {
        number["agent"] = agent;
    }
    number["updated_at"] = json!(now);
    let number = number.clone();
    tell_agents(&mut tables);
    Ok(Json(number))
}

/// `DELETE /agents/phone-numbers/{id}`.
pub(crate) async fn delete(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since_operations(&caller)?;
    let mut tables = state.agents.lock();
    tables.numbers.remove("phone number", &id)?;
    tell_agents(&mut tables);
    Ok(StatusCode::NO_CONTENT)
}

/// The numbers of an agent, as `GET /agents/{agent_id}/phone-numbers` shows them.
pub(super) fn of_agent(tables: &Tables, agent: &str) -> Vec<Value> {
    let own = tables.numbers.0.iter();
    let own = own.filter(|number| number["agent"]["id"] == agent);
    own.map(|number| {
        json!({
            "agent_id": agent,
            "number": number["number"],
            "created_at": number["created_at"],
            "updated_at": number["updated_at"],
            "is_cartesia_managed": number["provider"]["type"] == "cartesia",
        })
    })
    .collect()
}

/// Agents show their numbers too.
fn tell_agents(tables: &mut Tables) {
    let numbers = &tables.numbers.0;
    for agent in &mut tables.agents.0 {
        let own = numbers.iter();
        let own = own.filter(|number| number["agent"]["id"] == agent["id"]);
        let own: Vec<_> = own
            .map(|number| json!({"id": number["id"], "number": number["number"]}))
            .collect();
        agent["phone_numbers"] = if own.is_empty() {
            Value::Null
        } else {
            json!(own)
        };
    }
}

/// The agent as numbers show it, or null.
fn agent(fields: &Fields<'_>, tables: &Tables) -> Result<Value, Rejection> {
    let Some(id) = fields.string("agent_id")? else {
        return Ok(Value::Null);
    };
    let agent = tables.agents.get("agent", id)?;
    Ok(json!({"id": id, "name": agent["name"]}))
}

fn provider(fields: &Fields<'_>, tables: &Tables) -> Result<Option<Value>, Rejection> {
    let Some(provider) = fields.object("provider")? else {
        return Ok(None);
    };
    if let Some(id) = provider.string("id")? {
        let known = tables.providers.get("provider", id)?;
        return Ok(Some(json!({"id": id, "type": known["type"]})));
    }
    let kind = provider.required("type", provider.string_of("type", &["twilio"])?)?;
    let account = provider.required("account_sid", provider.string("account_sid")?)?;
    let region = provider.string_of("region", &TWILIO_REGIONS)?;
    let region = region.unwrap_or("us1");
    Ok(Some(
        json!({"type": kind, "account_sid": account, "region": region}),
    ))
}
