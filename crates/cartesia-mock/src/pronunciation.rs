//! `/pronunciation-dicts`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use crate::collection::{Collection, Kept, since};
use crate::exchange::{Caller, Pairs};
use crate::fields::{Fields, json};
use crate::page::Paging;
use crate::rejection::{Rejection, shortened};
use crate::state::State;

const FIRST: ApiVersion = ApiVersion::V2025_04_16;
/// Characters in `pronunciation`.
const LONGEST_PRONUNCIATION: usize = 100;

pub(crate) type Dictionaries = Collection<Dictionary>;

#[derive(Debug)]
pub(crate) struct Dictionary {
    id: String,
    name: String,
    items: Vec<Item>,
    pinned: bool,
    created_at: String,
}

impl Kept for Dictionary {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Debug)]
struct Item {
    text: String,
    replacement: String,
    case_sensitive: bool,
}

impl Item {
    fn read(value: &Value, version: ApiVersion) -> Result<Self, Rejection> {
        let item = Fields::of_body(value)
            .map_err(|_| Rejection::bad_request("each of `items` must be an object"))?;
        let text = item.required("text", item.string("text")?)?;
        let alias = item.string("alias")?;
        let replacement = if version == FIRST {
            let pronunciation = item.string("pronunciation")?;
            if pronunciation.is_some_and(|text| text.chars().count() > LONGEST_PRONUNCIATION) {
                return Err(item.refuse("pronunciation", "must not be longer than 100 characters"));
            }
            item.required("pronunciation", pronunciation.or(alias))?
        } else {
            item.required("alias", alias)?
        };
        let case_sensitive = if version >= ApiVersion::V2026_08_14 {
            item.boolean("case_sensitive")?.unwrap_or(false)
        } else {
            false
        };
        Ok(Self {
            text: text.to_owned(),
            replacement: replacement.to_owned(),
            case_sensitive,
        })
    }

    fn render(&self, version: ApiVersion) -> Value {
        let mut item = json!({"text": self.text, "alias": self.replacement});
        if version == FIRST {
            item["pronunciation"] = json!(self.replacement);
        }
        if version >= ApiVersion::V2026_08_14 {
            item["case_sensitive"] = json!(self.case_sensitive);
        }
        item
    }
}

impl Dictionary {
    fn render(&self, version: ApiVersion) -> Value {
        let items: Vec<_> = self.items.iter().map(|item| item.render(version)).collect();
        let mut dictionary = json!({
            "id": self.id,
            "name": self.name,
            "owner_id": "user_7e3f1c9a2b",
            "pinned": self.pinned,
            "items": items,
            "created_at": self.created_at,
        });
        if version == FIRST {
            dictionary["description"] = json!("");
        }
        dictionary
    }
}

fn items(body: &Fields<'_>, version: ApiVersion) -> Result<Option<Vec<Item>>, Rejection> {
    let read = |items: &Vec<Value>| items.iter().map(|item| Item::read(item, version)).collect();
    body.array("items")?.map(read).transpose()
}

/// From 2026-03-01 on an unknown dictionary is not found; before, the request was a bad one.
fn unknown(version: ApiVersion, id: &str) -> Rejection {
    let message = format!("there is no pronunciation dictionary {:?}", shortened(id));
    if version >= ApiVersion::V2026_03_01 {
        Rejection::not_found(message)
    } else {
        Rejection::bad_request(message)
    }
}

/// Refuses a synthesis with a dictionary that does not exist.
pub(crate) fn check(state: &State, body: &Value, version: ApiVersion) -> Result<(), Rejection> {
    let id = Fields::of_body(body)?.get("pronunciation_dict_id");
    match id.and_then(Value::as_str) {
        Some(id) if version >= FIRST => state
            .dictionaries
            .with(id, |_| ())
            .ok_or_else(|| unknown(version, id)),
        _ => Ok(()),
    }
}

/// `GET /pronunciation-dicts/`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let paging = Paging::read(&query)?;
    let render = |dictionary: &Dictionary| dictionary.render(caller.version);
    state.dictionaries.page(&paging, |_| true, render).map(Json)
}

/// `POST /pronunciation-dicts/`.
pub(crate) async fn create(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let body = json(&body)?;
    let body = Fields::of_body(&body)?;
    let name = body.required("name", body.string("name")?)?.to_owned();
    let items = items(&body, caller.version)?.unwrap_or_default();
    let (id, created_at) = state.dictionaries.next("pdict");
    let dictionary = Dictionary {
        id,
        name,
        items,
        pinned: false,
        created_at,
    };
    let rendered = dictionary.render(caller.version);
    state.dictionaries.add(dictionary);
    Ok(Json(rendered))
}

/// `GET /pronunciation-dicts/{id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    change(&state, caller.version, &id, |_| ())
}

/// `PATCH /pronunciation-dicts/{id}`.
pub(crate) async fn update(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    let body = json(&body)?;
    let body = Fields::of_body(&body)?;
    let name = body.string("name")?.map(str::to_owned);
    let items = items(&body, caller.version)?;
    change(&state, caller.version, &id, |dictionary| {
        if let Some(name) = name {
            dictionary.name = name;
        }
        if let Some(items) = items {
            dictionary.items = items;
        }
    })
}

/// `DELETE /pronunciation-dicts/{id}`.
pub(crate) async fn delete(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since(FIRST, caller.version)?;
    if state.dictionaries.remove(&id) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown(caller.version, &id))
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

/// What the service answers is not documented; here it is the dictionary.
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
    change(state, version, id, |dictionary| dictionary.pinned = pinned)
}

fn change(
    state: &State,
    version: ApiVersion,
    id: &str,
    work: impl FnOnce(&mut Dictionary),
) -> Result<Json<Value>, Rejection> {
    since(FIRST, version)?;
    let changed = state.dictionaries.with(id, |dictionary| {
        work(dictionary);
        dictionary.render(version)
    });
    changed.map(Json).ok_or_else(|| unknown(version, id))
}
