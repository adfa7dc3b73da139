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
use serde_json::Value;

pub(crate) use audio::Audio;
use events::Events;
use request::{BytesRequest, SseRequest};

use crate::exchange::Caller;
use crate::hash;
use crate::pace::{Paced, Source};
use crate::pronunciation;
use crate::rejection::Rejection;
use crate::state::State;
use crate::synthesis::{Encoder, Wanted};

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

fn json(body: &[u8]) -> Result<Value, Rejection> {
    serde_json::from_slice(body)
        .map_err(|error| Rejection::bad_request(format!("the body is not JSON: {error}")))
}

fn stream(state: &State, source: impl Source + Unpin + 'static) -> Response {
    let settings = &state.settings;
    Body::from_stream(Paced::new(source, settings.pace, settings.latency)).into_response()
}
