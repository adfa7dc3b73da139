//! Documents: what agents know.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};

use super::folders;
use super::store::Tables;
use super::{json as read_json, since_operations};
use crate::exchange::{Caller, Pairs};
use crate::fields::Fields;
use crate::rejection::Rejection;
use crate::state::State;

/// Bytes of a text.
const LONGEST: usize = 1_000_000;
/// Documents that are made at once.
const MOST: usize = 100;

/// `GET /agents/documents`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let page = state.agents.lock().documents.page(&query, |_| true)?;
    Ok(Json(json!(page)))
}

/// `POST /agents/documents`.
pub(crate) async fn create(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    since_operations(&caller)?;
    let body = read_json(&body)?;
    let mut tables = state.agents.lock();
    let document = read(&tables, &Fields::of_body(&body)?)?;
    Ok((StatusCode::CREATED, Json(keep(&mut tables, document))))
}

/// `POST /agents/documents/bulk`: all of them or none.
pub(crate) async fn create_all(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    since_operations(&caller)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let entries = fields.required("documents", fields.array("documents")?)?;
    if !(1..=MOST).contains(&entries.len()) {
        let what = format!("must have 1 to {MOST} entries");
        return Err(fields.refuse("documents", &what));
    }
    let mut tables = state.agents.lock();
    let documents: Vec<Value> = entries
        .iter()
        .map(|entry| read(&tables, &Fields::of_body(entry)?))
        .collect::<Result<_, _>>()?;
    let made: Vec<Value> = documents
        .into_iter()
        .map(|document| keep(&mut tables, document))
        .collect();
    Ok((StatusCode::CREATED, Json(json!({"documents": made}))))
}

/// `GET /agents/documents/{id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let tables = state.agents.lock();
    Ok(Json(tables.documents.get("document", &id)?.clone()))
}

/// `PATCH /agents/documents/{id}`.
pub(crate) async fn update(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let mut tables = state.agents.lock();
    tables.documents.get("document", &id)?;
    let changes = changes(&tables, &fields)?;
    let now = tables.next_time();
    tables
        .documents
        .change("document", &id, now, changes)
        .map(Json)
}

/// `DELETE /agents/documents/{id}`.
pub(crate) async fn delete(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since_operations(&caller)?;
    let mut tables = state.agents.lock();
    tables.documents.remove("document", &id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A document that has everything but an identifier and times.
fn read(tables: &Tables, fields: &Fields<'_>) -> Result<Value, Rejection> {
    for name in ["folder_id", "content"] {
        fields.required(name, fields.string(name)?)?;
    }
    let mut document = json!({"name": null, "metadata": {}});
    for (name, value) in changes(tables, fields)? {
        document[name] = value;
    }
    Ok(document)
}

/// The fields that were given, checked.
fn changes(tables: &Tables, fields: &Fields<'_>) -> Result<Vec<(&'static str, Value)>, Rejection> {
    if let Some(folder) = fields.string("folder_id")? {
        folders::find(tables, folder)?;
    }
    match fields.string("content")? {
        Some("") => return Err(fields.refuse("content", "must not be empty")),
        Some(text) if text.len() > LONGEST => return Err(Rejection::too_large(LONGEST)),
        _ => {}
    }
    fields.string("name")?;
    fields.object("metadata")?;
    let names = ["folder_id", "content", "name", "metadata"];
    let given = names
        .into_iter()
        .filter_map(|name| Some((name, fields.get(name)?.clone())));
    Ok(given.collect())
}

fn keep(tables: &mut Tables, mut document: Value) -> Value {
    let now = tables.next_time();
    document["id"] = json!(tables.next_id("document"));
    document["created_at"] = json!(now);
    document["updated_at"] = json!(now);
    tables.documents.0.push(document.clone());
    document
}
