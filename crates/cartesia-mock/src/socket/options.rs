//! Changes that a script makes to every message of a connection.

use serde_json::{Map, Value, json};

/// Changes that a script makes to every message of a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MessageOptions {
    pub(super) no_pong: bool,
    pub(super) unknown_fields: bool,
    pub(super) null_optionals: bool,
}

impl MessageOptions {
    /// The message with the fields that the script wants in it.
    pub(super) fn applied(self, text: String) -> String {
        if !self.unknown_fields && !self.null_optionals {
            return text;
        }
        let Ok(Value::Object(mut message)) = serde_json::from_str(&text) else {
            return text;
        };
        if self.unknown_fields {
            message.insert(
                "hue".to_owned(),
                json!({"degrees": 12.5, "names": ["teal", null]}),
            );
        }
        if self.null_optionals {
            nullify(&mut message);
        }
        Value::Object(message).to_string()
    }
}

/// Writes every optional field of a message as null, those too that it does not have.
fn nullify(message: &mut Map<String, Value>) {
    const OPTIONAL: [(&str, &[&str]); 6] = [
        ("chunk", &["flush_id"]),
        ("timestamps", &["flush_id", "word_timestamps"]),
        ("phoneme_timestamps", &["flush_id", "phoneme_timestamps"]),
        ("done", &["flush_id"]),
        ("error", &["error_code", "request_id", "doc_url"]),
        ("transcript", &["duration", "language", "words"]),
    ];
    let kind = message
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let fields = OPTIONAL.iter().find(|(name, _)| *name == kind);
    for field in fields.map_or(&[][..], |(_, fields)| fields) {
        message.insert((*field).to_owned(), Value::Null);
    }
}
