//! The effects of actions on a single message.

use std::time::Duration;

use serde_json::{Value, json};

use crate::socket::{Action, ErrorShape};

/// The replacement of a message, and the effect on its stream.
#[derive(Debug, PartialEq)]
pub(crate) struct Damaged {
    pub(crate) outgoing: Vec<Outgoing>,
    pub(crate) then: Then,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Outgoing {
    Text(String),
    /// Text that is not UTF-8.
    NotUtf8(Vec<u8>),
    /// This many bytes of a binary message.
    Binary(usize),
}

#[derive(Debug, PartialEq)]
pub(crate) enum Then {
    GoOn,
    /// The context of the message says nothing more.
    Silence,
    /// The context of the message is over.
    End,
    /// The stream ends in order.
    Close(u16, String),
    /// The connection ends without a word.
    HangUp,
    Reset,
    /// The connection is silent.
    Stall,
    /// Keep-alives without content (pings or comments), at this interval.
    KeepAlive(Duration),
}

/// An error that is to be sent: status, code, and shape.
pub(crate) type Failure = (u16, Option<String>, Option<ErrorShape>);

/// Carries out actions on a message, in their order.
pub(crate) fn damage(
    actions: Vec<Action>,
    text: String,
    context_id: Option<&str>,
    error: impl Fn(Failure, Option<&str>) -> String,
) -> Damaged {
    let mut damaged = Damaged {
        outgoing: Vec::new(),
        then: Then::GoOn,
    };
    let mut message = Some(Outgoing::Text(text));
    for action in actions {
        let current = match message {
            Some(Outgoing::Text(text)) => text,
            // Nothing is left of it that could change.
            other => {
                message = other;
                break;
            }
        };
        let mut keep = |then| damaged.then = then;
        message = match action {
            Action::Drop => None,
            Action::MalformedJson => Some(Outgoing::Text(truncated(&current))),
            Action::MalformedBase64 => Some(Outgoing::Text(set_field(
                &current,
                "data",
                &json!("!not*base64!"),
            ))),
            Action::MalformedUtf8 => Some(Outgoing::NotUtf8(not_utf8(&current))),
            Action::Set { field, value } => {
                Some(Outgoing::Text(set_field(&current, &field, &value)))
            }
            Action::Remove { field } => Some(Outgoing::Text(edited(&current, &field, None))),
            Action::EmptyData => Some(Outgoing::Text(set_field(&current, "data", &json!("")))),
            Action::OddData => Some(Outgoing::Text(set_field(&current, "data", &json!("AAAA")))),
            Action::Say { text } => Some(Outgoing::Text(text)),
            Action::Binary { bytes } => Some(Outgoing::Binary(bytes)),
            Action::UnknownType => {
                damaged
                    .outgoing
                    .push(Outgoing::Text(unknown_type(context_id)));
                Some(Outgoing::Text(current))
            }
            Action::Error {
                status,
                code,
                context,
                shape,
                done,
            } => {
                let text = error((status, code, shape), context_id.filter(|_| context));
                if done {
                    keep(Then::End);
                    Some(Outgoing::Text(text))
                } else {
                    Some(Outgoing::Text(set_field(&text, "done", &json!(false))))
                }
            }
            Action::Done { status } => {
                keep(Then::End);
                Some(Outgoing::Text(done(context_id, status)))
            }
            Action::DuplicateDone => {
                keep(Then::End);
                damaged.outgoing.push(Outgoing::Text(done(context_id, 206)));
                Some(Outgoing::Text(done(context_id, 206)))
            }
            Action::ChunkDone => {
                keep(Then::End);
                let empty = set_field(&current, "data", &json!(""));
                Some(Outgoing::Text(set_field(&empty, "done", &json!(true))))
            }
            Action::Stall => {
                keep(Then::Silence);
                None
            }
            Action::StallSocket => {
                keep(Then::Stall);
                None
            }
            Action::KeepAlive { milliseconds } => {
                keep(Then::KeepAlive(Duration::from_millis(milliseconds.max(1))));
                None
            }
            Action::Reset => {
                keep(Then::Reset);
                None
            }
            Action::HangUp => {
                keep(Then::HangUp);
                None
            }
            Action::Close { code, reason } => {
                keep(Then::Close(code, reason));
                None
            }
            _ => Some(Outgoing::Text(current)),
        };
    }
    damaged.outgoing.extend(message);
    damaged
}

/// The text of a message with one of its fields set. `a.b` is `b` within `a`.
pub(crate) fn set_field(text: &str, field: &str, value: &Value) -> String {
    edited(text, field, Some(value))
}

/// The text of a message with one of its fields set or removed.
fn edited(text: &str, field: &str, value: Option<&Value>) -> String {
    let Ok(mut message) = serde_json::from_str::<Value>(text) else {
        return text.to_owned();
    };
    let (parents, name) = match field.rsplit_once('.') {
        Some((parents, name)) => (parents.split('.').collect(), name),
        None => (Vec::new(), field),
    };
    let parent = parents
        .into_iter()
        .try_fold(&mut message, |value, name: &str| value.get_mut(name));
    if let Some(object) = parent.and_then(Value::as_object_mut) {
        match value {
            Some(value) => drop(object.insert(name.to_owned(), value.clone())),
            None => drop(object.remove(name)),
        }
    }
    message.to_string()
}

/// The first half.
fn truncated(text: &str) -> String {
    let half = text.len() / 2;
    let end = (0..=half).rev().find(|at| text.is_char_boundary(*at));
    text[..end.unwrap_or(0)].to_owned()
}

/// Invalid bytes within the first string of a message that is a value.
fn not_utf8(text: &str) -> Vec<u8> {
    let at = text.find(":\"").map_or(text.len(), |at| at + 2);
    let (before, after) = text.as_bytes().split_at(at);
    [before, b"\xff\xfe", after].concat()
}

fn done(context_id: Option<&str>, status: u16) -> String {
    let done = json!({"type": "done", "status_code": status, "done": true});
    match context_id {
        Some(id) => set_field(&done.to_string(), "context_id", &json!(id)),
        None => done.to_string(),
    }
}

/// A message of a type that no client knows.
pub(crate) fn unknown_type(context_id: Option<&str>) -> String {
    json!({"type": "hologram", "context_id": context_id, "status_code": 206, "done": false,
           "depth": [1, 2, 3]})
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK: &str = r#"{"type":"chunk","context_id":"a","done":false,"data":"AAAA"}"#;

    fn hit(action: Action) -> Damaged {
        let error = |(status, _, _): Failure, id: Option<&str>| {
            json!({"type": "error", "status_code": status, "context_id": id, "done": true})
                .to_string()
        };
        damage(vec![action], CHUNK.to_owned(), Some("a"), error)
    }

    fn only(action: Action) -> Value {
        let damaged = hit(action);
        match damaged.outgoing.as_slice() {
            [Outgoing::Text(text)] => serde_json::from_str(text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn fields_change_and_nothing_else_does() {
        let chunk: Value = serde_json::from_str(CHUNK).unwrap();
        for (action, field, value) in [
            (
                Action::Set {
                    field: "data".to_owned(),
                    value: json!(5),
                },
                "data",
                Some(json!(5)),
            ),
            (
                Action::Set {
                    field: "context_id".to_owned(),
                    value: json!(7),
                },
                "context_id",
                Some(json!(7)),
            ),
            (
                Action::Remove {
                    field: "data".to_owned(),
                },
                "data",
                None,
            ),
            (Action::MalformedBase64, "data", Some(json!("!not*base64!"))),
        ] {
            let mut expected = chunk.clone();
            let object = expected.as_object_mut().unwrap();
            match value {
                Some(value) => drop(object.insert(field.to_owned(), value)),
                None => drop(object.remove(field)),
            }
            assert_eq!(only(action), expected, "{field}");
        }
    }

    #[test]
    fn messages_are_dropped_replaced_and_broken() {
        assert_eq!(hit(Action::Drop).outgoing, []);
        assert_eq!(
            hit(Action::Binary { bytes: 3 }).outgoing,
            [Outgoing::Binary(3)]
        );
        match hit(Action::MalformedUtf8).outgoing.as_slice() {
            [Outgoing::NotUtf8(bytes)] => assert!(std::str::from_utf8(bytes).is_err()),
            other => panic!("{other:?}"),
        }
        match hit(Action::MalformedJson).outgoing.as_slice() {
            [Outgoing::Text(text)] => assert!(serde_json::from_str::<Value>(text).is_err()),
            other => panic!("{other:?}"),
        }
        assert_eq!(hit(Action::UnknownType).outgoing.len(), 2);
    }

    #[test]
    fn errors_end_the_context_unless_they_are_not_done() {
        let error = Action::error(429);
        assert_eq!(hit(error.clone()).then, Then::End);
        assert_eq!(only(error.clone())["status_code"], 429);
        let Action::Error {
            status,
            code,
            context,
            shape,
            ..
        } = error
        else {
            panic!("an error");
        };
        let open = Action::Error {
            status,
            code,
            context,
            shape,
            done: false,
        };
        assert_eq!(hit(open.clone()).then, Then::GoOn);
        assert_eq!(only(open)["done"], false);
    }
}
