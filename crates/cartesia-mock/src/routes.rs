//! Which path leads where. Each resource has a module with its handlers.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, patch, post};
use axum::{Json, Router};
use serde::Serialize;

use crate::exchange::{AnyVersion, exchange};
use crate::rejection::Rejection;
use crate::state::State;
use crate::{accents, files, infill, stt, tokens, tts, voice_changer, voices};

pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/", get(status))
        // The service answers at both spellings.
        .route("/voices", get(voices::list).post(voices::create))
        .route("/voices/", get(voices::list).post(voices::create))
        .route(
            "/voices/{id}",
            get(voices::get)
                .patch(voices::update)
                .delete(voices::delete),
        )
        .route("/voices/{id}/accents", patch(voices::add_accents))
        .route(
            "/voices/{id}/accents/{accent}",
            delete(voices::remove_accent),
        )
        .route("/voices/clone", post(voices::clone))
        .route("/voices/clone/clip", post(voices::clone_clip))
        .route("/voices/clone/url", post(voices::clone_url))
        .route("/voices/localize", post(voices::localize))
        .route("/voices/mix", post(voices::mix))
        .route("/accents", get(accents::list))
        .route("/locales", get(accents::locales))
        .route("/access-token", post(tokens::create))
        .route("/voices/{id}/preview", get(voices::preview))
        .route("/tts/bytes", post(tts::bytes))
        .route("/tts/sse", post(tts::sse))
        .route("/stt", post(stt::transcribe))
        .route("/audio/transcriptions", post(stt::compatible))
        .route("/voice-changer/bytes", post(voice_changer::bytes))
        .route("/voice-changer/sse", post(voice_changer::sse))
        .route("/infill/bytes", post(infill::bytes))
        .route("/files", get(files::list).post(files::upload))
        .route("/files/{id}", delete(files::delete))
        .route("/files/{id}/info", get(files::info))
        .route("/files/{id}/download", get(files::download))
        .fallback(async || Rejection::not_found("there is no such path"))
        .method_not_allowed_fallback(async || Rejection::method_not_allowed())
        // `exchange` has a limit of its own, which is larger.
        // `exchange` has read the body, and has a limit for it.
        .layer(DefaultBodyLimit::disable())
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
