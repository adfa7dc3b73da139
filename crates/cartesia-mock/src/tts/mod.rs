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
use cartesia_types::{ApiVersion, RawEncoding, RawFormat, wav};
use serde_json::Value;

pub(crate) use audio::{Audio, Whole};
pub(crate) use events::Events;
#[cfg(test)]
pub(crate) use model::languages;
pub(crate) use model::{is_language, languages_of};
pub(crate) use request::Input;
use request::{BytesRequest, SseRequest};

use crate::fields::{Fields, json};
use crate::form::Form;
use crate::middleware::Caller;
use crate::pace::{Paced, Source};
use crate::pronunciation;
use crate::rejection::Rejection;
use crate::state::State;
use crate::stats::Payer;
use crate::synthesis::{Encoder, Format, Timing, Wanted};

/// `POST /tts/bytes`: the audio itself.
pub(crate) async fn bytes(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Rejection> {
    let body = json(&body)?;
    let request = BytesRequest::read(&body, caller.version, &state.catalogue)?;
    pronunciation::check(&state, &body, caller.version)?;
    let (format, save) = (request.format, request.save);
    let chunk_size = state.settings.chunk_size;
    let speak = |request: BytesRequest| {
        let encoder = Encoder::new(format)
            .ok_or_else(|| Rejection::bad_request("there is no MP3 of this sample rate"))?;
        let rate = format.sample_rate();
        let speech = request.utterance.speech(rate, None, Wanted::default());
        Ok::<_, Rejection>(Audio::new(speech, encoder, chunk_size))
    };
    let mut response = {
        let audio = speak(request)?;
        stream(&state, &caller.payer, transcript(&body), audio)?
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(format.content_type()),
    );
    if save {
        // The same request gives the same audio, so it is spoken once more for the file.
        let again = BytesRequest::read(&body, caller.version, &state.catalogue)?;
        let mut audio = speak(again)?;
        let whole: Vec<Bytes> = std::iter::from_fn(|| Some(audio.next()?.bytes)).collect();
        let name = format!("{}.{}", caller.request_id, format.extension());
        let id = state.files.keep_generated(&name, whole.concat().into());
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
    let payer = caller.payer.clone();
    let events = Events::new(request, Arc::clone(&state), caller);
    let mut response = stream(&state, &payer, transcript(&body), events)?;
    let events = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, events);
    Ok(response)
}

/// The text of a request that was found to be in order.
fn transcript(body: &Value) -> &str {
    body["transcript"].as_str().unwrap_or_default()
}

/// The words of a request for events as a WAV file, and when each is spoken.
pub(crate) fn heard(
    state: &State,
    body: &Value,
    version: ApiVersion,
    rate: u32,
) -> Result<(Vec<u8>, Vec<Timing>), Rejection> {
    let request = SseRequest::read(body, version, &state.catalogue)?;
    let context = request.context_id.as_deref();
    let mut speech = request.utterance.speech(rate, context, request.wanted);
    let (mut bytes, mut samples) = (Vec::new(), Vec::new());
    let mut encoder = Encoder::Raw(RawEncoding::PcmS16Le);
    loop {
        samples.clear();
        speech.render(audio::BLOCK, &mut samples);
        encoder.encode(&samples, &mut bytes);
        if samples.len() < audio::BLOCK {
            break;
        }
    }
    encoder.finish(&mut bytes);
    let format = RawFormat::new(RawEncoding::PcmS16Le, rate);
    let mut file = wav::header(format, u64::try_from(bytes.len()).ok());
    file.append(&mut bytes);
    Ok((file, speech.take_words()))
}

/// `output_format[…]` of a form.
pub(crate) fn format_of_form(form: &Form, version: ApiVersion) -> Result<Format, Rejection> {
    request::format(&Fields::of_body(&form.output_format()?)?, version)
}

/// Whether there is such a model, and it speaks the language.
pub(crate) fn check_model(id: &str, language: &str, version: ApiVersion) -> Result<(), Rejection> {
    model::Model::find(id, version)?.check_language(language)
}

/// A body that is generated while it is sent, and counts as a context as long as it is. `text` is what is
/// billed for it.
pub(crate) fn stream(
    state: &State,
    payer: &Payer,
    text: &str,
    source: impl Source + Unpin + 'static,
) -> Result<Response, Rejection> {
    let settings = &state.settings;
    let limit = settings.socket.context_limit;
    let seat = state.sockets.contexts.take(limit, payer);
    let seat = seat.ok_or_else(|| Rejection::too_many_contexts(limit.unwrap_or_default()))?;
    seat.bill(text);
    let body = Paced::new(source, settings.pace, state.next_latency()).holding(seat);
    Ok(Body::from_stream(body).into_response())
}
