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
use crate::{
    accents, account, agent_socket, agents, datasets, files, fine_tunes, infill, journal,
    pronunciation, stt, stt_socket, tokens, tts, tts_socket, voice_changer, voices,
};

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
        .merge(agent_routes())
        .merge(collections())
        .merge(administration())
        .fallback(async || Rejection::not_found("there is no such path"))
        .method_not_allowed_fallback(async || Rejection::method_not_allowed())
        // `exchange` has read the body, and has a limit for it.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(&state), exchange))
        // After the layer: reading the journal is not part of it.
        .route(
            "/_mock/journal",
            get(journal::route::read).delete(journal::route::forget),
        )
        .with_state(state)
}

/// What an admin key is for.
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

/// What callers make and keep. The collections answer with and without the slash.
fn collections() -> Router<Arc<State>> {
    let dicts = get(pronunciation::list).post(pronunciation::create);
    let dict = get(pronunciation::get)
        .patch(pronunciation::update)
        .delete(pronunciation::delete);
    let sets = get(datasets::list).post(datasets::create);
    let set = get(datasets::get)
        .patch(datasets::update)
        .delete(datasets::delete);
    let files = get(datasets::files).post(datasets::upload);
    let tunes = get(fine_tunes::list).post(fine_tunes::create);
    let tune = get(fine_tunes::get).delete(fine_tunes::delete);
    Router::new()
        .route("/pronunciation-dicts", dicts.clone())
        .route("/pronunciation-dicts/", dicts)
        .route("/pronunciation-dicts/{id}", dict)
        .route("/pronunciation-dicts/{id}/pin", post(pronunciation::pin))
        .route(
            "/pronunciation-dicts/{id}/unpin",
            post(pronunciation::unpin),
        )
        .route("/datasets", sets.clone())
        .route("/datasets/", sets)
        .route("/datasets/{id}", set)
        .route("/datasets/{id}/files", files)
        .route(
            "/datasets/{id}/files/{file_id}",
            delete(datasets::delete_file),
        )
        .route("/fine-tunes", tunes.clone())
        .route("/fine-tunes/", tunes)
        .route("/fine-tunes/{id}", tune)
        .route("/fine-tunes/{id}/voices", get(fine_tunes::voices))
}

/// Agents, their calls, metrics and deployments.
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
        .route(
            "/agents/metrics/{id}",
            get(agents::get_metric).delete(agents::delete_metric),
        )
        .route("/agents/metrics/results", get(agents::results))
        .route("/agents/metrics/results/export", get(agents::export))
        .route(
            "/agents/{agent_id}/metrics/{metric_id}",
            post(agents::attach).delete(agents::detach),
        )
        .merge(agent_setting_routes())
        .merge(agent_knowledge_routes())
        .merge(agent_batch_routes())
        .merge(managed_agent_routes())
        .route("/agents/stream/{agent_id}", get(agent_socket::open_stream))
        .route(
            "/v1/agents/websocket/{agent_id}",
            get(agent_socket::open_managed),
        )
}

/// What agents know.
fn agent_knowledge_routes() -> Router<Arc<State>> {
    let folder = get(agents::get_folder)
        .patch(agents::update_folder)
        .delete(agents::delete_folder);
    let document = get(agents::get_document)
        .patch(agents::update_document)
        .delete(agents::delete_document);
    Router::new()
        .route(
            "/agents/folders",
            get(agents::list_folders).post(agents::create_folder),
        )
        .route("/agents/folders/{id}", folder)
        .route(
            "/agents/documents",
            get(agents::list_documents).post(agents::create_document),
        )
        .route("/agents/documents/bulk", post(agents::create_documents))
        .route("/agents/documents/{id}", document)
}

/// Managed agents.
fn managed_agent_routes() -> Router<Arc<State>> {
    let one = get(agents::get_managed)
        .patch(agents::update_managed)
        .delete(agents::delete_managed);
    Router::new()
        .route(
            "/v1/agents",
            get(agents::list_managed).post(agents::create_managed),
        )
        .route("/v1/agents/{agent_id}", one)
        .route("/v1/agents/{agent_id}/versions", get(agents::versions))
        .route("/v1/agents/models", get(agents::models))
        .route("/v1/agents/tools", get(agents::tools))
}

/// Many calls as one order.
fn agent_batch_routes() -> Router<Arc<State>> {
    Router::new()
        .route(
            "/agents/calls/batches",
            get(agents::list_batches).post(agents::create_batch),
        )
        .route("/agents/calls/batches/{id}", get(agents::get_batch))
        .route(
            "/agents/calls/batches/{id}/cancel",
            post(agents::cancel_batch),
        )
        .route(
            "/agents/calls/batches/{id}/retry",
            post(agents::retry_batch),
        )
}

/// What surrounds agents: whom they tell of calls, and where they are reached.
fn agent_setting_routes() -> Router<Arc<State>> {
    let webhook = get(agents::get_webhook)
        .patch(agents::update_webhook)
        .delete(agents::delete_webhook);
    let number = get(agents::get_number)
        .patch(agents::update_number)
        .delete(agents::delete_number);
    let provider = get(agents::get_provider)
        .patch(agents::update_provider)
        .delete(agents::delete_provider);
    Router::new()
        .route(
            "/agents/webhooks",
            get(agents::list_webhooks).post(agents::create_webhook),
        )
        .route("/agents/webhooks/{id}", webhook)
        .route(
            "/agents/phone-numbers",
            get(agents::list_numbers).post(agents::import_number),
        )
        .route(
            "/agents/phone-numbers/provision",
            post(agents::provision_number),
        )
        .route("/agents/phone-numbers/{id}", number)
        .route(
            "/agents/phone-numbers/providers",
            get(agents::list_providers).post(agents::create_provider),
        )
        .route("/agents/phone-numbers/providers/{id}", provider)
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
