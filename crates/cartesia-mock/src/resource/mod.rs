//! Resources: objects that callers create, list, read, change and delete, all by the same handlers.
//!
//! A [`Resource`] says what is particular about one kind of objects; [`Tables`] keep them as JSON.

mod samples;
mod tables;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, delete as on_delete, get as on_get};
use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde_json::{Map, Value, json};

use crate::fields::{Fields, json as read_json};
use crate::middleware::{Caller, Pairs};
use crate::rejection::Rejection;
use crate::state::State;
pub(crate) use tables::{Kind, Objects, Tables};

/// The calls that resources have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    List,
    Create,
    Get,
    Update,
    Delete,
}

/// The parts of a call that a resource may need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) state: &'a State,
    pub(crate) version: ApiVersion,
}

/// Fields of an object that change.
pub(crate) type Changes = Map<String, Value>;

/// One kind of objects.
pub(crate) trait Resource: Send + 'static {
    const KIND: Kind;

    /// The status of the answer to a creation.
    const CREATED: StatusCode = StatusCode::CREATED;

    /// Whether a change is answered with the object, or with 204.
    const SHOWS_CHANGES: bool = true;

    /// The first API version that has the call.
    fn first_version(operation: Operation) -> ApiVersion;

    /// A list, as the query wants it: a page of all objects by default.
    fn list(
        scope: Scope<'_>,
        tables: &Tables,
        query: &[(String, String)],
    ) -> Result<Value, Rejection> {
        let page = tables[Self::KIND].page(query, |_| true)?;
        let version = scope.version;
        Ok(json!(page.map(|item| Self::show(tables, item, version))))
    }

    /// A new object without its `id`. Fields `created_at` and `updated_at` that are null are set later.
    fn create(
        scope: Scope<'_>,
        tables: &mut Tables,
        fields: &Fields<'_>,
    ) -> Result<Value, Rejection>;

    /// The changes that a body asks for. The object exists.
    fn update(
        scope: Scope<'_>,
        tables: &mut Tables,
        id: &str,
        fields: &Fields<'_>,
    ) -> Result<Changes, Rejection>;

    /// The consequences of a creation or a change.
    fn stored(_: &mut Tables, _: &Value) {}

    /// The consequences of a deletion.
    fn deleted(_: &mut Tables, _: &str) {}

    /// Called before a single object is read: some objects advance their status each time.
    fn read(_: &mut Tables, _: &str) -> Result<(), Rejection> {
        Ok(())
    }

    /// The object as the API version shows it.
    fn show(_: &Tables, item: Value, _: ApiVersion) -> Value {
        item
    }

    /// The new object as the answer to its creation shows it.
    fn show_created(tables: &Tables, item: Value, version: ApiVersion) -> Value {
        Self::show(tables, item, version)
    }

    /// The error for an identifier that does not exist.
    fn unknown(id: &str, _: ApiVersion) -> Rejection {
        Self::KIND.unknown(id)
    }

    /// Checks that an object exists.
    fn check(tables: &Tables, id: &str, version: ApiVersion) -> Result<(), Rejection> {
        match tables[Self::KIND].find(id) {
            Some(_) => Ok(()),
            None => Err(Self::unknown(id, version)),
        }
    }
}

/// `GET` and `POST` of all objects.
pub(crate) fn collection<R: Resource>() -> MethodRouter<Arc<State>> {
    on_get(list::<R>).post(create::<R>)
}

/// `GET`, `PATCH` and `DELETE` of one object.
pub(crate) fn item<R: Resource>() -> MethodRouter<Arc<State>> {
    permanent::<R>().patch(update::<R>)
}

/// `GET` and `DELETE` of one object, for resources that cannot change.
pub(crate) fn permanent<R: Resource>() -> MethodRouter<Arc<State>> {
    on_delete(delete::<R>).get(get::<R>)
}

/// Lists objects.
pub(crate) async fn list<R: Resource>(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    let scope = scope::<R>(&state, &caller, Operation::List)?;
    R::list(scope, &state.objects.lock(), &query).map(Json)
}

/// Creates an object.
pub(crate) async fn create<R: Resource>(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    let scope = scope::<R>(&state, &caller, Operation::Create)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let mut tables = state.objects.lock();
    let item = R::create(scope, &mut tables, &fields)?;
    let item = add::<R>(&mut tables, item);
    let shown = R::show_created(&tables, item, caller.version);
    Ok((R::CREATED, Json(shown)))
}

/// Keeps a new object.
pub(crate) fn add<R: Resource>(tables: &mut Tables, item: Value) -> Value {
    let item = tables.add(R::KIND, item);
    R::stored(tables, &item);
    item
}

/// Shows an object.
pub(crate) async fn get<R: Resource>(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    scope::<R>(&state, &caller, Operation::Get)?;
    let mut tables = state.objects.lock();
    R::check(&tables, &id, caller.version)?;
    R::read(&mut tables, &id)?;
    let item = tables[R::KIND].get(&id)?.clone();
    Ok(Json(R::show(&tables, item, caller.version)))
}

/// Changes an object.
pub(crate) async fn update<R: Resource>(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Rejection> {
    let scope = scope::<R>(&state, &caller, Operation::Update)?;
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let mut tables = state.objects.lock();
    R::check(&tables, &id, caller.version)?;
    let changes = R::update(scope, &mut tables, &id, &fields)?;
    let item = tables.change(R::KIND, &id, changes)?;
    R::stored(&mut tables, &item);
    if !R::SHOWS_CHANGES {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Json(R::show(&tables, item, caller.version)).into_response())
}

/// Deletes an object.
pub(crate) async fn delete<R: Resource>(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    scope::<R>(&state, &caller, Operation::Delete)?;
    let mut tables = state.objects.lock();
    R::check(&tables, &id, caller.version)?;
    tables[R::KIND].remove(&id)?;
    R::deleted(&mut tables, &id);
    Ok(StatusCode::NO_CONTENT)
}

fn scope<'a, R: Resource>(
    state: &'a State,
    caller: &Caller,
    operation: Operation,
) -> Result<Scope<'a>, Rejection> {
    let version = caller.version;
    since(R::first_version(operation), version)?;
    Ok(Scope { state, version })
}

/// The fields of these names that a body has, whatever their type.
pub(crate) fn given(fields: &Fields<'_>, names: &[&str]) -> Changes {
    let value = |name: &&str| Some(((*name).to_owned(), fields.get(name)?.clone()));
    names.iter().filter_map(value).collect()
}

/// The strings of these names that a body has.
pub(crate) fn strings(fields: &Fields<'_>, names: &[&str]) -> Result<Changes, Rejection> {
    for name in names {
        fields.string(name)?;
    }
    Ok(given(fields, names))
}

/// Refuses a path that the version does not have.
pub(crate) fn since(first: ApiVersion, version: ApiVersion) -> Result<(), Rejection> {
    if version >= first {
        Ok(())
    } else {
        let message = format!("there is no such path at version {version}");
        Err(Rejection::not_found(message))
    }
}
