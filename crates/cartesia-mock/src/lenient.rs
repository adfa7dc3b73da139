//! Requests with the example values of an API definition, as test suites of generated clients send them:
//! objects that do not exist, fields whose value is their own name, zero where the service wants something
//! else.
//!
//! A lenient server adds the objects and leaves the values out before the request reaches its handler, so that
//! everything behind is as strict as always.

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{Method, Uri};
use serde_json::{Map, Value};

use crate::middleware::query;
use crate::resource::Kind;
use crate::state::State;

/// Marks a request to a lenient server, for what reads its form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lenient;

/// Fields of the query that are left out when they are an example.
const OPTIONAL: [&str; 12] = [
    "starting_after",
    "ending_before",
    "limit",
    "expand",
    "q",
    "agent_id",
    "call_id",
    "deployment_id",
    "metric_id",
    "sample_rate",
    "start_date",
    "end_date",
];
/// The time that generators write in examples.
const EXAMPLE_DAY: &str = "2019-12-27";
/// The same of a JSON body.
const OPTIONAL_IN_BODY: [&str; 5] = [
    "locale",
    "normalization",
    "base_voice_id",
    "tts_language",
    "expires_in",
];

/// Parts of a path that are no identifiers.
const WORDS: [&str; 26] = [
    "agents",
    "audio",
    "batches",
    "bulk",
    "cancel",
    "calls",
    "clip",
    "clone",
    "deployments",
    "documents",
    "export",
    "folders",
    "localize",
    "logs",
    "metrics",
    "mix",
    "models",
    "phone-numbers",
    "providers",
    "provision",
    "results",
    "retry",
    "templates",
    "tools",
    "url",
    "webhooks",
];

/// Makes a request one that the server understands. Gives the body to go on with.
pub(crate) fn prepare(state: &State, parts: &mut Parts, body: Bytes) -> Bytes {
    let path = parts.uri.path().to_owned();
    relax_query(parts, &path);
    add_objects(state, &parts.method, &path);
    for (name, id) in query(&parts.uri).unwrap_or_default() {
        if name == "agent_id" && path == "/agents/calls" {
            state.objects.lock().ensure(Kind::Agent, &id);
        }
    }
    match serde_json::from_slice::<Value>(&body) {
        Ok(Value::Object(mut fields)) => {
            relax_body(state, &path, &mut fields);
            Value::Object(fields).to_string().into()
        }
        _ => body,
    }
}

fn is_example(name: &str, value: &str) -> bool {
    value == name || value == "0" || value.starts_with(EXAMPLE_DAY)
}

fn relax_query(parts: &mut Parts, path: &str) {
    let pairs = query(&parts.uri).unwrap_or_default();
    let is_needed = |name: &str| name == "agent_id" && path == "/agents/calls";
    let mut kept = pairs.clone();
    kept.retain(|(name, value)| {
        is_needed(name) || !(OPTIONAL.contains(&name.as_str()) && is_example(name, value))
    });
    if kept.len() == pairs.len() {
        return;
    }
    if !kept.iter().any(|(name, _)| name == "sample_rate") {
        // One goes without the other nowhere.
        kept.retain(|(name, _)| name != "encoding");
    }
    if let Ok(uri) = format!("{path}?{}", encoded(&kept)).parse::<Uri>() {
        parts.uri = uri;
    }
}

fn encoded(pairs: &[(String, String)]) -> String {
    let escape = |text: &str| {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        };
        text.bytes().map(byte).collect::<String>()
    };
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn relax_body(state: &State, path: &str, fields: &mut Map<String, Value>) {
    fields.retain(|name, value| {
        let is_own_name = value.as_str().is_some_and(|value| value == name);
        let is_example = is_own_name || *value == 0;
        !(is_example && OPTIONAL_IN_BODY.contains(&name.as_str()))
    });
    let config = fields.get_mut("generation_config");
    if let Some(config) = config.and_then(Value::as_object_mut) {
        config.retain(|_, value| *value != 0);
    }
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let mut tables = state.objects.lock();
    if let Some(id) = text("pronunciation_dict_id") {
        tables.ensure(Kind::Dictionary, id);
    }
    if let Some(id) = text("dataset") {
        tables.ensure(Kind::Dataset, id);
    }
    if path == "/agents/metrics"
        && let Some(name) = text("name")
    {
        // A suite creates the same metric many times.
        let metrics = &mut tables[Kind::Metric].items;
        metrics.retain(|metric| metric["name"] != name);
    }
    for name in ["tts_voice", "voice_id"] {
        if let Some(id) = text(name) {
            state.catalogue.ensure(id);
        }
    }
}

/// Adds the objects that a path names.
fn add_objects(state: &State, method: &Method, path: &str) {
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is_id = |part: &&str| !WORDS.contains(part);
    let mut tables = state.objects.lock();
    let mut ensure = |kind, id: &&str| {
        if is_id(id) {
            tables.ensure(kind, id);
        }
    };
    match segments.as_slice() {
        ["agents", "calls", "batches", id, ..] => ensure(Kind::Batch, id),
        ["agents", "calls", id, ..] => ensure(Kind::Call, id),
        ["agents", "metrics", id] => ensure(Kind::Metric, id),
        ["agents", "deployments", id] => ensure(Kind::Deployment, id),
        ["agents", "webhooks", id] => ensure(Kind::Webhook, id),
        ["agents", "phone-numbers", "providers", id] => ensure(Kind::Provider, id),
        ["agents", "phone-numbers", id] => ensure(Kind::PhoneNumber, id),
        ["agents", "folders", id] => ensure(Kind::Folder, id),
        ["agents", "documents", id] => ensure(Kind::Document, id),
        ["agents", agent, "metrics", metric] => {
            ensure(Kind::Agent, agent);
            ensure(Kind::Metric, metric);
            let pair = ((*agent).to_owned(), (*metric).to_owned());
            if method == Method::DELETE && !tables.attached.contains(&pair) {
                tables.attached.push(pair);
            }
        }
        ["agents", "stream", id] | ["agents", id, ..] => ensure(Kind::Agent, id),
        ["v1", "agents", "websocket", id] | ["v1", "agents", id, ..] => {
            ensure(Kind::ManagedAgent, id);
        }
        ["datasets", id, "files", file] => {
            ensure(Kind::Dataset, id);
            let fields = Map::from_iter([("dataset_id".to_owned(), Value::from(*id))]);
            tables.put(Kind::DatasetFile, file, &fields);
        }
        ["datasets", id, ..] => ensure(Kind::Dataset, id),
        ["fine-tunes", id, ..] => ensure(Kind::FineTune, id),
        ["pronunciation-dicts", id, ..] => ensure(Kind::Dictionary, id),
        ["voices", id, "accents", accent] if method == Method::DELETE => {
            state.catalogue.ensure_accent(id, accent);
        }
        ["voices", id, ..] if is_id(id) => state.catalogue.ensure(id),
        ["files", id, ..] if is_id(id) => state.files.ensure(id),
        _ => {}
    }
}
