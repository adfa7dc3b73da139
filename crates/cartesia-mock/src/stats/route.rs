//! `/_mock/stats`: the same for programs that cannot hold a handle of the server.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;

use super::Stats;
use crate::state::State;

/// `GET /_mock/stats`.
pub(crate) async fn read(Shared(state): Shared<Arc<State>>) -> Json<Stats> {
    Json(Stats::of(&state.sockets, &state.settings))
}

/// `DELETE /_mock/stats`: counts from now on. What runs goes on, and counts as running.
pub(crate) async fn forget(Shared(state): Shared<Arc<State>>) -> StatusCode {
    state.sockets.reset_stats();
    StatusCode::NO_CONTENT
}
