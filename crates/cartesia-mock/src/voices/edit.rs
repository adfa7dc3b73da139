//! Changing and deleting voices, and giving them accents.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cartesia_types::ApiVersion;

use super::list::GENDERS;
use super::render::{Expand, Rendered};
use super::{Voice, check_tagline};
use crate::accents;
use crate::fields::{self, Fields};
use crate::middleware::Caller;
use crate::rejection::{Rejection, shortened};
use crate::state::State;

/// Accents that may be given to a voice; a part of the catalogue.
const ATTACHABLE: [&str; 25] = [
    "australian",
    "brazilian-portuguese",
    "british",
    "canadian-french",
    "castilian",
    "central-tamil",
    "central-thai",
    "general-american",
    "high-german",
    "hindi",
    "israeli",
    "istanbul",
    "italian",
    "japanese",
    "korean",
    "mandarin",
    "mexican",
    "modern-standard-arabic",
    "parisian",
    "polish",
    "randstad",
    "russian",
    "southern-us",
    "stockholm",
    "telangana",
];
/// Accents in one request, and of one voice in addition to its own.
const MOST_ACCENTS: usize = 9;

/// `PATCH /voices/{id}`.
pub(crate) async fn update(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Rejection> {
    let version = caller.version;
    let body = fields::json(&body)?;
    let body = Fields::of_body(&body)?;
    change(&state, version, &id, |voice| apply(voice, &body, version))
}

fn apply(voice: &mut Voice, body: &Fields<'_>, version: ApiVersion) -> Result<(), Rejection> {
    let (name, description) = (body.string("name")?, body.string("description")?);
    if version <= ApiVersion::V2024_11_13 {
        body.required("name", name)?;
        body.required("description", description)?;
    }
    if let Some(name) = name {
        if name.is_empty() {
            return Err(body.refuse("name", "must not be empty"));
        }
        name.clone_into(&mut voice.name);
        if version < ApiVersion::V2026_03_01 {
            // It was a part of the name that was just replaced.
            voice.tagline.clear();
        }
    }
    if let Some(description) = description {
        description.clone_into(&mut voice.description);
    }
    if version >= ApiVersion::V2025_04_16 {
        if body.is_null("gender") {
            voice.gender = None;
        } else if let Some(gender) = body.string_of("gender", &GENDERS)? {
            voice.gender = Some(gender.to_owned());
        }
    }
    if version >= ApiVersion::V2026_03_01 {
        if let Some(accent) = body.string("accent")? {
            let accent = accents::find(accent)
                .ok_or_else(|| body.refuse("accent", "must be an id of the accent catalog"))?;
            voice.accent = Some(accent.id.to_owned());
        }
        if let Some(tagline) = body.string("tagline")? {
            check_tagline(tagline)?;
            tagline.clone_into(&mut voice.tagline);
        }
    }
    Ok(())
}

/// `DELETE /voices/{id}`.
pub(crate) async fn delete(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    let voice = state
        .catalogue
        .find(&id)
        .ok_or_else(|| Rejection::voice_not_found(caller.version, &id))?;
    check_owner(&voice)?;
    state.catalogue.remove(&id);
    Ok(StatusCode::NO_CONTENT)
}

/// `PATCH /voices/{id}/accents`.
pub(crate) async fn add_accents(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Rejection> {
    let version = caller.version;
    check_has_accents(version)?;
    let body = fields::json(&body)?;
    let body = Fields::of_body(&body)?;
    let wanted = body.required("accents", body.array("accents")?)?;
    if !(1..=MOST_ACCENTS).contains(&wanted.len()) {
        return Err(body.refuse("accents", "must have 1 to 9 items"));
    }
    let wanted: Option<Vec<_>> = wanted
        .iter()
        .map(|accent| {
            let accent = accent.as_str()?;
            ATTACHABLE.into_iter().find(|known| *known == accent)
        })
        .collect();
    let wanted = wanted
        .ok_or_else(|| body.refuse("accents", "must be ids of accents that can be attached"))?;
    change(&state, version, &id, |voice| {
        for accent in wanted {
            let has = |held: &String| held == accent;
            if !voice.more_accents.iter().any(has) && !voice.accent.iter().any(has) {
                voice.more_accents.push(accent.to_owned());
            }
        }
        if voice.more_accents.len() > MOST_ACCENTS {
            return Err(Rejection::bad_request("a voice has at most 10 accents"));
        }
        update_locales(voice);
        Ok(())
    })
}

/// `DELETE /voices/{id}/accents/{accent_id}`.
pub(crate) async fn remove_accent(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path((id, accent)): Path<(String, String)>,
) -> Result<Response, Rejection> {
    let version = caller.version;
    check_has_accents(version)?;
    change(&state, version, &id, |voice| {
        if voice.accent.as_ref() == Some(&accent) {
            return Err(Rejection::bad_request(
                "the native accent of a voice cannot be removed",
            ));
        }
        let before = voice.more_accents.len();
        voice.more_accents.retain(|held| *held != accent);
        if voice.more_accents.len() == before {
            let accent = shortened(&accent);
            return Err(Rejection::not_found(format!(
                "the voice has no accent {accent:?}"
            )));
        }
        update_locales(voice);
        Ok(())
    })
}

/// The native locale, then those of the accents.
fn update_locales(voice: &mut Voice) {
    let catalogued: Vec<_> = voice
        .more_accents
        .iter()
        .filter_map(|id| accents::find(id))
        .map(|accent| accent.locale.to_owned())
        .collect();
    voice.locales.truncate(1);
    for locale in catalogued {
        if !voice.locales.contains(&locale) {
            voice.locales.push(locale);
        }
    }
}

fn check_has_accents(version: ApiVersion) -> Result<(), Rejection> {
    if version < ApiVersion::V2026_03_01 {
        return Err(Rejection::no_such_call());
    }
    Ok(())
}

fn check_owner(voice: &Voice) -> Result<(), Rejection> {
    if voice.owned {
        Ok(())
    } else {
        Err(Rejection::forbidden("the voice belongs to another owner"))
    }
}

/// Changes a voice of the caller's, and answers with it.
fn change(
    state: &State,
    version: ApiVersion,
    id: &str,
    change: impl FnOnce(&mut Voice) -> Result<(), Rejection>,
) -> Result<Response, Rejection> {
    let changed = state.catalogue.change(id, |voice| {
        check_owner(voice)?;
        change(voice)
    });
    let voice = changed.ok_or_else(|| Rejection::voice_not_found(version, id))??;
    Ok(Json(Rendered::new(&voice, version, &Expand::default())).into_response())
}
