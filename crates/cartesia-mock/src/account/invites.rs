//! `/organizations/invites`. The limit of ten requests per hour is not enforced.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};

use super::{FIRST, paging};
use crate::fields::{Fields, json};
use crate::middleware::{Administrator, Pairs, parameter};
use crate::rejection::Rejection;
use crate::resource::{Kind, since};
use crate::state::State;

const STATUSES: [&str; 4] = ["pending", "accepted", "revoked", "expired"];

/// `GET /organizations/invites`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    admin: Administrator,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, admin.version)?;
    let status = parameter(&query, "status");
    if status.is_some_and(|status| !STATUSES.contains(&status)) {
        let message = format!("`status` must be one of {}", STATUSES.join(", "));
        return Err(Rejection::bad_request(message));
    }
    let filter = |invite: &Value| status.is_none_or(|status| invite["status"] == status);
    let tables = state.objects.lock();
    let page = tables[Kind::Invite].page_with(&paging(&query)?, filter)?;
    Ok(Json(json!(page)))
}

/// `POST /organizations/invites`.
pub(crate) async fn create(
    Shared(state): Shared<Arc<State>>,
    admin: Administrator,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    since(FIRST, admin.version)?;
    let body = json(&body)?;
    let body = Fields::of_body(&body)?;
    let emails = body.required("emails", body.array("emails")?)?;
    if !(1..=10).contains(&emails.len()) {
        return Err(body.refuse("emails", "must hold 1 to 10 addresses"));
    }
    // All or nothing: looked at before anybody is invited.
    let is_address = |email: &Value| email.as_str().is_some_and(|email| email.contains('@'));
    if !emails.iter().all(is_address) {
        return Err(body.refuse("emails", "must hold nothing but addresses"));
    }
    let mut tables = state.objects.lock();
    let invites: Vec<Value> = emails
        .iter()
        .map(|email| {
            let invite = json!({
                "email": email,
                "role": "member",
                "status": "pending",
                "created_at": null,
                "expires_at": null,
            });
            tables.add(Kind::Invite, invite)
        })
        .collect();
    Ok((StatusCode::CREATED, Json(invites.into())))
}

/// `GET /organizations/invites/{id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    admin: Administrator,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, admin.version)?;
    state.objects.lock()[Kind::Invite]
        .get(&id)
        .cloned()
        .map(Json)
}

/// `DELETE /organizations/invites/{id}`: the invite stays, revoked. Only a pending one can be.
pub(crate) async fn cancel(
    Shared(state): Shared<Arc<State>>,
    admin: Administrator,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since(FIRST, admin.version)?;
    let mut tables = state.objects.lock();
    let invite = tables[Kind::Invite].get_mut(&id)?;
    if invite["status"] != "pending" {
        return Err(Rejection::bad_request("the invite is not pending"));
    }
    invite["status"] = json!("revoked");
    Ok(StatusCode::NO_CONTENT)
}
