//! `/datasets`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use crate::collection::{Collection, Kept, since};
use crate::exchange::{Caller, Pairs};
use crate::fields::{Fields, json};
use crate::form::{Form, refuse};
use crate::page::Paging;
use crate::rejection::{Rejection, shortened};
use crate::state::State;

/// Making and listing, also of files.
const FIRST: ApiVersion = ApiVersion::V2024_11_13;
/// Everything else.
const COMPLETE: ApiVersion = ApiVersion::V2025_04_16;

pub(crate) type Datasets = Collection<Dataset>;

#[derive(Debug)]
pub(crate) struct Dataset {
    id: String,
    name: String,
    description: String,
    created_at: String,
    files: Collection<File>,
}

impl Kept for Dataset {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Dataset {
    fn render(&self, version: ApiVersion) -> Value {
        let mut dataset = json!({"id": self.id, "name": self.name, "created_at": self.created_at});
        if version >= COMPLETE {
            dataset["description"] = json!(self.description);
        }
        dataset
    }
}

#[derive(Debug)]
struct File {
    id: String,
    filename: String,
    size: usize,
    created_at: String,
}

impl Kept for File {
    fn id(&self) -> &str {
        &self.id
    }
}

impl File {
    fn render(&self, version: ApiVersion) -> Value {
        let mut file =
            json!({"id": self.id, "filename": self.filename, "created_at": self.created_at});
        if version >= COMPLETE {
            file["size"] = json!(self.size);
        }
        file
    }
}

pub(crate) fn unknown(id: &str) -> Rejection {
    Rejection::not_found(format!("there is no dataset {:?}", shortened(id)))
}

/// `GET /datasets/`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let paging = Paging::read(&query)?;
    let render = |dataset: &Dataset| dataset.render(caller.version);
    state.datasets.page(&paging, |_| true, render).map(Json)
}

/// `POST /datasets/`.
pub(crate) async fn create(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let body = json(&body)?;
    let body = Fields::of_body(&body)?;
    let name = body.required("name", body.string("name")?)?;
    let description = if caller.version >= COMPLETE {
        body.required("description", body.string("description")?)?
    } else {
        ""
    };
    let (id, created_at) = state.datasets.next("dataset");
    let dataset = Dataset {
        id,
        name: name.to_owned(),
        description: description.to_owned(),
        created_at,
        files: Collection::default(),
    };
    let rendered = dataset.render(caller.version);
    state.datasets.add(dataset);
    Ok(Json(rendered))
}

/// `GET /datasets/{id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since(COMPLETE, caller.version)?;
    let found = state
        .datasets
        .with(&id, |dataset| dataset.render(caller.version));
    found.map(Json).ok_or_else(|| unknown(&id))
}

/// `PATCH /datasets/{id}`.
pub(crate) async fn update(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Rejection> {
    since(COMPLETE, caller.version)?;
    let body = json(&body)?;
    let body = Fields::of_body(&body)?;
    let name = body.required("name", body.string("name")?)?.to_owned();
    let description = body
        .required("description", body.string("description")?)?
        .to_owned();
    let changed = state.datasets.with(&id, |dataset| {
        dataset.name = name;
        dataset.description = description;
    });
    changed
        .map(|()| StatusCode::NO_CONTENT)
        .ok_or_else(|| unknown(&id))
}

/// `DELETE /datasets/{id}`.
pub(crate) async fn delete(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since(COMPLETE, caller.version)?;
    if state.datasets.remove(&id) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown(&id))
    }
}

/// `GET /datasets/{id}/files`.
pub(crate) async fn files(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let paging = Paging::read(&query)?;
    let render = |file: &File| file.render(caller.version);
    let page = state
        .datasets
        .with(&id, |dataset| dataset.files.page(&paging, |_| true, render));
    page.ok_or_else(|| unknown(&id))?.map(Json)
}

/// `POST /datasets/{id}/files`.
pub(crate) async fn upload(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Rejection> {
    since(FIRST, caller.version)?;
    let form = Form::read(request).await?;
    let file = form.required_file("file")?;
    let filename = file
        .file_name
        .clone()
        .filter(|name| !name.is_empty())
        .ok_or_else(|| refuse("file", "must have a filename"))?;
    form.required_text("purpose")?;
    let added = state.datasets.with(&id, |dataset| {
        // Two datasets never have files of the same identifier.
        let (id, created_at) = dataset.files.next(&format!("{}_file", dataset.id));
        dataset.files.add(File {
            id,
            filename,
            size: file.content.len(),
            created_at,
        });
    });
    added
        .map(|()| StatusCode::NO_CONTENT)
        .ok_or_else(|| unknown(&id))
}

/// `DELETE /datasets/{id}/files/{file_id}`.
pub(crate) async fn delete_file(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path((id, file_id)): Path<(String, String)>,
) -> Result<StatusCode, Rejection> {
    since(COMPLETE, caller.version)?;
    let removed = state
        .datasets
        .with(&id, |dataset| dataset.files.remove(&file_id));
    if removed.ok_or_else(|| unknown(&id))? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        let message = format!("the dataset has no file {:?}", shortened(&file_id));
        Err(Rejection::not_found(message))
    }
}
