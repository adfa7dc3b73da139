//! Which path leads where. Each resource has a module with its handlers.

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;

use crate::exchange::{AnyVersion, exchange};
use crate::rejection::Rejection;
use crate::state::State;
use crate::{tts, voices};

pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/", get(status))
        // The service answers at both spellings.
        .route("/voices", get(voices::list))
        .route("/voices/", get(voices::list))
        .route("/voices/{id}", get(voices::get))
        .route("/voices/{id}/preview", get(voices::preview))
        .route("/tts/bytes", post(tts::bytes))
        .route("/tts/sse", post(tts::sse))
        .fallback(async || Rejection::not_found("there is no such path"))
        .method_not_allowed_fallback(async || Rejection::method_not_allowed())
        .layer(from_fn_with_state(Arc::clone(&state), exchange))
        .with_state(state)
}

/// `GET /`.
async fn status(AnyVersion(version): AnyVersion) -> Json<impl Serialize> {
    #[derive(Serialize)]
    struct Status {
        ok: bool,
        version: String,
    }
    Json(Status {
        ok: true,
        version: version.to_string(),
    })
}
