//! `/voice-changer/bytes` and `/voice-changer/sse`: the clip, hummed by another voice.

use std::sync::Arc;

use axum::extract::{Request, State as Shared};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use cartesia_types::ApiVersion;

use crate::clip::Clip;
use crate::form::Form;
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::state::State;
use crate::synthesis::{Encoder, Format, pitch};
use crate::tts::{self, Events, Whole};

/// `POST /voice-changer/bytes`.
pub(crate) async fn bytes(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Rejection> {
    let (audio, format) = change(&state, caller.version, request).await?;
    let mut response = tts::stream(&state, &caller.payer, "", audio)?;
    let kind = HeaderValue::from_static(format.content_type());
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// `POST /voice-changer/sse`. The events have a `type` up to 2025-04-16, and none after.
pub(crate) async fn sse(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Rejection> {
    let (audio, format) = change(&state, caller.version, request).await?;
    let untyped = caller.version >= ApiVersion::V2025_11_04;
    let rate = untyped.then(|| format.sample_rate());
    let payer = caller.payer.clone();
    let events = Events::of_clip(audio, Arc::clone(&state), caller, rate);
    let mut response = tts::stream(&state, &payer, "", events)?;
    let events = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, events);
    Ok(response)
}

async fn change(
    state: &State,
    version: ApiVersion,
    request: Request,
) -> Result<(Whole, Format), Rejection> {
    let form = Form::read(request).await?;
    let id = form.required_text("voice[id]")?;
    let voice = state
        .catalogue
        .find_speaker(id)
        .ok_or_else(|| Rejection::voice_not_found(version, id))?;
    let format = tts::format_of_form(&form, version)?;
    let clip = Clip::of_file(form.recording("clip")?)?;
    let mut encoder = Encoder::new(format)
        .ok_or_else(|| Rejection::bad_request("there is no MP3 of this sample rate"))?;
    let mut audio = Vec::new();
    let samples = clip.hummed(pitch(&voice.id, ""), format.sample_rate());
    encoder.encode(&samples, &mut audio);
    encoder.finish(&mut audio);
    let whole = Whole::new(audio.into(), clip.duration(), state.settings.chunk_size);
    Ok((whole, format))
}
