//! Documents that agents know.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use super::OPERATIONS;
use super::folders::Folder;
use crate::fields::{Fields, json as read_json};
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::resource::{Changes, Kind, Operation, Resource, Scope, Tables, add, given, since};
use crate::state::State;

/// Bytes of a text.
const LONGEST: usize = 1_000_000;
/// Documents that are made at once.
const MOST: usize = 100;

pub(crate) struct Document;

impl Resource for Document {
    const KIND: Kind = Kind::Document;

    fn first_version(_: Operation) -> ApiVersion {
        OPERATIONS
    }

    fn create(
        scope: Scope<'_>,
        tables: &mut Tables,
        fields: &Fields<'_>,
    ) -> Result<Value, Rejection> {
        for name in ["folder_id", "content"] {
            fields.required(name, fields.string(name)?)?;
        }
        let mut document =
            json!({"name": null, "metadata": {}, "created_at": null, "updated_at": null});
        for (name, value) in changes(scope, tables, fields)? {
            document[name] = value;
        }
        Ok(document)
    }

    fn update(
        scope: Scope<'_>,
        tables: &mut Tables,
        _: &str,
        fields: &Fields<'_>,
    ) -> Result<Changes, Rejection> {
        changes(scope, tables, fields)
    }
}

/// `POST /agents/documents/bulk`: all of them or none.
pub(crate) async fn create_documents(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    since(OPERATIONS, caller.version)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let entries = fields.required("documents", fields.array("documents")?)?;
    if !(1..=MOST).contains(&entries.len()) {
        let what = format!("must have 1 to {MOST} entries");
        return Err(fields.refuse("documents", &what));
    }
    let scope = Scope {
        state: &state,
        version: caller.version,
    };
    let mut tables = state.objects.lock();
    let read = |entry| Document::create(scope, &mut tables, &Fields::of_body(entry)?);
    let documents: Vec<Value> = entries.iter().map(read).collect::<Result<_, _>>()?;
    let keep = |document| add::<Document>(&mut tables, document);
    let made: Vec<Value> = documents.into_iter().map(keep).collect();
    Ok((StatusCode::CREATED, Json(json!({"documents": made}))))
}

/// The fields that were given, checked.
fn changes(scope: Scope<'_>, tables: &Tables, fields: &Fields<'_>) -> Result<Changes, Rejection> {
    if let Some(folder) = fields.string("folder_id")? {
        Folder::check(tables, folder, scope.version)?;
    }
    match fields.string("content")? {
        Some("") => return Err(fields.refuse("content", "must not be empty")),
        Some(text) if text.len() > LONGEST => return Err(Rejection::too_large(LONGEST)),
        _ => {}
    }
    fields.string("name")?;
    fields.object("metadata")?;
    Ok(given(fields, &["folder_id", "content", "name", "metadata"]))
}
