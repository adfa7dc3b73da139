//! Which path leads where. Each resource has a module with its handlers.

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;

use crate::agents;
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
        .merge(agent_routes())
        .fallback(async || Rejection::not_found("there is no such path"))
        .method_not_allowed_fallback(async || Rejection::method_not_allowed())
        .layer(from_fn_with_state(Arc::clone(&state), exchange))
        .with_state(state)
}

fn agent_routes() -> Router<Arc<State>> {
    let one = get(agents::get)
        .patch(agents::update)
        .delete(agents::delete);
    Router::new()
        .route("/agents", get(agents::list))
        .route("/agents/{agent_id}", one)
        .route("/agents/templates", get(agents::templates))
        .route(
            "/agents/{agent_id}/phone-numbers",
            get(agents::phone_numbers),
        )
        .route(
            "/agents/{agent_id}/deployments",
            get(agents::list_deployments),
        )
        .route("/agents/deployments/{id}", get(agents::get_deployment))
        .route("/agents/calls", get(agents::list_calls).post(agents::start))
        .route(
            "/agents/calls/{id}",
            get(agents::get_call).delete(agents::redact),
        )
        .route("/agents/calls/{id}/cancel", post(agents::cancel))
        .route("/agents/calls/{id}/logs", get(agents::logs))
        .route("/agents/calls/{id}/audio", get(agents::audio))
        .route(
            "/agents/metrics",
            get(agents::list_metrics).post(agents::create_metric),
        )
        .route("/agents/metrics/{id}", get(agents::get_metric))
        .route("/agents/metrics/results", get(agents::results))
        .route("/agents/metrics/results/export", get(agents::export))
        .route(
            "/agents/{agent_id}/metrics/{metric_id}",
            post(agents::attach).delete(agents::detach),
        )
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
