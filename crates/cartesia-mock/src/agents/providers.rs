//! Where phone numbers come from.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};

use super::{json as read_json, since_operations};
use crate::exchange::{Caller, Pairs, parameter};
use crate::fields::Fields;
use crate::rejection::Rejection;
use crate::state::State;

pub(super) const TWILIO_REGIONS: [&str; 3] = ["us1", "ie1", "au1"];

/// `GET /agents/phone-numbers/providers`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let tables = state.agents.lock();
    let same = |provider: &Value, name: &str| {
        parameter(&query, name).is_none_or(|value| provider[name] == value)
    };
    let wanted = tables.providers.0.iter();
    let wanted: Vec<_> = wanted
        .filter(|provider| same(provider, "type") && same(provider, "account_sid"))
        .collect();
    Ok(Json(json!(wanted)))
}

/// `POST /agents/phone-numbers/providers`.
pub(crate) async fn create(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    since_operations(&caller)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let kinds = ["twilio", "sip_trunk"];
    let kind = fields.required("type", fields.string_of("type", &kinds)?)?;
    let is_twilio = kind == "twilio";
    let needed: &[&str] = if is_twilio {
        &["account_sid", "api_key_sid", "api_key_secret"]
    } else {
        &["label"]
    };
    for name in needed {
        fields.required(name, fields.string(name)?)?;
    }
    let mut settings = settings(&fields)?;
    if is_twilio && fields.get("region").is_none() {
        settings.push(("region", json!("us1")));
    }
    let mut tables = state.agents.lock();
    let account = fields.string("account_sid")?.filter(|_| is_twilio);
    let mut known = tables.providers.0.iter();
    if account.is_some_and(|account| known.any(|known| known["account_sid"] == account)) {
        return Err(Rejection::conflict("the account is known already"));
    }
    let now = tables.next_time();
    let id = tables.next_id("provider");
    let mut provider = json!({"id": id, "type": kind, "created_at": now, "updated_at": now});
    for (name, value) in settings {
        provider[name] = value;
    }
    tables.providers.0.push(provider.clone());
    Ok((StatusCode::CREATED, Json(provider)))
}

/// `GET /agents/phone-numbers/providers/{id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let tables = state.agents.lock();
    Ok(Json(tables.providers.get("provider", &id)?.clone()))
}

/// `PATCH /agents/phone-numbers/providers/{id}`.
pub(crate) async fn update(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let body = read_json(&body)?;
    let settings = settings(&Fields::of_body(&body)?)?;
    let mut tables = state.agents.lock();
    let now = tables.next_time();
    tables
        .providers
        .change("provider", &id, now, settings)
        .map(Json)
}

/// `DELETE /agents/phone-numbers/providers/{id}`.
pub(crate) async fn delete(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since_operations(&caller)?;
    let mut tables = state.agents.lock();
    tables.providers.remove("provider", &id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is shown of the fields that were given: not the secret.
fn settings(fields: &Fields<'_>) -> Result<Vec<(&'static str, Value)>, Rejection> {
    fields.string("api_key_secret")?;
    let mut settings = Vec::new();
    for name in ["label", "account_sid", "api_key_sid"] {
        settings.extend(fields.string(name)?.map(|value| (name, json!(value))));
    }
    let region = fields.string_of("region", &TWILIO_REGIONS)?;
    settings.extend(region.map(|region| ("region", json!(region))));
    for name in ["inbound", "outbound"] {
        fields.object(name)?;
        settings.extend(fields.get(name).map(|value| (name, value.clone())));
    }
    Ok(settings)
}
