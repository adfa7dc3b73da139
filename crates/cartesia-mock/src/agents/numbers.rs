//! Phone numbers, and which agents answer them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use super::OPERATIONS;
use super::outbound::is_e164;
use super::providers::TWILIO_REGIONS;
use crate::fields::{Fields, json as read_json};
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::resource::{Changes, Kind, Operation, Resource, Scope, Tables, add, since, strings};
use crate::state::State;

pub(crate) struct PhoneNumber;

impl Resource for PhoneNumber {
    const KIND: Kind = Kind::PhoneNumber;

    fn first_version(_: Operation) -> ApiVersion {
        OPERATIONS
    }

    /// A bare array.
    fn list(_: Scope<'_>, tables: &Tables, _: &[(String, String)]) -> Result<Value, Rejection> {
        Ok(json!(tables[Kind::PhoneNumber].items))
    }

    /// Imports a number that the caller rents elsewhere.
    fn create(_: Scope<'_>, tables: &mut Tables, fields: &Fields<'_>) -> Result<Value, Rejection> {
        let label = fields.required("label", fields.string("label")?)?;
        let number = fields.required("number", fields.string("number")?)?;
        if !is_e164(number) {
            return Err(fields.refuse("number", "must be a number in the form of E.164"));
        }
        let provider = fields.required("provider", provider(fields, tables)?)?;
        let agent = agent(fields, tables)?;
        let mut known = tables[Kind::PhoneNumber].items.iter();
        if known.any(|known| known["number"] == number) {
            return Err(Rejection::conflict("the number is known already"));
        }
        Ok(make(label, number, &provider, &agent))
    }

    /// With `null` for an agent, no agent answers.
    fn update(
        _: Scope<'_>,
        tables: &mut Tables,
        _: &str,
        fields: &Fields<'_>,
    ) -> Result<Changes, Rejection> {
        let mut changes = strings(fields, &["label"])?;
        if let Some(provider) = provider(fields, tables)? {
            changes.insert("provider".to_owned(), provider);
        }
        let agent = agent(fields, tables)?;
        if fields.is_null("agent_id") || !agent.is_null() {
            changes.insert("agent".to_owned(), agent);
        }
        Ok(changes)
    }

    fn stored(tables: &mut Tables, _: &Value) {
        update_agents(tables);
    }

    fn deleted(tables: &mut Tables, _: &str) {
        update_agents(tables);
    }
}

/// `POST /agents/phone-numbers/provision`: rents a new number.
pub(crate) async fn provision_number(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    since(OPERATIONS, caller.version)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let label = fields.required("label", fields.string("label")?)?;
    let mut tables = state.objects.lock();
    let agent = agent(&fields, &tables)?;
    let number = format!("+1555{:07}", 200_000 + tables.next_number());
    let provider = json!({"type": "cartesia"});
    let made = make(label, &number, &provider, &agent);
    let made = add::<PhoneNumber>(&mut tables, made);
    Ok((StatusCode::CREATED, Json(made)))
}

fn make(label: &str, number: &str, provider: &Value, agent: &Value) -> Value {
    json!({
        "number": number,
        "label": label,
        "agent": agent,
        "provider": provider,
        "created_at": null,
        "updated_at": null,
    })
}

/// The numbers of an agent, as `GET /agents/{agent_id}/phone-numbers` shows them.
pub(super) fn of_agent(tables: &Tables, agent: &str) -> Vec<Value> {
    let own = tables[Kind::PhoneNumber].items.iter();
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
fn update_agents(tables: &mut Tables) {
    let numbers = tables[Kind::PhoneNumber].items.clone();
    for agent in &mut tables[Kind::Agent].items {
        let own: Vec<_> = numbers
            .iter()
            .filter(|number| number["agent"]["id"] == agent["id"])
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
    let agent = tables[Kind::Agent].get(id)?;
    Ok(json!({"id": id, "name": agent["name"]}))
}

fn provider(fields: &Fields<'_>, tables: &Tables) -> Result<Option<Value>, Rejection> {
    let Some(provider) = fields.object("provider")? else {
        return Ok(None);
    };
    if let Some(id) = provider.string("id")? {
        let known = tables[Kind::Provider].get(id)?;
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
