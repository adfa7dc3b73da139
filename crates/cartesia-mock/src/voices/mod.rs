//! `/voices`.

mod catalogue;
mod edit;
mod languages;
mod legacy;
mod list;
mod make;
mod policy;
mod render;
mod seeds;

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State as Shared};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use cartesia_types::{ApiVersion, RawEncoding, RawFormat};

use catalogue::embedding_of;
pub(crate) use catalogue::{Catalogue, Voice};
pub(crate) use edit::{add_accents, delete, remove_accent, update};
pub(crate) use legacy::{clone_clip, clone_url, create, mix};
use list::Filter;
pub(crate) use make::{clone, localize};
pub use policy::{InvalidVoices, Voices};
use render::{Expand, Rendered};

use crate::middleware::{Caller, Pairs};
use crate::pace::Paced;
use crate::page::Paging;
use crate::rejection::Rejection;
use crate::state::State;
use crate::synthesis::{Delivery, Encoder, Format, Speech, Wanted, pitch};
use crate::tts::Audio;

/// `GET /voices`: at 2024-06-10 all of them as a bare array, later a page.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    headers: HeaderMap,
    Pairs(query): Pairs,
) -> Result<Response, Rejection> {
    let version = caller.version;
    let expand = Expand::read(&query, version, &headers)?;
    let render = |voice| Rendered::new(voice, version, &expand);
    let voices = state.catalogue.voices();
    if version < ApiVersion::V2024_11_13 {
        let voices: Vec<_> = voices.iter().map(|voice| render(voice)).collect();
        return Ok(Json(voices).into_response());
    }
    let filter = Filter::read(&query, version)?;
    let page = Paging::read(&query)?.page(
        voices.iter().map(AsRef::as_ref),
        |voice| filter.matches(voice),
        |id| Rejection::voice_not_found(version, id),
    )?;
    Ok(Json(page.map(render)).into_response())
}

/// The voices that the caller owns, as JSON in the shape of the version.
pub(crate) fn owned(catalogue: &Catalogue, version: ApiVersion) -> Vec<serde_json::Value> {
    let expand = Expand::default();
    let voices = catalogue.voices();
    let owned = voices.iter().filter(|voice| voice.owned);
    // A voice always has a JSON form.
    owned
        .map(|voice| {
            serde_json::to_value(Rendered::new(voice, version, &expand)).unwrap_or_default()
        })
        .collect()
}

/// `GET /voices/{id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
    Pairs(query): Pairs,
) -> Result<Response, Rejection> {
    let version = caller.version;
    let expand = Expand::read(&query, version, &headers)?;
    let voice = state
        .catalogue
        .find(&id)
        .ok_or_else(|| Rejection::voice_not_found(version, &id))?;
    Ok(Json(Rendered::new(&voice, version, &expand)).into_response())
}

/// What `preview_file_url` leads to: the voice says its name, as WAV. `None` for another file.
pub(crate) fn preview(state: &State, file_id: &str) -> Option<Body> {
    let id = file_id.strip_prefix(render::PREVIEW)?;
    let voice = state.catalogue.find_speaker(id)?;
    let format = Format::Wav(RawFormat::new(RawEncoding::PcmS16Le, 44_100));
    let text = format!("Hello, I am {}.", voice.name);
    let pitch = pitch(&voice.id, &text);
    let rate = format.sample_rate();
    let speech = Speech::new(
        text,
        Delivery::default(),
        pitch,
        rate,
        None,
        Wanted::default(),
    );
    let audio = Audio::new(speech, Encoder::new(format)?, state.settings.chunk_size);
    let body = Paced::new(audio, crate::Pace::Fast, std::time::Duration::ZERO);
    Some(Body::from_stream(body))
}

/// Characters in a tagline.
const LONGEST_TAGLINE: usize = 32;

fn check_tagline(tagline: &str) -> Result<(), Rejection> {
    if tagline.chars().count() > LONGEST_TAGLINE {
        return Err(Rejection::bad_request(format!(
            "`tagline` must have at most {LONGEST_TAGLINE} characters"
        )));
    }
    Ok(())
}
