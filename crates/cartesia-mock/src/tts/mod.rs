//! `/tts/bytes` and `/tts/sse`.

mod audio;
mod events;
mod model;
mod request;
mod voice;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cartesia_types::ApiVersion;

pub(crate) use audio::{Audio, Whole};
pub(crate) use events::Events;
pub(crate) use model::is_language;
pub(crate) use request::Input;
use request::{BytesRequest, SseRequest};

use crate::exchange::Caller;
use crate::fields::{Fields, json};
use crate::form::Form;
use crate::hash;
use crate::pace::{Paced, Source};
use crate::pronunciation;
use crate::rejection::Rejection;
use crate::state::State;
use crate::synthesis::{Encoder, Format, Wanted};

/// `POST /tts/bytes`: the audio itself.
pub(crate) async fn bytes(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Rejection> {
    let body = json(&body)?;
    let request = BytesRequest::read(&body, caller.version, &state.catalogue)?;
    pronunciation::check(&state, &body, caller.version)?;
    let format = request.format;
    let encoder = Encoder::new(format)
        .ok_or_else(|| Rejection::bad_request("there is no MP3 of this sample rate"))?;
    let rate = format.sample_rate();
    let speech = request.utterance.speech(rate, None, Wanted::default());
    let audio = Audio::new(speech, encoder, state.settings.chunk_size);
    let mut response = stream(&state, audio);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(format.content_type()),
    );
    if request.save {
        let id = format!(
            "file_{:016x}",
            hash::stable(&[caller.request_id.as_bytes()])
        );
        if let Ok(id) = HeaderValue::try_from(id) {
            headers.insert(HeaderName::from_static("cartesia-file-id"), id);
        }
    }
    Ok(response)
}

/// `POST /tts/sse`: events.
pub(crate) async fn sse(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Rejection> {
    let body = json(&body)?;
    let request = SseRequest::read(&body, caller.version, &state.catalogue)?;
    pronunciation::check(&state, &body, caller.version)?;
    let mut response = stream(
        &state,
        Events::new(request, caller, state.settings.chunk_size),
    );
    let events = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, events);
    Ok(response)
}

/// `output_format[…]` of a form.
pub(crate) fn format_of_form(form: &Form, version: ApiVersion) -> Result<Format, Rejection> {
    request::format(&Fields::of_body(&form.output_format()?)?, version)
}

/// Whether there is such a model, and it speaks the language.
pub(crate) fn check_model(id: &str, language: &str, version: ApiVersion) -> Result<(), Rejection> {
    model::Model::find(id, version)?.check_language(language)
}

pub(crate) fn stream(state: &State, source: impl Source + Unpin + 'static) -> Response {
    let settings = &state.settings;
    Body::from_stream(Paced::new(source, settings.pace, settings.latency)).into_response()
}
