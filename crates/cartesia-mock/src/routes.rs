//! The routes. Each resource has a module with its handlers.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, patch, post};
use axum::{Json, Router};
use serde::Serialize;

use crate::agents::{
    self, Agent, Batch, Document, Folder, ManagedAgent, Metric, PhoneNumber, Provider, Webhook,
};
use crate::datasets::{self, Dataset};
use crate::fine_tunes::{self, FineTune};
use crate::middleware::{AnyVersion, handle};
use crate::pronunciation::{self, Dictionary};
use crate::rejection::Rejection;
use crate::resource::{self, collection, item, permanent};
use crate::state::State;
use crate::{
    accents, account, agent_socket, control, cors, files, infill, inspector, models, stt,
    stt_socket, tokens, tts, tts_socket, voice_changer, voices,
};

pub(crate) fn router(state: Arc<State>) -> Router {
    let router = service(Arc::clone(&state));
    let router = if state.settings.cors {
        router.layer(from_fn(cors::allow))
    } else {
        router
    };
    // After the layers: calls of the test itself are not in the journal, no fault hits them, and no page may
    // make them.
    let router = router.merge(control::routes(&state));
    let router = if state.settings.has_page() {
        let at_the_root = from_fn_with_state(Arc::clone(&state), inspector::at_the_root);
        router.layer(at_the_root)
    } else {
        router
    };
    router.with_state(state)
}

/// The API of the service.
fn service(state: Arc<State>) -> Router<Arc<State>> {
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
        .route("/tts/bytes", post(tts::bytes))
        .route("/tts/sse", post(tts::sse))
        .route("/tts/websocket", get(tts_socket::open))
        .route("/stt", post(stt::transcribe))
        .route("/stt/websocket", get(stt_socket::open_manual))
        .route("/stt/turns/websocket", get(stt_socket::open_turns))
        .route("/audio/transcriptions", post(stt::compatible))
        .route("/voice-changer/bytes", post(voice_changer::bytes))
        .route("/voice-changer/sse", post(voice_changer::sse))
        .route("/infill/bytes", post(infill::bytes))
        .route("/files", get(files::list).post(files::upload))
        .route("/files/{id}", delete(files::delete))
        .route("/files/{id}/info", get(files::info))
        .route("/files/{id}/download", get(files::download))
        .route("/links", post(files::link))
        .route("/models", get(models::list))
        .merge(agent_routes())
        .merge(collections())
        .merge(administration())
        .fallback(async || Rejection::not_found("there is no such path"))
        .method_not_allowed_fallback(async || Rejection::method_not_allowed())
        // `handle` has read the body, and has a limit for it.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(state, handle))
}

/// The routes that need an admin key.
fn administration() -> Router<Arc<State>> {
    let invites = get(account::invites::list).post(account::invites::create);
    let invite = get(account::invites::get).delete(account::invites::cancel);
    let user = get(account::user).delete(account::remove_user);
    Router::new()
        .route("/usage/credits", get(account::usage::credits))
        .route("/usage/agents", get(account::usage::agents))
        .route("/api-keys", get(account::api_keys))
        .route("/api-keys/{id}", get(account::api_key))
        .route("/organizations/users", get(account::users))
        .route("/organizations/users/{id}", user)
        .route("/organizations/invites", invites)
        .route("/organizations/invites/{id}", invite)
}

/// The routes of stored objects. The collections answer with and without a slash at the end.
fn collections() -> Router<Arc<State>> {
    let files = get(datasets::files).post(datasets::upload);
    Router::new()
        .route("/pronunciation-dicts", collection::<Dictionary>())
        .route("/pronunciation-dicts/", collection::<Dictionary>())
        .route("/pronunciation-dicts/{id}", item::<Dictionary>())
        .route("/pronunciation-dicts/{id}/pin", post(pronunciation::pin))
        .route(
            "/pronunciation-dicts/{id}/unpin",
            post(pronunciation::unpin),
        )
        .route("/datasets", collection::<Dataset>())
        .route("/datasets/", collection::<Dataset>())
        .route("/datasets/{id}", item::<Dataset>())
        .route("/datasets/{id}/files", files)
        .route(
            "/datasets/{id}/files/{file_id}",
            delete(datasets::delete_file),
        )
        .route("/fine-tunes", collection::<FineTune>())
        .route("/fine-tunes/", collection::<FineTune>())
        .route("/fine-tunes/{id}", permanent::<FineTune>())
        .route("/fine-tunes/{id}/voices", get(fine_tunes::voices))
}

/// Agents, and everything around them.
fn agent_routes() -> Router<Arc<State>> {
    let calls = get(agents::list_calls).post(agents::start);
    let call = get(agents::get_call).delete(agents::redact);
    let metric = post(agents::attach).delete(agents::detach);
    let batches = "/agents/calls/batches";
    Router::new()
        .route("/agents", get(resource::list::<Agent>))
        .route("/agents/{id}", item::<Agent>())
        .route("/agents/templates", get(agents::templates))
        .route("/agents/{id}/phone-numbers", get(agents::phone_numbers))
        .route("/agents/{id}/deployments", get(agents::list_deployments))
        .route("/agents/deployments/{id}", get(agents::get_deployment))
        .route("/agents/calls", calls)
        .route("/agents/calls/{id}", call)
        .route("/agents/calls/{id}/cancel", post(agents::cancel))
        .route("/agents/calls/{id}/logs", get(agents::logs))
        .route("/agents/calls/{id}/audio", get(agents::audio))
        .route(batches, collection::<Batch>())
        .route(&format!("{batches}/{{id}}"), get(resource::get::<Batch>))
        .route(
            &format!("{batches}/{{id}}/cancel"),
            post(agents::cancel_batch),
        )
        .route(
            &format!("{batches}/{{id}}/retry"),
            post(agents::retry_batch),
        )
        .route("/agents/metrics", collection::<Metric>())
        .route("/agents/metrics/{id}", permanent::<Metric>())
        .route("/agents/metrics/results", get(agents::results))
        .route("/agents/metrics/results/export", get(agents::export))
        .route("/agents/{id}/metrics/{metric_id}", metric)
        .route("/agents/webhooks", collection::<Webhook>())
        .route("/agents/webhooks/{id}", item::<Webhook>())
        .route("/agents/phone-numbers", collection::<PhoneNumber>())
        .route(
            "/agents/phone-numbers/provision",
            post(agents::provision_number),
        )
        .route("/agents/phone-numbers/{id}", item::<PhoneNumber>())
        .route("/agents/phone-numbers/providers", collection::<Provider>())
        .route("/agents/phone-numbers/providers/{id}", item::<Provider>())
        .route("/agents/folders", collection::<Folder>())
        .route("/agents/folders/{id}", item::<Folder>())
        .route("/agents/documents", collection::<Document>())
        .route("/agents/documents/bulk", post(agents::create_documents))
        .route("/agents/documents/{id}", item::<Document>())
        .route("/v1/agents", collection::<ManagedAgent>())
        .route("/v1/agents/{id}", item::<ManagedAgent>())
        .route("/v1/agents/{id}/versions", get(agents::versions))
        .route("/v1/agents/models", get(agents::models))
        .route("/v1/agents/tools", get(agents::tools))
        .route("/agents/stream/{id}", get(agent_socket::open_stream))
        .route("/v1/agents/websocket/{id}", get(agent_socket::open_managed))
        .route(
            "/v1/agents/websocket/{id}/sessions",
            post(agents::create_session),
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
