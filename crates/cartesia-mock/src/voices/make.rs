//! Voices that are created from others: cloned from a recording, or localized.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State as Shared};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde::Serialize;

use super::render::{Access, USER, visibility};
use super::{Voice, check_tagline, legacy};
use crate::fields::{self, Fields};
use crate::form::{Form, refuse};
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::state::State;
use crate::{accents, hash, tts};

const MODES: [&str; 2] = ["similarity", "stability"];
const ACCESSES: [&str; 2] = ["private", "public"];
const NOT_AN_ACCENT: &str = "must be an id of the accent catalog";

/// `POST /voices/clone`.
pub(crate) async fn clone(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Rejection> {
    let version = caller.version;
    let form = Form::read(request).await?;
    let clip = form.audio("clip")?;
    let name = form.required_text("name")?;
    let language = form.required_text("language")?;
    if !tts::is_language(language) {
        return Err(refuse("language", "must be a language of the service"));
    }
    let base = form.text("base_voice_id")?.filter(|id| !id.is_empty());
    if let Some(base) = base {
        let found = state.catalogue.find(base);
        found.ok_or_else(|| Rejection::voice_not_found(version, base))?;
    }
    if version <= ApiVersion::V2024_11_13 && form.text_of("mode", &MODES)?.is_none() {
        return Err(refuse("mode", "is required"));
    }
    if version <= ApiVersion::V2025_04_16 {
        form.boolean("enhance")?;
    }
    let mut voice = Voice {
        name: name.to_owned(),
        description: form.text("description")?.unwrap_or_default().to_owned(),
        language: language.to_owned(),
        created_at: state.now(),
        base_voice_id: base.map(str::to_owned),
        given_embedding: Some(super::embedding_of(hash::stable(&[clip]))),
        ..Voice::default()
    };
    if version >= ApiVersion::V2026_03_01 {
        let tagline = form.text("tagline")?.unwrap_or_default();
        check_tagline(tagline)?;
        tagline.clone_into(&mut voice.tagline);
        let access = if version >= ApiVersion::V2026_08_14 {
            "access"
        } else {
            "access[type]"
        };
        voice.public = form.text_of(access, &ACCESSES)? == Some("public");
    }
    if version >= ApiVersion::V2026_08_14
        && let Some(accent) = form.text("accent")?
    {
        accents::find(accent).ok_or_else(|| refuse("accent", NOT_AN_ACCENT))?;
        voice.accent = Some(accent.to_owned());
    }
    // A recording says nothing of a region, so that of the accent is taken, or else the usual one.
    let accent = match &voice.accent {
        Some(id) => accents::find(id),
        None => accents::native_of(language),
    };
    voice.locales = accent
        .map(|accent| accent.locale.to_owned())
        .into_iter()
        .collect();
    Ok(made(&state, version, voice))
}

/// `POST /voices/localize`.
pub(crate) async fn localize(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Rejection> {
    let version = caller.version;
    let body = fields::json(&body)?;
    let body = Fields::of_body(&body)?;
    if version == ApiVersion::V2024_06_10 && body.get("embedding").is_some() {
        return legacy::localize(&body);
    }
    let id = body.required("voice_id", body.string("voice_id")?)?;
    let name = body.required("name", body.string("name")?.filter(|name| !name.is_empty()))?;
    let description = body.string("description")?;
    let target = target(&body, version)?;
    let tagline = body.string("tagline")?.unwrap_or_default();
    check_tagline(tagline)?;
    let original = state
        .catalogue
        .find(id)
        .ok_or_else(|| Rejection::voice_not_found(version, id))?;
    let voice = Voice {
        name: name.to_owned(),
        tagline: tagline.to_owned(),
        description: description.unwrap_or_default().to_owned(),
        language: target.language().to_owned(),
        locales: vec![target.locale.to_owned()],
        gender: original.gender.clone(),
        accent: Some(target.id.to_owned()),
        created_at: state.now(),
        base_voice_id: Some(original.id.clone()),
        ..Voice::default()
    };
    Ok(made(&state, version, voice))
}

/// Where a localized voice is to come from: an accent at the newest version, and before it a
/// language with its dialect.
fn target(body: &Fields<'_>, version: ApiVersion) -> Result<&'static accents::Accent, Rejection> {
    if version >= ApiVersion::V2026_08_14 {
        let accent = body.required("accent", body.string("accent")?)?;
        return accents::find(accent)
            .filter(|accent| accent.is_localizable)
            .ok_or_else(|| {
                body.refuse(
                    "accent",
                    "must be an accent that voices can be localized to",
                )
            });
    }
    body.required("description", body.string("description")?)?;
    let language = body.required("language", body.string("language")?)?;
    let gender = body.string_of("original_speaker_gender", &["male", "female"])?;
    body.required("original_speaker_gender", gender)?;
    let dialect = body.string("dialect")?;
    accents::dialect_accent(language, dialect)
        .and_then(accents::find)
        .ok_or_else(|| match dialect {
            Some(_) => body.refuse("dialect", "must be a dialect of the language"),
            None => body.refuse(
                "language",
                "must be a language that voices can be localized to",
            ),
        })
}

/// Keeps the voice, and says what was made.
fn made(state: &State, version: ApiVersion, voice: Voice) -> Response {
    #[derive(Serialize)]
    struct Metadata<'a> {
        id: &'a str,
        user_id: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        is_public: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        access: Option<Access>,
        #[serde(skip_serializing_if = "Option::is_none")]
        visibility: Option<&'static str>,
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        tagline: Option<&'a str>,
        description: &'a str,
        created_at: &'a str,
        language: &'a str,
    }
    let voice = state.catalogue.add(voice);
    let tagged = version >= ApiVersion::V2026_03_01;
    let metadata = Metadata {
        id: &voice.id,
        user_id: USER,
        is_public: (!tagged).then_some(voice.public),
        access: tagged.then(|| Access::new(voice.public, version)),
        visibility: (version >= ApiVersion::V2026_08_14).then(|| visibility(voice.public)),
        name: &voice.name,
        tagline: tagged.then_some(&voice.tagline),
        description: &voice.description,
        created_at: &voice.created_at,
        language: &voice.language,
    };
    Json(metadata).into_response()
}
