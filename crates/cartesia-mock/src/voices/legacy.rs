//! Voice embeddings, which the public service switched off on 2026-06-01.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State as Shared};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde::Serialize;

use super::catalogue::EMBEDDING;
use super::render::{Expand, Rendered};
use super::{Voice, embedding_of};
use crate::fields::{self, Fields};
use crate::form::Form;
use crate::middleware::{Caller, Pairs};
use crate::rejection::Rejection;
use crate::state::State;
use crate::{accents, hash, tts};

/// `POST /voices`, up to 2024-11-13: a voice from numbers.
pub(crate) async fn create(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Rejection> {
    let version = caller.version;
    check(version, ApiVersion::V2024_11_13)?;
    let body = fields::json(&body)?;
    let body = Fields::of_body(&body)?;
    let name = body.required("name", body.string("name")?)?;
    let description = body.required("description", body.string("description")?)?;
    let given_embedding = Some(embedding(&body)?);
    let language = body.string("language")?.unwrap_or("en");
    if !tts::is_language(language) {
        return Err(body.refuse("language", "must be a language of the service"));
    }
    let base = body.string("base_voice_id")?;
    if let Some(base) = base {
        let found = state.catalogue.find(base);
        found.ok_or_else(|| Rejection::voice_not_found(version, base))?;
    }
    let voice = state.catalogue.add(Voice {
        name: name.to_owned(),
        description: description.to_owned(),
        language: language.to_owned(),
        created_at: state.now(),
        base_voice_id: base.map(str::to_owned),
        given_embedding,
        ..Voice::default()
    });
    Ok(Json(Rendered::new(&voice, version, &Expand::default())).into_response())
}

/// `POST /voices/mix`, up to 2024-11-13: the weighted mean of voices.
pub(crate) async fn mix(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Rejection> {
    let version = caller.version;
    check(version, ApiVersion::V2024_11_13)?;
    let body = fields::json(&body)?;
    let body = Fields::of_body(&body)?;
    let voices = body.required("voices", body.array("voices")?)?;
    if voices.is_empty() {
        return Err(body.refuse("voices", "must not be empty"));
    }
    let mut mixed = vec![0.0; EMBEDDING];
    let mut total = 0.0;
    for voice in voices {
        let voice = Fields::of_body(voice)?;
        let weight = voice.number_in("weight", &(0.0..=f64::MAX))?;
        let weight = voice.required("weight", weight)?;
        let numbers = match voice.string("id")? {
            Some(id) => state
                .catalogue
                .find(id)
                .ok_or_else(|| Rejection::voice_not_found(version, id))?
                .embedding(),
            None => embedding(&voice)?,
        };
        total += weight;
        for (sum, number) in mixed.iter_mut().zip(numbers) {
            *sum += weight * f64::from(number);
        }
    }
    if total <= 0.0 {
        return Err(body.refuse("voices", "must have a weight above zero"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "embeddings are single precision"
    )]
    let mixed = mixed.into_iter().map(|sum| (sum / total) as f32).collect();
    Ok(answer(mixed))
}

/// `POST /voices/clone/clip`, up to 2025-11-04: a recording as numbers.
pub(crate) async fn clone_clip(caller: Caller, request: Request) -> Result<Response, Rejection> {
    check(caller.version, ApiVersion::V2025_11_04)?;
    let form = Form::read(request).await?;
    let clip = form.audio("clip")?;
    let enhance = form.boolean("enhance")?.unwrap_or(true);
    let seed = hash::stable(&[clip, &[u8::from(enhance)]]);
    Ok(answer(embedding_of(seed)))
}

/// `POST /voices/clone/url`, at 2024-06-10: a recording elsewhere as numbers. It is not fetched.
pub(crate) async fn clone_url(caller: Caller, Pairs(query): Pairs) -> Result<Response, Rejection> {
    check(caller.version, ApiVersion::V2024_06_10)?;
    let link = query.iter().find(|(name, _)| name == "link");
    let (_, link) = link.ok_or_else(|| Rejection::bad_request("`link` is required"))?;
    if !(link.starts_with("https://") || link.starts_with("http://")) {
        return Err(Rejection::bad_request("`link` must be a URL"));
    }
    Ok(answer(embedding_of(hash::stable(&[link.as_bytes()]))))
}

/// `POST /voices/localize` with numbers, at 2024-06-10.
pub(super) fn localize(body: &Fields<'_>) -> Result<Response, Rejection> {
    let numbers = embedding(body)?;
    let language = body.required("language", body.string("language")?)?;
    let gender = body.string_of("original_speaker_gender", &["male", "female"])?;
    let gender = body.required("original_speaker_gender", gender)?;
    let accent = accents::dialect_accent(language, body.string("dialect")?)
        .ok_or_else(|| body.refuse("language", "or `dialect` cannot be localized to"))?;
    let bytes: Vec<_> = numbers.iter().map(|number| number.to_le_bytes()).collect();
    let seed = hash::stable(&[bytes.as_flattened(), accent.as_bytes(), gender.as_bytes()]);
    Ok(answer(embedding_of(seed)))
}

fn check(version: ApiVersion, last: ApiVersion) -> Result<(), Rejection> {
    if version > last {
        return Err(Rejection::no_such_call());
    }
    Ok(())
}

fn embedding(body: &Fields<'_>) -> Result<Vec<f32>, Rejection> {
    let numbers = body.required("embedding", body.array("embedding")?)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "embeddings are single precision"
    )]
    let numbers: Option<Vec<f32>> = numbers
        .iter()
        .map(|number| number.as_f64().map(|number| number as f32))
        .collect();
    numbers
        .filter(|numbers| numbers.len() == EMBEDDING)
        .ok_or_else(|| {
            let what = format!("must be an array of {EMBEDDING} numbers");
            body.refuse("embedding", &what)
        })
}

fn answer(embedding: Vec<f32>) -> Response {
    #[derive(Serialize)]
    struct Answer {
        embedding: Vec<f32>,
    }
    Json(Answer { embedding }).into_response()
}
