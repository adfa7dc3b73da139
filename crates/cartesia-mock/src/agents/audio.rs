//! The recording of a call: its transcript, spoken.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use cartesia_types::{RawEncoding, RawFormat};
use serde_json::Value;

use super::AGENTS;
use crate::middleware::Caller;
use crate::pace::Paced;
use crate::rejection::Rejection;
use crate::resource::{Kind, since};
use crate::state::State;
use crate::synthesis::{Delivery, Encoder, Format, Speech, Wanted, pitch};
use crate::tts::Audio;

/// `GET /agents/calls/{call_id}/audio`: WAV, or 204 for a call in which nothing was said.
pub(crate) async fn audio(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    since(AGENTS, caller.version)?;
    let text = spoken(state.objects.lock()[Kind::Call].get(&id)?);
    if text.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let format = Format::Wav(RawFormat::new(RawEncoding::PcmS16Le, 16_000));
    let pitch = pitch(&id, &text);
    let rate = format.sample_rate();
    let speech = Speech::new(
        text,
        Delivery::default(),
        pitch,
        rate,
        None,
        Wanted::default(),
    );
    let encoder =
        Encoder::new(format).ok_or_else(|| Rejection::bad_request("there is no such format"))?;
    let audio = Audio::new(speech, encoder, state.settings.chunk_size);
    let body = Paced::new(audio, state.settings.pace, state.next_latency());
    Ok((
        [(header::CONTENT_TYPE, format.content_type())],
        Body::from_stream(body),
    )
        .into_response())
}

fn spoken(call: &Value) -> String {
    let turns = call["transcript"].as_array();
    let texts = turns.into_iter().flatten();
    let texts: Vec<&str> = texts.filter_map(|turn| turn["text"].as_str()).collect();
    texts.join(" ")
}
