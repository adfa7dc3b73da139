//! Folders of what agents know.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};

use super::store::{Tables, unknown};
use super::{json as read_json, since_operations};
use crate::exchange::{Caller, Pairs};
use crate::fields::Fields;
use crate::rejection::Rejection;
use crate::state::State;

/// How deep folders may be in each other.
const LEVELS: usize = 3;

/// `GET /agents/folders`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let tables = state.agents.lock();
    let page = tables.folders.page(&query, |_| true)?;
    let page = page.map(|folder| with_content(&tables, folder));
    Ok(Json(json!(page)))
}

/// `POST /agents/folders`.
pub(crate) async fn create(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    since_operations(&caller)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let name = fields.required("name", name(&fields)?)?;
    let parent = fields.string("parent_id")?;
    let mut tables = state.agents.lock();
    if let Some(parent) = parent {
        find(&tables, parent)?;
        if path_to(&tables, parent).len() >= LEVELS {
            return Err(too_deep(&fields));
        }
    }
    check_siblings(&tables, None, name, parent)?;
    let folder = json!({
        "id": tables.next_id("folder"),
        "parent_id": parent,
        "name": name,
        "created_at": tables.next_time(),
    });
    tables.folders.0.push(folder.clone());
    Ok((StatusCode::CREATED, Json(with_content(&tables, folder))))
}

/// `GET /agents/folders/{id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since_operations(&caller)?;
    let tables = state.agents.lock();
    let folder = find(&tables, &id)?.clone();
    Ok(Json(with_content(&tables, folder)))
}

/// `PATCH /agents/folders/{id}`.
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
    let mut folder = find(&tables, &id)?.clone();
    if let Some(name) = name(&fields)? {
        folder["name"] = json!(name);
    }
    if let Some(parent) = fields.string("parent_id")? {
        find(&tables, parent)?;
        let path = path_to(&tables, parent);
        if path.contains(&id) {
            return Err(fields.refuse("parent_id", "must not be in the folder itself"));
        }
        if path.len() + height(&tables, &id) > LEVELS {
            return Err(too_deep(&fields));
        }
        folder["parent_id"] = json!(parent);
    }
    let (name, parent) = (
        folder["name"].as_str().unwrap_or_default(),
        folder["parent_id"].as_str(),
    );
    check_siblings(&tables, Some(&id), name, parent)?;
    *tables.folders.get_mut("folder", &id)? = folder.clone();
    Ok(Json(with_content(&tables, folder)))
}

/// `DELETE /agents/folders/{id}`: with all that is in it.
pub(crate) async fn delete(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since_operations(&caller)?;
    let mut tables = state.agents.lock();
    find(&tables, &id)?;
    let all: Vec<String> = tables
        .folders
        .0
        .iter()
        .filter_map(|folder| folder["id"].as_str())
        .filter(|folder| path_to(&tables, folder).contains(&id))
        .map(str::to_owned)
        .collect();
    let is_gone = |folder: &Value| all.iter().any(|gone| *folder == **gone);
    tables.folders.0.retain(|folder| !is_gone(&folder["id"]));
    tables
        .documents
        .0
        .retain(|document| !is_gone(&document["folder_id"]));
    Ok(StatusCode::NO_CONTENT)
}

/// The folder, or the service's own error.
pub(super) fn find<'a>(tables: &'a Tables, id: &str) -> Result<&'a Value, Rejection> {
    tables
        .folders
        .find(id)
        .ok_or_else(|| unknown("folder", id).coded("kb_folder_not_found"))
}

/// What a folder shows of what is in it. No agent here knows anything.
fn with_content(tables: &Tables, mut folder: Value) -> Value {
    let documents: Vec<Value> = tables
        .documents
        .0
        .iter()
        .filter(|document| document["folder_id"] == folder["id"])
        .map(|document| json!({"id": document["id"], "name": document["name"]}))
        .collect();
    folder["agents"] = json!([]);
    folder["documents"] = json!(documents);
    folder
}

/// The folder and those that it is in, inmost first.
fn path_to(tables: &Tables, id: &str) -> Vec<String> {
    let parent = |id: &String| {
        let folder = tables.folders.find(id)?;
        folder["parent_id"].as_str().map(str::to_owned)
    };
    std::iter::successors(Some(id.to_owned()), parent).collect()
}

/// How many levels a folder and those in it have.
fn height(tables: &Tables, id: &str) -> usize {
    let folders = tables.folders.0.iter();
    folders
        .filter_map(|folder| {
            let path = path_to(tables, folder["id"].as_str()?);
            path.iter().position(|one| one == id).map(|level| level + 1)
        })
        .max()
        .unwrap_or(1)
}

fn check_siblings(
    tables: &Tables,
    own: Option<&str>,
    name: &str,
    parent: Option<&str>,
) -> Result<(), Rejection> {
    let taken = tables.folders.0.iter().any(|folder| {
        folder["id"].as_str() != own
            && folder["parent_id"].as_str() == parent
            && folder["name"] == name
    });
    if taken {
        return Err(Rejection::conflict("a folder beside it has this name"));
    }
    Ok(())
}

fn too_deep(fields: &Fields<'_>) -> Rejection {
    let what = format!("would make folders more than {LEVELS} levels deep");
    fields.refuse("parent_id", &what)
}

fn name<'a>(fields: &Fields<'a>) -> Result<Option<&'a str>, Rejection> {
    let name = fields.string("name")?;
    if name.is_some_and(str::is_empty) {
        return Err(fields.refuse("name", "must not be empty"));
    }
    Ok(name)
}
