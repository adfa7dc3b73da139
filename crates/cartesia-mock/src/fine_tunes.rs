//! `/fine-tunes`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use crate::collection::{Collection, Kept, since};
use crate::exchange::{Caller, Pairs};
use crate::fields::{Fields, json};
use crate::page::{Paging, not_in_list};
use crate::rejection::{Rejection, shortened};
use crate::state::State;
use crate::{datasets, voices};

const FIRST: ApiVersion = ApiVersion::V2025_04_16;
const ACCENTED: ApiVersion = ApiVersion::V2026_08_14;
const BASE_MODELS: [&str; 2] = ["sonic-3-2026-01-12", "sonic-3-2025-10-27"];

pub(crate) type FineTunes = Collection<FineTune>;

#[derive(Debug)]
pub(crate) struct FineTune {
    id: String,
    name: String,
    description: String,
    language: String,
    model_id: &'static str,
    dataset: String,
    accent: Option<String>,
    status: Status,
}

/// Learning is as fast as somebody looks: each `GET` of a fine-tune shows the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Created,
    Training,
    Completed,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Training => "training",
            Self::Completed => "completed",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Created => Self::Training,
            Self::Training | Self::Completed => Self::Completed,
        }
    }
}

impl Kept for FineTune {
    fn id(&self) -> &str {
        &self.id
    }
}

impl FineTune {
    fn render(&self, version: ApiVersion) -> Value {
        let mut fine_tune = json!({
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "language": self.language,
            "model_id": self.model_id,
            "dataset": self.dataset,
            "status": self.status.as_str(),
        });
        if version >= ACCENTED {
            fine_tune["accent"] = json!(self.accent);
        }
        fine_tune
    }
}

fn unknown(id: &str) -> Rejection {
    Rejection::not_found(format!("there is no fine-tune {:?}", shortened(id)))
}

/// `GET /fine-tunes/`.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let paging = Paging::read(&query)?;
    let render = |fine_tune: &FineTune| fine_tune.render(caller.version);
    state.fine_tunes.page(&paging, |_| true, render).map(Json)
}

/// `POST /fine-tunes/`.
pub(crate) async fn create(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let body = json(&body)?;
    let body = Fields::of_body(&body)?;
    let text = |name| Ok(body.required(name, body.string(name)?)?.to_owned());
    let model = body.required("model_id", body.string_of("model_id", &BASE_MODELS)?)?;
    let accent = if caller.version >= ACCENTED {
        body.string("accent")?.map(str::to_owned)
    } else {
        None
    };
    let fine_tune = FineTune {
        id: String::new(),
        name: text("name")?,
        description: text("description")?,
        language: text("language")?,
        model_id: BASE_MODELS
            .into_iter()
            .find(|known| *known == model)
            .unwrap_or(BASE_MODELS[0]),
        dataset: text("dataset")?,
        accent,
        status: Status::Created,
    };
    let dataset = &fine_tune.dataset;
    state
        .datasets
        .with(dataset, |_| ())
        .ok_or_else(|| datasets::unknown(dataset))?;
    let (id, _) = state.fine_tunes.next("ftune");
    let fine_tune = FineTune { id, ..fine_tune };
    let rendered = fine_tune.render(caller.version);
    state.fine_tunes.add(fine_tune);
    Ok(Json(rendered))
}

/// `GET /fine-tunes/{id}`.
pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let found = state.fine_tunes.with(&id, |fine_tune| {
        fine_tune.status = fine_tune.status.next();
        fine_tune.render(caller.version)
    });
    found.map(Json).ok_or_else(|| unknown(&id))
}

/// `DELETE /fine-tunes/{id}`.
pub(crate) async fn delete(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    since(FIRST, caller.version)?;
    if state.fine_tunes.remove(&id) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown(&id))
    }
}

/// `GET /fine-tunes/{id}/voices`: once it is done, the voices that the caller owns; nothing is
/// really learned here.
pub(crate) async fn voices(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let paging = Paging::read(&query)?;
    let status = state.fine_tunes.with(&id, |fine_tune| fine_tune.status);
    let voices = if status.ok_or_else(|| unknown(&id))? == Status::Completed {
        voices::owned(&state.catalogue, caller.version)
    } else {
        Vec::new()
    };
    let page = paging.page(&voices, |_| true, not_in_list)?;
    Ok(Json(json!(page)))
}
