//! Objects that a test adds, with identifiers of its choice.

use serde_json::{Map, Value};

use crate::resource::Kind;
use crate::state::State;

/// JSON that does not describe objects to add.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot add the objects: {0}")]
pub struct InvalidObjects(String);

/// Adds objects to the server, for example
/// `{"voices": [{"id": "v", "name": "Ada", "language": "en"}], "datasets": [{"id": "dataset_1"}]}`. Fields that are
/// left out are those of an example. An object with the same `id` is replaced. All are added, or none.
pub(crate) fn add(state: &State, objects: &Value) -> Result<(), InvalidObjects> {
    let invalid = |message: String| InvalidObjects(message);
    let all = objects
        .as_object()
        .ok_or_else(|| invalid("they must be a JSON object, with an array for each kind".into()))?;
    let mut checked = Vec::new();
    for (name, items) in all {
        let kind = if name == "voices" {
            None
        } else {
            Some(Kind::named(name).ok_or_else(|| {
                let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.plural()).collect();
                invalid(format!(
                    "there is no kind {name:?}; the kinds are voices, {}",
                    known.join(", ")
                ))
            })?)
        };
        let items = items
            .as_array()
            .ok_or_else(|| invalid(format!("`{name}` must be an array")))?;
        for item in items {
            let fields = item.as_object();
            let id = fields.and_then(|fields| fields.get("id")?.as_str());
            match (fields, id.filter(|id| !id.is_empty())) {
                (Some(fields), Some(id)) => checked.push((kind, id, fields)),
                _ => return Err(invalid(format!("each of `{name}` must have an `id`"))),
            }
        }
    }
    let mut tables = state.objects.lock();
    for (kind, id, fields) in checked {
        match kind {
            Some(kind) => tables.put(kind, id, fields),
            None => put_voice(state, id, fields),
        }
    }
    Ok(())
}

fn put_voice(state: &State, id: &str, fields: &Map<String, Value>) {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let owned = fields.get("is_owner").and_then(Value::as_bool);
    state
        .catalogue
        .put(id, text("name"), text("language"), owned.unwrap_or(false));
}
