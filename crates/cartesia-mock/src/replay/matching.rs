//! Which recorded exchange answers a request.

use serde_json::Value;

use crate::journal::Content;
use crate::recording::Exchange;
use crate::rejection::shortened;

/// A request as it is compared: secrets are out of it already.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    /// Sorted by name.
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Content>,
}

/// The exchanges that answer a request, by their index; or what the recording has instead.
pub(super) fn find(exchanges: &[Exchange], asked: &Asked) -> Result<Vec<usize>, String> {
    let same_path =
        |exchange: &&Exchange| exchange.method == asked.method && exchange.path == asked.path;
    let indices: Vec<_> = (0..exchanges.len())
        .filter(|index| {
            exchanges.get(*index).is_some_and(|exchange| {
                same_path(&exchange) && difference(exchange, asked).is_none()
            })
        })
        .collect();
    if !indices.is_empty() {
        return Ok(indices);
    }
    let Asked { method, path, .. } = asked;
    let nearest = exchanges
        .iter()
        .filter(same_path)
        .find_map(|exchange| difference(exchange, asked));
    Err(match nearest {
        Some(difference) => {
            format!("the recording has another {method} {path} than this: {difference}")
        }
        None => format!(
            "the recording has no {method} {path}; it has {}",
            list(exchanges)
        ),
    })
}

/// The first requests of a recording, each once.
fn list(exchanges: &[Exchange]) -> String {
    const SHOWN: usize = 10;

    let mut names: Vec<_> = Vec::new();
    for exchange in exchanges {
        let name = format!("{} {}", exchange.method, exchange.path);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    match (names.is_empty(), more) {
        (true, _) => "nothing".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}

/// Returns the difference between a request and a recorded one; `None` if they are the same.
fn difference(exchange: &Exchange, asked: &Asked) -> Option<String> {
    if exchange.query != asked.query {
        let differs = |pair: &&(String, String)| !asked.query.contains(pair);
        let missing = exchange.query.iter().find(differs);
        return Some(match missing {
            Some((name, value)) => {
                format!("it expects {name}={} in the query", shortened(value))
            }
            None => "it expects less in the query".to_owned(),
        });
    }
    match (&exchange.body, &asked.body) {
        (None, None) => None,
        (None, Some(_)) => Some("it expects no body".to_owned()),
        (Some(_), None) => Some("it expects a body".to_owned()),
        (Some(recorded), Some(asked)) => content_difference(recorded, asked),
    }
}

/// Returns the difference between two contents. Identifiers of contexts are ignored, since they are new in
/// each run.
pub(super) fn content_difference(recorded: &Content, sent: &Content) -> Option<String> {
    let (recorded, sent) = (anonymous(recorded), anonymous(sent));
    if recorded == sent {
        return None;
    }
    let found = match (&recorded.json, &sent.json) {
        (Some(recorded), Some(sent)) => json_difference("", recorded, sent),
        _ => None,
    };
    Some(found.unwrap_or_else(|| "it expects other content".to_owned()))
}

fn anonymous(content: &Content) -> Content {
    let mut content = content.clone();
    let id = content
        .json
        .as_mut()
        .and_then(|json| json.get_mut("context_id"));
    if let Some(id) = id {
        *id = Value::Null;
    }
    content
}

/// The `context_id` of JSON.
pub(super) fn context_of(content: &Content) -> Option<&str> {
    content.json.as_ref()?.get("context_id")?.as_str()
}

/// The first place where two values differ.
fn json_difference(place: &str, recorded: &Value, sent: &Value) -> Option<String> {
    if recorded == sent {
        return None;
    }
    if let (Value::Object(recorded), Value::Object(sent)) = (recorded, sent) {
        for (name, value) in recorded {
            let inner = format!("{place}/{name}");
            match sent.get(name) {
                None => return Some(format!("it expects {inner}")),
                Some(other) => {
                    if let Some(found) = json_difference(&inner, value, other) {
                        return Some(found);
                    }
                }
            }
        }
        let more = sent.keys().find(|name| !recorded.contains_key(*name))?;
        return Some(format!("it has no {place}/{more}"));
    }
    let place = if place.is_empty() { "the body" } else { place };
    let (recorded, sent) = (recorded.to_string(), sent.to_string());
    Some(format!(
        "it expects {place} = {} and not {}",
        shortened(&recorded),
        shortened(&sent)
    ))
}

/// JSON in which a context has another name. Everything else stays as it was, to the byte.
pub(super) fn renamed(text: &str, old: &str, new: &str) -> String {
    const NAME: &str = "\"context_id\"";

    let (old, new) = (Value::from(old).to_string(), Value::from(new).to_string());
    let mut renamed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(NAME) {
        renamed.push_str(before);
        renamed.push_str(NAME);
        let value = after.trim_start_matches([' ', ':', '\t']);
        renamed.push_str(after.strip_suffix(value).unwrap_or_default());
        rest = match value.strip_prefix(old.as_str()) {
            Some(rest) => {
                renamed.push_str(&new);
                rest
            }
            None => value,
        };
    }
    renamed.push_str(rest);
    renamed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn content(json: &Value) -> Content {
        Content::of_text(json.to_string().as_bytes())
    }

    #[test]
    fn differences_are_named() {
        let recorded = content(&json!({"a": {"b": 1}, "c": [1], "context_id": "x"}));
        for (sent, difference) in [
            (json!({"a": {"b": 1}, "c": [1], "context_id": "y"}), None),
            (
                json!({"a": {"b": 2}, "c": [1], "context_id": "y"}),
                Some("it expects /a/b = 1 and not 2"),
            ),
            (
                json!({"a": {}, "c": [1], "context_id": "y"}),
                Some("it expects /a/b"),
            ),
            (
                json!({"a": {"b": 1}, "c": [1], "context_id": "y", "d": 1}),
                Some("it has no /d"),
            ),
            (
                json!([]),
                Some(
                    "it expects the body = {\"a\":{\"b\":1},\"c\":[1],\"context_id\":null} and not []",
                ),
            ),
        ] {
            let found = content_difference(&recorded, &content(&sent));
            assert_eq!(found.as_deref(), difference);
        }
        let found = content_difference(&recorded, &Content::of_bytes(b"x"));
        assert_eq!(found.as_deref(), Some("it expects other content"));
    }

    #[test]
    fn contexts_are_renamed_and_nothing_else() {
        let text = r#"{"context_id":"a","x":"a","y":{"context_id" : "b\"a"}}"#;
        assert_eq!(
            renamed(text, "a", "n\""),
            r#"{"context_id":"n\"","x":"a","y":{"context_id" : "b\"a"}}"#
        );
        assert_eq!(
            renamed(text, "b\"a", "n"),
            r#"{"context_id":"a","x":"a","y":{"context_id" : "n"}}"#
        );
        assert_eq!(renamed("\"context_id\"", "a", "b"), "\"context_id\"");
    }
}
