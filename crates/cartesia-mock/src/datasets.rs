//! `/datasets`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State as Shared};
use axum::http::StatusCode;
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::form::{Form, refuse};
use crate::middleware::{Caller, Pairs};
use crate::rejection::{Rejection, shortened};
use crate::resource::{Changes, Kind, Operation, Resource, Scope, Tables, since, strings};
use crate::state::State;

/// Creating and listing, also of files.
const FIRST: ApiVersion = ApiVersion::V2024_11_13;
/// Everything else.
const COMPLETE: ApiVersion = ApiVersion::V2025_04_16;

pub(crate) struct Dataset;

impl Resource for Dataset {
    const KIND: Kind = Kind::Dataset;
    const CREATED: StatusCode = StatusCode::OK;
    const SHOWS_CHANGES: bool = false;

    fn first_version(operation: Operation) -> ApiVersion {
        match operation {
            Operation::List | Operation::Create => FIRST,
            _ => COMPLETE,
        }
    }

    fn create(scope: Scope<'_>, _: &mut Tables, fields: &Fields<'_>) -> Result<Value, Rejection> {
        let name = fields.required("name", fields.string("name")?)?;
        let description = if scope.version >= COMPLETE {
            fields.required("description", fields.string("description")?)?
        } else {
            ""
        };
        Ok(json!({"name": name, "description": description, "created_at": null}))
    }

    fn update(
        _: Scope<'_>,
        _: &mut Tables,
        _: &str,
        fields: &Fields<'_>,
    ) -> Result<Changes, Rejection> {
        for name in ["name", "description"] {
            fields.required(name, fields.string(name)?)?;
        }
        strings(fields, &["name", "description"])
    }

    fn deleted(tables: &mut Tables, id: &str) {
        let files = &mut tables[Kind::DatasetFile].items;
        files.retain(|file| file["dataset_id"] != id);
    }

    fn show(_: &Tables, dataset: Value, version: ApiVersion) -> Value {
        without(dataset, "description", version)
    }
}

/// Without a field that came with [`COMPLETE`].
fn without(mut item: Value, name: &str, version: ApiVersion) -> Value {
    if version < COMPLETE
        && let Some(item) = item.as_object_mut()
    {
        item.remove(name);
    }
    item
}

/// `GET /datasets/{id}/files`.
pub(crate) async fn files(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let tables = state.objects.lock();
    tables[Kind::Dataset].get(&id)?;
    let page = tables[Kind::DatasetFile].page(&query, |file| file["dataset_id"] == id)?;
    let page = page.map(|mut file| {
        if let Some(file) = file.as_object_mut() {
            file.remove("dataset_id");
        }
        without(file, "size", caller.version)
    });
    Ok(Json(json!(page)))
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
    let filename = file.file_name.as_ref().filter(|name| !name.is_empty());
    let filename = filename.ok_or_else(|| refuse("file", "must have a filename"))?;
    form.required_text("purpose")?;
    let mut tables = state.objects.lock();
    tables[Kind::Dataset].get(&id)?;
    let file = json!({
        "dataset_id": id,
        "filename": filename,
        "size": file.content.len(),
        "created_at": null,
    });
    tables.add(Kind::DatasetFile, file);
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /datasets/{id}/files/{file_id}`.
pub(crate) async fn delete_file(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path((id, file_id)): Path<(String, String)>,
) -> Result<StatusCode, Rejection> {
    since(COMPLETE, caller.version)?;
    let mut tables = state.objects.lock();
    tables[Kind::Dataset].get(&id)?;
    let files = &mut tables[Kind::DatasetFile].items;
    let found = files
        .iter()
        .position(|file| file["id"] == file_id && file["dataset_id"] == id);
    let found = found.ok_or_else(|| {
        let message = format!("the dataset has no file {:?}", shortened(&file_id));
        Rejection::not_found(message)
    })?;
    files.remove(found);
    Ok(StatusCode::NO_CONTENT)
}
