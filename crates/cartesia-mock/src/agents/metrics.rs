//! Metrics, to which agents they are attached, and their results.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use super::{AGENTS, OPERATIONS};
use crate::fields::Fields;
use crate::middleware::{Caller, Pairs, parameter};
use crate::rejection::Rejection;
use crate::resource::{Changes, Kind, Operation, Resource, Scope, Tables, since};
use crate::state::State;

pub(crate) struct Metric;

impl Resource for Metric {
    const KIND: Kind = Kind::Metric;
    const CREATED: StatusCode = StatusCode::OK;

    fn first_version(operation: Operation) -> ApiVersion {
        match operation {
            Operation::Delete => OPERATIONS,
            _ => AGENTS,
        }
    }

    /// Forwards only.
    fn list(_: Scope<'_>, tables: &Tables, query: &[(String, String)]) -> Result<Value, Rejection> {
        let mut query = query.to_vec();
        query.retain(|(name, _)| name != "ending_before");
        Ok(json!(tables[Kind::Metric].page(&query, |_| true)?))
    }

    fn create(_: Scope<'_>, tables: &mut Tables, fields: &Fields<'_>) -> Result<Value, Rejection> {
        let name = fields.required("name", fields.string("name")?)?;
        let prompt = fields.required("prompt", fields.string("prompt")?)?;
        let display_name = fields.string("display_name")?;
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.".contains(c);
        if name.is_empty() || !name.chars().all(allowed) {
            let what = "must be made of lower case letters, digits, `_`, `-` and `.`";
            return Err(fields.refuse("name", what));
        }
        let mut known = tables[Kind::Metric].items.iter();
        if known.any(|metric| metric["name"] == name) {
            return Err(fields.refuse("name", "is taken by another metric"));
        }
        Ok(json!({
            "name": name,
            "display_name": display_name,
            "prompt": prompt,
            "created_at": null,
        }))
    }

    /// Not routed: metrics do not change.
    fn update(_: Scope<'_>, _: &mut Tables, _: &str, _: &Fields<'_>) -> Result<Changes, Rejection> {
        Err(Rejection::method_not_allowed())
    }

    /// Its results stay.
    fn deleted(tables: &mut Tables, id: &str) {
        tables.attached.retain(|(_, metric)| metric != id);
    }
}

/// `POST /agents/{agent_id}/metrics/{metric_id}`.
pub(crate) async fn attach(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(pair): Path<(String, String)>,
) -> Result<StatusCode, Rejection> {
    since(AGENTS, caller.version)?;
    let mut tables = state.objects.lock();
    tables[Kind::Agent].get(&pair.0)?;
    tables[Kind::Metric].get(&pair.1)?;
    if !tables.attached.contains(&pair) {
        tables.attached.push(pair);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /agents/{agent_id}/metrics/{metric_id}`.
pub(crate) async fn detach(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(pair): Path<(String, String)>,
) -> Result<StatusCode, Rejection> {
    since(AGENTS, caller.version)?;
    let mut tables = state.objects.lock();
    tables[Kind::Agent].get(&pair.0)?;
    let before = tables.attached.len();
    tables.attached.retain(|known| *known != pair);
    if tables.attached.len() == before {
        let message = "the metric is not attached to the agent";
        return Err(Rejection::not_found(message));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /agents/metrics/results`.
pub(crate) async fn results(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    since(AGENTS, caller.version)?;
    let tables = state.objects.lock();
    let page = tables[Kind::MetricResult].page(&query, |result| wanted(&query, result))?;
    Ok(Json(json!(page)))
}

/// `GET /agents/metrics/results/export`: a table, or 404 when it would be empty.
pub(crate) async fn export(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
) -> Result<Response, Rejection> {
    const COLUMNS: [&str; 8] = [
        "id",
        "metricId",
        "metricName",
        "agentId",
        "callId",
        "result",
        "status",
        "createdAt",
    ];
    since(AGENTS, caller.version)?;
    let tables = state.objects.lock();
    let rows = tables[Kind::MetricResult].items.iter();
    let rows: Vec<_> = rows.filter(|result| wanted(&query, result)).collect();
    if rows.is_empty() {
        return Err(Rejection::not_found("there are no such results"));
    }
    let mut table = COLUMNS.join(",") + "\n";
    for row in rows {
        let cells = COLUMNS.map(|name| cell(row[name].as_str().unwrap_or_default()));
        // Writing to a string cannot fail.
        _ = writeln!(table, "{}", cells.join(","));
    }
    Ok(([(header::CONTENT_TYPE, "text/csv")], table).into_response())
}

/// Times are compared as texts: all that the server has are written alike.
fn wanted(query: &[(String, String)], result: &Value) -> bool {
    let same = |parameter_name: &str, field: &str| {
        parameter(query, parameter_name).is_none_or(|id| result[field] == id)
    };
    let time = result["createdAt"].as_str().unwrap_or_default();
    same("agent_id", "agentId")
        && same("deployment_id", "deploymentId")
        && same("metric_id", "metricId")
        && same("call_id", "callId")
        && parameter(query, "start_date").is_none_or(|start| start <= time)
        && parameter(query, "end_date").is_none_or(|end| time <= end)
}

/// A cell as RFC 4180 has it.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
