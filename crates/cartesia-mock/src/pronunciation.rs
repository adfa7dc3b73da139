//! `/pronunciation-dicts`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::resource::{Changes, Kind, Operation, Resource, Scope, Tables, strings};
use crate::state::State;

const FIRST: ApiVersion = ApiVersion::V2025_04_16;
/// Characters in `pronunciation`.
const LONGEST_PRONUNCIATION: usize = 100;

pub(crate) struct Dictionary;

impl Resource for Dictionary {
    const KIND: Kind = Kind::Dictionary;
    const CREATED: StatusCode = StatusCode::OK;

    fn first_version(_: Operation) -> ApiVersion {
        FIRST
    }

    fn create(scope: Scope<'_>, _: &mut Tables, fields: &Fields<'_>) -> Result<Value, Rejection> {
        Ok(json!({
            "name": fields.required("name", fields.string("name")?)?,
            "owner_id": "user_7e3f1c9a2b",
            "pinned": false,
            "items": items(fields, scope.version)?.unwrap_or_default(),
            "created_at": null,
        }))
    }

    fn update(
        scope: Scope<'_>,
        _: &mut Tables,
        _: &str,
        fields: &Fields<'_>,
    ) -> Result<Changes, Rejection> {
        let mut changes = strings(fields, &["name"])?;
        if let Some(items) = items(fields, scope.version)? {
            changes.insert("items".to_owned(), items.into());
        }
        Ok(changes)
    }

    fn show(_: &Tables, mut dictionary: Value, version: ApiVersion) -> Value {
        if version == FIRST {
            dictionary["description"] = json!("");
        }
        let items = dictionary["items"].as_array_mut().into_iter().flatten();
        for item in items {
            if version == FIRST {
                item["pronunciation"] = item["alias"].clone();
            }
            if version < ApiVersion::V2026_08_14
                && let Some(item) = item.as_object_mut()
            {
                item.remove("case_sensitive");
            }
        }
        dictionary
    }

    /// From 2026-03-01 on an unknown dictionary is not found; before, the request was a bad one.
    fn unknown(id: &str, version: ApiVersion) -> Rejection {
        let rejection = Self::KIND.unknown(id);
        if version >= ApiVersion::V2026_03_01 {
            rejection
        } else {
            rejection.into_bad_request()
        }
    }
}

fn items(fields: &Fields<'_>, version: ApiVersion) -> Result<Option<Vec<Value>>, Rejection> {
    let read = |items: &Vec<Value>| items.iter().map(|item| read_item(item, version)).collect();
    fields.array("items")?.map(read).transpose()
}

/// An item as it is kept, in the shape of the newest version.
fn read_item(value: &Value, version: ApiVersion) -> Result<Value, Rejection> {
    let item = Fields::of_body(value)
        .map_err(|_| Rejection::bad_request("each of `items` must be an object"))?;
    let text = item.required("text", item.string("text")?)?;
    let alias = item.string("alias")?;
    let alias = if version == FIRST {
        let pronunciation = item.string("pronunciation")?;
        if pronunciation.is_some_and(|text| text.chars().count() > LONGEST_PRONUNCIATION) {
            return Err(item.refuse("pronunciation", "must not be longer than 100 characters"));
        }
        item.required("pronunciation", pronunciation.or(alias))?
    } else {
        item.required("alias", alias)?
    };
    let case_sensitive =
        version >= ApiVersion::V2026_08_14 && item.boolean("case_sensitive")?.unwrap_or(false);
    Ok(json!({"text": text, "alias": alias, "case_sensitive": case_sensitive}))
}

/// Refuses a synthesis with a dictionary that does not exist.
pub(crate) fn check(state: &State, body: &Value, version: ApiVersion) -> Result<(), Rejection> {
    let id = Fields::of_body(body)?.get("pronunciation_dict_id");
    match id.and_then(Value::as_str) {
        Some(id) if version >= FIRST => Dictionary::check(&state.objects.lock(), id, version),
        _ => Ok(()),
    }
}

/// `POST /pronunciation-dicts/{id}/pin`, 2025-04-16 only.
pub(crate) async fn pin(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    set_pinned(&state, caller.version, &id, true)
}

/// `POST /pronunciation-dicts/{id}/unpin`, 2025-04-16 only.
pub(crate) async fn unpin(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    set_pinned(&state, caller.version, &id, false)
}

/// The answer of the service is not documented; here it is the dictionary.
fn set_pinned(
    state: &State,
    version: ApiVersion,
    id: &str,
    pinned: bool,
) -> Result<Json<Value>, Rejection> {
    if version != FIRST {
        let message = format!("there is no such path at version {version}");
        return Err(Rejection::not_found(message));
    }
    let mut tables = state.objects.lock();
    Dictionary::check(&tables, id, version)?;
    let pinned = Changes::from_iter([("pinned".to_owned(), json!(pinned))]);
    let dictionary = tables.change(Kind::Dictionary, id, pinned)?;
    Ok(Json(Dictionary::show(&tables, dictionary, version)))
}
