//! Which version of the API a request speaks.

use axum::http::HeaderMap;
use cartesia_types::ApiVersion;

use crate::rejection::{Rejection, shortened};

const HEADER: &str = "cartesia-version";

/// The version in the header; `None` when there is no such header.
///
/// Only the versions that exist are accepted: whether the service rounds other dates is not known.
pub(crate) fn of(headers: &HeaderMap) -> Result<Option<ApiVersion>, Rejection> {
    let Some(value) = headers.get(HEADER) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(value.as_bytes());
    known(&text, "Cartesia-Version").map(Some)
}

/// The version of a WebSocket, which may also be in the query: there it wins.
pub(crate) fn of_socket(
    headers: &HeaderMap,
    query: &[(String, String)],
) -> Result<Option<ApiVersion>, Rejection> {
    let asked = query.iter().find(|(name, _)| name == "cartesia_version");
    match asked {
        Some((_, text)) => known(text, "cartesia_version").map(Some),
        None => of(headers),
    }
}

fn known(text: &str, name: &str) -> Result<ApiVersion, Rejection> {
    text.parse()
        .ok()
        .filter(|version| ApiVersion::KNOWN.contains(version))
        .ok_or_else(|| {
            let text = shortened(text);
            Rejection::bad_request(format!("`{name}` {text:?} is not a version of the API"))
        })
}

/// The error for a call that needs a version and has none.
pub(crate) fn missing() -> Rejection {
    Rejection::bad_request(format!(
        "the header `Cartesia-Version` is missing, for example `Cartesia-Version: {}`",
        ApiVersion::LATEST
    ))
}
