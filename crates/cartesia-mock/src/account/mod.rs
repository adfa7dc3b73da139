//! `/usage`, `/api-keys` and `/organizations`: the calls for an admin key.

pub(crate) mod invites;
pub(crate) mod usage;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use crate::middleware::{Administrator, Pairs, parameter};
use crate::page::{Paging, not_in_list};
use crate::rejection::{Rejection, shortened};
use crate::resource::{Kind, Tables, since};
use crate::state::State;

/// Documented from here on.
const FIRST: ApiVersion = ApiVersion::V2026_03_01;

/// An organization of two.
#[derive(Debug)]
pub(crate) struct Account {
    api_keys: Vec<Value>,
}

impl Default for Account {
    fn default() -> Self {
        let api_key = |id: &str, description: &str, email: &str, still_there: bool| {
            json!({
                "id": id,
                "description": description,
                "created_at": "2026-03-04T05:06:07Z",
                "creator_email": email,
                "creator_still_in_org": still_there,
                "creator_image_url": null,
            })
        };
        Self {
            api_keys: vec![
                api_key("key_1", "Production", "ada@example.com", true),
                api_key("key_2", "Tests", "bob@example.com", true),
                api_key("key_3", "Forgotten", "eve@example.com", false),
            ],
        }
    }
}

/// Adds the users to the tables of a new server.
pub(crate) fn add_to(tables: &mut Tables) {
    let user = |id: &str, email: &str, role: &str| json!({"id": id, "email": email, "role": role});
    tables[Kind::User].items = vec![
        user("user_1", "ada@example.com", "admin"),
        user("user_2", "bob@example.com", "member"),
    ];
}

impl Account {
    /// The share of one API key in a sum: about equal for all keys, and together the whole sum. An unknown
    /// key has none.
    fn share(&self, id: &str, sum: u64) -> u64 {
        let index = self.api_keys.iter().position(|key| key["id"] == id);
        let until = |count: usize| sum * count as u64 / self.api_keys.len() as u64;
        index.map_or(0, |index| until(index + 1) - until(index))
    }
}

/// Lists of the account have 20 items by default, and more than 100 is taken for 100.
fn paging(query: &[(String, String)]) -> Result<Paging, Rejection> {
    Paging::read_with(query, 20, |value| {
        let limit = value.parse().ok().filter(|limit: &usize| *limit > 0);
        let limit = limit.ok_or_else(|| {
            let value = shortened(value);
            Rejection::bad_request(format!("`limit` must be a number from 1 on, not {value:?}"))
        })?;
        Ok(limit.min(100))
    })
}

/// Whether one of the fields has the text that `q` asks for.
fn matches(query: &[(String, String)], item: &Value, fields: &[&str]) -> bool {
    let Some(wanted) = parameter(query, "q").map(str::to_lowercase) else {
        return true;
    };
    let text = |field: &&str| item[*field].as_str().unwrap_or_default().to_lowercase();
    fields.iter().any(|field| text(field).contains(&wanted))
}

fn unknown(what: &str, id: &str) -> Rejection {
    Rejection::not_found(format!("there is no {what} {:?}", shortened(id)))
}

/// `GET /api-keys`.
pub(crate) async fn api_keys(
    Shared(state): Shared<Arc<State>>,
    admin: Administrator,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, admin.version)?;
    let filter = |key: &Value| matches(&query, key, &["description", "creator_email"]);
    let page = paging(&query)?.page(&state.account.api_keys, filter, not_in_list)?;
    Ok(Json(json!(page)))
}

/// `GET /api-keys/{id}`.
pub(crate) async fn api_key(
    Shared(state): Shared<Arc<State>>,
    admin: Administrator,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, admin.version)?;
    let mut keys = state.account.api_keys.iter();
    let found = keys.find(|key| key["id"] == id.as_str());
    found
        .cloned()
        .map(Json)
        .ok_or_else(|| unknown("API key", &id))
}

/// `GET /organizations/users`.
pub(crate) async fn users(
    Shared(state): Shared<Arc<State>>,
    admin: Administrator,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, admin.version)?;
    let filter = |user: &Value| matches(&query, user, &["email"]);
    let tables = state.objects.lock();
    let page = tables[Kind::User].page_with(&paging(&query)?, filter)?;
    Ok(Json(json!(page)))
}

/// `GET /organizations/users/{id}`.
pub(crate) async fn user(
    Shared(state): Shared<Arc<State>>,
    admin: Administrator,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, admin.version)?;
    let tables = state.objects.lock();
    tables[Kind::User].get(&id).cloned().map(Json)
}

/// `DELETE /organizations/users/{id}`.
pub(crate) async fn remove_user(
    Shared(state): Shared<Arc<State>>,
    admin: Administrator,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since(FIRST, admin.version)?;
    state.objects.lock()[Kind::User].remove(&id)?;
    Ok(StatusCode::NO_CONTENT)
}
