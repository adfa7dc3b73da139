//! Server-sent events as the service frames them: a name, one line of compact JSON, an empty line.

use bytes::Bytes;
use serde::Serialize;

/// Compact JSON, keys in the order of the struct's fields.
pub(crate) fn json(value: &impl Serialize) -> String {
    // Only a map with keys that are no strings, or a `Serialize` that fails by itself, ends in an
    // error; there is neither here.
    serde_json::to_string(value).unwrap_or_default()
}

/// One event. `name` is also the `type` inside.
pub(crate) fn frame(name: &str, payload: &impl Serialize) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {}\n\n", json(payload)))
}
