//! `/organizations/invites`. The limit of ten requests an hour is not kept.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};

use super::{FIRST, paging, unknown};
use crate::collection::since;
use crate::exchange::{Administrator, Pairs, parameter};
use crate::fields::{Fields, json};
use crate::rejection::Rejection;
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
    let page = state
        .account
        .invites
        .page(&paging(&query)?, filter, Value::clone);
    page.map(Json)
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
    let invites: Vec<Value> = emails
        .iter()
        .map(|email| {
            let (id, created_at) = state.account.invites.next("invite");
            let invite = json!({
                "id": id,
                "email": email,
                "role": "member",
                "status": "pending",
                "created_at": created_at,
                "expires_at": null,
            });
            state.account.invites.add(invite.clone());
            invite
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
    let found = state.account.invites.with(&id, |invite| invite.clone());
    found.map(Json).ok_or_else(|| unknown("invite", &id))
}

/// `DELETE /organizations/invites/{id}`: the invite stays, revoked. Only a pending one can be.
pub(crate) async fn cancel(
    Shared(state): Shared<Arc<State>>,
    admin: Administrator,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since(FIRST, admin.version)?;
    let cancelled = state.account.invites.with(&id, |invite| {
        let was_pending = invite["status"] == "pending";
        invite["status"] = json!("revoked");
        was_pending
    });
    match cancelled {
        Some(true) => Ok(StatusCode::NO_CONTENT),
        Some(false) => Err(Rejection::bad_request("the invite is not pending")),
        None => Err(unknown("invite", &id)),
    }
}
