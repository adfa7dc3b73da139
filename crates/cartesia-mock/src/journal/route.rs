//! `/_mock/journal`: the journal for programs that cannot hold a handle of the server.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

use super::entry::JournalEntry;
use crate::middleware::parameter;
use crate::state::State;

const LINES: &str = "application/x-ndjson";

/// `GET /_mock/journal`: an array, or with `Accept: application/x-ndjson` lines.
pub(crate) async fn read(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if !state.log.is_enabled() {
        return off();
    }
    let query = crate::middleware::query(&uri).unwrap_or_default();
    let after = parameter(&query, "after").map_or(Ok(0), str::parse);
    let Ok(after) = after else {
        let message = "`after` must be the number of an entry\n";
        return (StatusCode::BAD_REQUEST, message).into_response();
    };
    let entries = state.log.entries(after);
    let lines: Vec<_> = entries.iter().map(JournalEntry::line).collect();
    let accept = headers.get(header::ACCEPT);
    let wants_lines = accept
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains(LINES));
    let (kind, text) = if wants_lines {
        let text = lines.iter().flat_map(|line| [line, "\n"]).collect();
        (LINES, text)
    } else {
        ("application/json", format!("[{}]", lines.join(",\n")))
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// `DELETE /_mock/journal`: forgets what there was.
pub(crate) async fn forget(Shared(state): Shared<Arc<State>>) -> Response {
    if !state.log.is_enabled() {
        return off();
    }
    state.log.clear();
    StatusCode::NO_CONTENT.into_response()
}

fn off() -> Response {
    let message = "the journal is off; start the server with --journal or --record FILE\n";
    (StatusCode::NOT_FOUND, message).into_response()
}
