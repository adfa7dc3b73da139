//! `/fine-tunes`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::middleware::{Caller, Pairs};
use crate::page::{Paging, not_in_list};
use crate::rejection::Rejection;
use crate::resource::{Changes, Kind, Operation, Resource, Scope, Tables, since};
use crate::state::State;
use crate::voices;

const FIRST: ApiVersion = ApiVersion::V2025_04_16;
const ACCENTED: ApiVersion = ApiVersion::V2026_08_14;
const BASE_MODELS: [&str; 2] = ["sonic-3-2026-01-12", "sonic-3-2025-10-27"];
/// Those of the versions that still had the models before `sonic-3`.
const EARLY_BASE_MODELS: [&str; 7] = [
    "sonic-3-2026-01-12",
    "sonic-3-2025-10-27",
    "sonic-2",
    "sonic-2-2025-03-07",
    "sonic-2-2025-04-16",
    "sonic-2-2025-05-08",
    "sonic-2-2025-06-11",
];

pub(crate) struct FineTune;

impl Resource for FineTune {
    const KIND: Kind = Kind::FineTune;
    const CREATED: StatusCode = StatusCode::OK;

    fn first_version(_: Operation) -> ApiVersion {
        FIRST
    }

    fn create(
        scope: Scope<'_>,
        tables: &mut Tables,
        fields: &Fields<'_>,
    ) -> Result<Value, Rejection> {
        let text = |name| fields.required(name, fields.string(name)?);
        let models: &[&str] = if scope.version <= ApiVersion::V2025_11_04 {
            &EARLY_BASE_MODELS
        } else {
            &BASE_MODELS
        };
        let model = fields.required("model_id", fields.string_of("model_id", models)?)?;
        let accent = if scope.version >= ACCENTED {
            fields.string("accent")?
        } else {
            None
        };
        let dataset = text("dataset")?;
        let fine_tune = json!({
            "name": text("name")?,
            "description": text("description")?,
            "language": text("language")?,
            "model_id": model,
            "dataset": dataset,
            "accent": accent,
            "status": "created",
        });
        tables[Kind::Dataset].get(dataset)?;
        Ok(fine_tune)
    }

    /// Not routed: fine-tunes do not change.
    fn update(_: Scope<'_>, _: &mut Tables, _: &str, _: &Fields<'_>) -> Result<Changes, Rejection> {
        Err(Rejection::method_not_allowed())
    }

    /// Training takes as long as it is looked at: each `GET` shows the next status.
    fn read(tables: &mut Tables, id: &str) -> Result<(), Rejection> {
        let fine_tune = tables[Kind::FineTune].get_mut(id)?;
        let next = match fine_tune["status"].as_str() {
            Some("created") => "training",
            _ => "completed",
        };
        fine_tune["status"] = json!(next);
        Ok(())
    }

    fn show(_: &Tables, mut fine_tune: Value, version: ApiVersion) -> Value {
        if version < ACCENTED
            && let Some(fields) = fine_tune.as_object_mut()
        {
            fields.remove("accent");
        }
        fine_tune
    }
}

/// `GET /fine-tunes/{id}/voices`: once it is completed, the voices that the caller owns; nothing is
/// really trained here.
pub(crate) async fn voices(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(FIRST, caller.version)?;
    let paging = Paging::read(&query)?;
    let completed = {
        let tables = state.objects.lock();
        tables[Kind::FineTune].get(&id)?["status"] == "completed"
    };
    let voices = if completed {
        voices::owned(&state.catalogue, caller.version)
    } else {
        Vec::new()
    };
    let page = paging.page(&voices, |_| true, not_in_list)?;
    Ok(Json(json!(page)))
}
