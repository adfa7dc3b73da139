//! Webhooks.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};

use super::{json as read_json, since_operations};
use crate::exchange::{Caller, Pairs};
use crate::fields::Fields;
use crate::rejection::Rejection;
use crate::state::State;

/// `GET /agents/webhooks`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let page = state.agents.lock().webhooks.page(&query, |_| true)?;
    Ok(Json(json!(page.map(without_secret))))
}

/// `POST /agents/webhooks`: the only answer with the secret.
pub(crate) async fn create(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let url = fields.required("url", url(&fields)?)?;
    let secret = fields.required("secret", secret(&fields)?)?;
    let display_name = fields.string("display_name")?;
    let mut tables = state.agents.lock();
    let now = tables.next_time();
    let webhook = json!({
        "id": tables.next_id("webhook"),
        "url": url,
        "display_name": display_name,
        "secret": secret,
        "created_at": now,
        "updated_at": now,
    });
    tables.webhooks.0.push(webhook.clone());
    Ok(Json(webhook))
}

/// `GET /agents/webhooks/{id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let tables = state.agents.lock();
    let webhook = tables.webhooks.get("webhook", &id)?;
    Ok(Json(without_secret(webhook.clone())))
}

/// `PATCH /agents/webhooks/{id}`.
pub(crate) async fn update(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let changes = [
        ("url", url(&fields)?),
        ("secret", secret(&fields)?),
        ("display_name", fields.string("display_name")?),
    ];
    let mut tables = state.agents.lock();
    let now = tables.next_time();
    let changes = changes
        .into_iter()
        .filter_map(|(name, value)| Some((name, json!(value?))));
    let webhook = tables.webhooks.change("webhook", &id, now, changes)?;
    Ok(Json(without_secret(webhook)))
}

/// `DELETE /agents/webhooks/{id}`: no agent tells it any more.
pub(crate) async fn delete(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since_operations(&caller)?;
    let mut tables = state.agents.lock();
    tables.webhooks.remove("webhook", &id)?;
    for agent in &mut tables.agents.0 {
        if agent["webhook_id"] == id {
            agent["webhook_id"] = Value::Null;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

fn url<'a>(fields: &Fields<'a>) -> Result<Option<&'a str>, Rejection> {
    let url = fields.string("url")?;
    let is_web = |url: &&str| url.starts_with("https://") || url.starts_with("http://");
    if url.is_some_and(|url| !is_web(&url)) {
        return Err(fields.refuse("url", "must be an address of the web"));
    }
    Ok(url)
}

fn secret<'a>(fields: &Fields<'a>) -> Result<Option<&'a str>, Rejection> {
    let secret = fields.string("secret")?;
    if secret.is_some_and(str::is_empty) {
        return Err(fields.refuse("secret", "must not be empty"));
    }
    Ok(secret)
}

fn without_secret(mut webhook: Value) -> Value {
    if let Some(webhook) = webhook.as_object_mut() {
        webhook.remove("secret");
    }
    webhook
}
