//! An exchange as named fields, and how two such lists differ.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Inputs;
use super::exchange::{Exchange, Part};

/// Values by the names of their fields: `method`, `path`, `query limit`, `header accept`,
/// `credential`, `json voice.id`, `part clip name`, `message 1 json transcript`, …
pub(super) type Fields = BTreeMap<String, String>;

/// Headers that mean something to the API; credentials besides. What the others say is whose client it
/// is, what its libraries can do, or how the body travels, and is different for each client.
const HEADERS: &[&str] = &["accept", "cartesia-version", "content-type"];

/// Where a page begins: how far a client is, not what it wants.
const CURSORS: &[&str] = &["ending_before", "starting_after"];

/// Longer values are cut when they are shown; they are compared whole.
const SHOWN: usize = 120;

/// Writes an exchange down.
pub(super) fn fields(exchange: &Exchange<'_>, inputs: &Inputs) -> Fields {
    let mut writer = Writer {
        fields: Fields::new(),
        inputs,
    };
    let messages = match &exchange.part {
        Part::Request(messages) => {
            writer.request(exchange.request);
            messages
        }
        Part::Context(messages) => {
            writer.put("method", "CONTEXT".to_owned());
            writer.path(exchange.request);
            messages
        }
    };
    for (index, message) in messages.iter().enumerate() {
        writer.message(index + 1, message);
    }
    writer.fields
}

/// Where the request goes: method and path. Only requests to the same place can be compared; the
/// service takes paths with and without a slash at their end for the same.
pub(super) fn place(fields: &Fields) -> [&str; 2] {
    let value = |name| fields.get(name).map_or("", String::as_str);
    [value("method"), value("path").trim_end_matches('/')]
}

/// In what two exchanges differ, one line for each field.
pub(super) fn differences(theirs: &Fields, ours: &Fields) -> Vec<String> {
    let mut names: Vec<&String> = theirs.keys().chain(ours.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let shown = |value: Option<&String>| {
        let Some(value) = value else {
            return "nothing".to_owned();
        };
        let mut short: String = value.chars().take(SHOWN).collect();
        if short.len() < value.len() {
            short.push('…');
        }
        short
    };
    names
        .into_iter()
        .filter(|name| theirs.get(*name) != ours.get(*name))
        .map(|name| {
            let (theirs, ours) = (shown(theirs.get(name)), shown(ours.get(name)));
            format!("{name}: theirs {theirs}, ours {ours}")
        })
        .collect()
}

struct Writer<'a> {
    fields: Fields,
    inputs: &'a Inputs,
}

impl Writer<'_> {
    /// A name that is there already gets a number: fields may be repeated.
    fn put(&mut self, name: &str, value: String) {
        let mut key = name.to_owned();
        let mut number = 2;
        while self.fields.contains_key(&key) {
            key = format!("{name} #{number}");
            number += 1;
        }
        self.fields.insert(key, value);
    }

    fn request(&mut self, request: &Value) {
        let method = text(request, "method").to_owned();
        self.put("method", method);
        self.path(request);
        for (name, value) in pairs(request, "query") {
            if matches!(name, "api_key" | "access_token") {
                self.put("credential", format!("query {name}"));
            } else {
                let value = self.identified(name, value);
                self.put(&format!("query {name}"), quoted(&value));
            }
        }
        for (name, value) in pairs(request, "headers") {
            let name = name.to_ascii_lowercase();
            if name == "authorization" {
                let scheme = value.split(' ').next().unwrap_or_default();
                self.put("credential", format!("header authorization {scheme}"));
            } else if name == "x-api-key" {
                self.put("credential", "header x-api-key".to_owned());
            } else if HEADERS.contains(&name.as_str()) {
                // The boundary of a form is arbitrary.
                let value = value.split("; boundary=").next().unwrap_or_default();
                self.put(&format!("header {name}"), quoted(value));
            }
        }
        if let Some(body) = request.get("body") {
            self.content("", body);
        }
    }

    fn path(&mut self, request: &Value) {
        let segments: Vec<String> = text(request, "path")
            .split('/')
            .map(|segment| self.segment(segment))
            .collect();
        self.put("path", segments.join("/"));
    }

    fn message(&mut self, number: usize, message: &Value) {
        let name = format!("message {number} ");
        let kind = text(message, "kind").to_owned();
        self.put(&format!("{name}kind"), kind);
        self.content(&name, message);
    }

    /// A body or message, as the journal has it: JSON, text, the parts of a form, or a size.
    fn content(&mut self, prefix: &str, content: &Value) {
        if let Some(json) = content.get("json") {
            self.json(&format!("{prefix}json"), " ", "", json);
        } else if let Some(parts) = content.get("parts").and_then(Value::as_array) {
            for part in parts {
                self.part(part);
            }
        } else if let Some(words) = content.get("text") {
            self.put(&format!("{prefix}text"), words.to_string());
        } else if let Some(hash) = content.get("sha256") {
            self.put(&format!("{prefix}bytes"), hash.to_string());
        }
    }

    fn part(&mut self, part: &Value) {
        let name = format!("part {}", text(part, "name"));
        match part.get("filename").filter(|name| !name.is_null()) {
            None => {
                let content = part.get("text").or_else(|| part.get("sha256"));
                let content = content.and_then(Value::as_str).unwrap_or_default();
                let content = self.identified(text(part, "name"), content);
                self.put(&name, quoted(&content));
            }
            Some(filename) => {
                self.put(&format!("{name} file"), filename.to_string());
                let kind = part.get("content_type").unwrap_or(&Value::Null);
                self.put(&format!("{name} type"), kind.to_string());
                let hash = text(part, "sha256").to_owned();
                self.put(&format!("{name} bytes"), hash);
            }
        }
    }

    /// Each leaf is a field of its own, but for lists of numbers, which are one value.
    fn json(&mut self, prefix: &str, separator: &str, name: &str, value: &Value) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                for (name, value) in members {
                    let path = format!("{prefix}{separator}{name}");
                    self.json(&path, ".", name, value);
                }
            }
            Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_number) => {
                let numbers: Vec<String> = items.iter().map(number).collect();
                self.put(prefix, format!("[{}]", numbers.join(",")));
            }
            Value::Array(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    self.json(&format!("{prefix}[{index}]"), ".", name, item);
                }
            }
            Value::String(words) => {
                let words = self.identified(name, words);
                self.put(prefix, quoted(&words));
            }
            Value::Number(_) => self.put(prefix, number(value)),
            other => self.put(prefix, other.to_string()),
        }
    }

    /// A value, or a stand-in if it is a name that differs from run to run.
    fn identified(&self, name: &str, value: &str) -> String {
        // The client's own choice.
        if name == "context_id" {
            return "{context}".to_owned();
        }
        let identifies = matches!(name, "id" | "dataset") || name.ends_with("_id");
        let made = identifies && is_made(value) && !self.inputs.knows(value);
        if made || CURSORS.contains(&name) {
            return "{id}".to_owned();
        }
        value.to_owned()
    }

    fn segment(&self, segment: &str) -> String {
        if is_made(segment) && !self.inputs.knows(segment) {
            return "{id}".to_owned();
        }
        segment.to_owned()
    }
}

/// Whether a server has made this name: it is `ac_key` or `0a1b-2c3d`. Paths of the API have words with
/// hyphens in them, but neither digits nor underscores.
fn is_made(name: &str) -> bool {
    name.contains('_') || name.contains('-') && name.contains(|c: char| c.is_ascii_digit())
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    let value = value.get(field).and_then(Value::as_str);
    value.unwrap_or_default()
}

/// The pairs of a list `[["name", "value"], …]`.
fn pairs<'v>(value: &'v Value, field: &str) -> impl Iterator<Item = (&'v str, &'v str)> {
    let list = value.get(field).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|pair| {
        let text = |index| pair.get(index).and_then(Value::as_str);
        Some((text(0)?, text(1)?))
    })
}

/// 1 and 1.0 are the same number.
fn number(value: &Value) -> String {
    value.as_f64().unwrap_or_default().to_string()
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::exchange::exchanges;
    use super::*;

    fn written(recorded: &[Value]) -> Vec<String> {
        let inputs = Inputs::new(&json!(["voice-1"]));
        let lines = |(name, value)| format!("{name} = {value}");
        fields(&exchanges(recorded)[0], &inputs)
            .into_iter()
            .map(lines)
            .collect()
    }

    #[test]
    fn everything_that_means_something_is_a_field() {
        let request = json!({
            "event": "request", "method": "PATCH", "path": "/voices/voice-1/accents/0a-1b",
            "query": [["expand[]", "a"], ["expand[]", "b"], ["api_key", "[secret]"], ["starting_after", "x_1"]],
            "headers": [
                ["Content-Type", "application/json"], ["user-agent", "x"], ["authorization", "Bearer [secret]"],
            ],
            "body": {"json": {
                "name": "n", "n": 2, "empty": {}, "none": null, "voice_id": "voice-1", "id": "made_9",
                "embedding": [0.5, 1.0], "items": [{"text": "t"}],
            }},
        });
        let expected = [
            r"credential = query api_key",
            r"credential #2 = header authorization Bearer",
            r#"header content-type = "application/json""#,
            r"json embedding = [0.5,1]",
            r"json empty = {}",
            r#"json id = "{id}""#,
            r#"json items[0].text = "t""#,
            r"json n = 2",
            r#"json name = "n""#,
            r"json none = null",
            r#"json voice_id = "voice-1""#,
            r"method = PATCH",
            r"path = /voices/voice-1/accents/{id}",
            r#"query expand[] = "a""#,
            r#"query expand[] #2 = "b""#,
            r#"query starting_after = "{id}""#,
        ];
        assert_eq!(written(&[request]), expected);
    }

    #[test]
    fn forms_are_compared_by_their_parts() {
        let request = json!({
            "event": "request", "method": "POST", "path": "/stt", "query": [],
            "headers": [["content-type", "multipart/form-data; boundary=abc"]],
            "body": {"parts": [
                {"name": "file", "filename": "a.wav", "content_type": "audio/wav", "bytes": 3, "sha256": "f00"},
                {"name": "model", "filename": null, "content_type": null, "bytes": 3, "sha256": "ba7", "text": "ink"},
                {"name": "long", "filename": null, "content_type": null, "bytes": 9, "sha256": "1e6"},
            ]},
        });
        let expected = [
            r#"header content-type = "multipart/form-data""#,
            r"method = POST",
            r"part file bytes = f00",
            r#"part file file = "a.wav""#,
            r#"part file type = "audio/wav""#,
            r#"part long = "1e6""#,
            r#"part model = "ink""#,
            r"path = /stt",
        ];
        assert_eq!(written(&[request]), expected);
    }

    #[test]
    fn messages_are_numbered() {
        let recorded = [
            json!({"event": "request", "method": "GET", "path": "/stt/websocket", "body": null}),
            json!({"event": "socket_message", "kind": "binary", "request_id": "", "bytes": 2, "sha256": "c"}),
            json!({"event": "socket_message", "kind": "text", "request_id": "", "text": "close"}),
        ];
        let expected = [
            r#"message 1 bytes = "c""#,
            r"message 1 kind = binary",
            r"message 2 kind = text",
            r#"message 2 text = "close""#,
            r"method = GET",
            r"path = /stt/websocket",
        ];
        assert_eq!(written(&recorded), expected);
    }

    #[test]
    fn contexts_are_compared_alone_and_without_their_names() {
        let say = |json: Value| json!({"event": "socket_message", "kind": "text", "request_id": "", "json": json});
        let recorded = [
            json!({"event": "request", "method": "GET", "path": "/tts/websocket", "query": [["a", "b"]]}),
            say(json!({"context_id": "x", "transcript": "t"})),
            say(json!({"context_id": "x", "cancel": true})),
        ];
        let inputs = Inputs::default();
        let context = fields(&exchanges(&recorded)[1], &inputs);
        let lines: Vec<String> = context
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        let expected = [
            r#"message 1 json context_id = "{context}""#,
            r#"message 1 json transcript = "t""#,
            r"message 1 kind = text",
            r"message 2 json cancel = true",
            r#"message 2 json context_id = "{context}""#,
            r"message 2 kind = text",
            r"method = CONTEXT",
            r"path = /tts/websocket",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_slash_at_the_end_of_a_path_is_a_difference_and_no_other_place() {
        let path = |path: &str| Fields::from([("path".to_owned(), path.to_owned())]);
        let (theirs, ours) = (path("/voices/"), path("/voices"));
        assert_eq!(place(&theirs), place(&ours));
        let expected = ["path: theirs /voices/, ours /voices"];
        assert_eq!(differences(&theirs, &ours), expected);
    }

    #[test]
    fn differences_name_their_field_and_both_sides() {
        let fields = |list: &[(&str, &str)]| -> Fields {
            let owned = list
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.to_owned()));
            owned.collect()
        };
        let theirs = fields(&[("a", "1"), ("b", "2"), ("d", "4")]);
        let ours = fields(&[("b", "2"), ("c", "3"), ("d", "5")]);
        let expected = [
            "a: theirs 1, ours nothing",
            "c: theirs nothing, ours 3",
            "d: theirs 4, ours 5",
        ];
        assert_eq!(differences(&theirs, &ours), expected);
        let long = fields(&[("a", &"x".repeat(1_000))]);
        assert!(differences(&long, &ours)[0].len() < 200);
        // What is cut off when it is shown still counts.
        let longer = fields(&[("a", &"x".repeat(1_001))]);
        assert_eq!(differences(&long, &longer).len(), 1);
    }
}
