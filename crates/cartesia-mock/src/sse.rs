//! JSON as the service writes it.

use serde::Serialize;

/// Compact JSON, keys in the order of the struct's fields.
pub(crate) fn json(value: &impl Serialize) -> String {
    // Only a map with keys that are no strings, or a `Serialize` that fails by itself, ends in an
    // error; there is neither here.
    serde_json::to_string(value).unwrap_or_default()
}
