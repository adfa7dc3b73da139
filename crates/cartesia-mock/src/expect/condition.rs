//! One thing that is to be so.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::journal::Received;
use crate::rejection::shortened;
use crate::socket::{MessageKind, SocketMessage};

/// Called with the JSON of a request or message.
type Test = Arc<dyn Fn(&Value) -> bool + Send + Sync>;

#[derive(Clone)]
pub(super) enum Condition {
    Header(String, String),
    Query(String, String),
    Json(String, Value),
    That(String, Test),
    /// Audio that arrives earlier by this much than this speed allows.
    Early(f64, Duration),
}

/// The subject of a condition.
pub(super) enum Subject<'a> {
    Request(&'a Received, Option<Value>),
    Message(&'a SocketMessage, Option<Value>),
}

impl<'a> Subject<'a> {
    pub(super) fn request(request: &'a Received) -> Self {
        Self::Request(request, request.json())
    }

    pub(super) fn message(message: &'a SocketMessage) -> Self {
        Self::Message(message, message.json())
    }

    pub(super) fn is_no_request(&self, method: Option<&str>, path: Option<&str>) -> Option<String> {
        let Self::Request(request, _) = self else {
            return Some("it is no request".to_owned());
        };
        let bare = |path: &str| path.trim_end_matches('/').to_owned();
        if path.is_some_and(|path| bare(path) != bare(&request.path)) {
            return Some("the path is another".to_owned());
        }
        method
            .filter(|method| *method != request.method)
            .map(|_| "the method is another".to_owned())
    }

    /// Pings and pongs do not count.
    pub(super) fn is_no_message(&self) -> Option<String> {
        match self {
            Self::Message(message, _)
                if matches!(message.kind, MessageKind::Text | MessageKind::Binary) =>
            {
                None
            }
            _ => Some("it is no message".to_owned()),
        }
    }

    fn json(&self) -> Option<&Value> {
        match self {
            Self::Request(_, json) | Self::Message(_, json) => json.as_ref(),
        }
    }
}

impl fmt::Display for Subject<'_> {
    /// Without a text: it is not needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(request, _) => write!(f, "{request}"),
            Self::Message(message, _) => {
                let kind = message.kind.name();
                write!(f, "{kind} on WebSocket {}", message.connection)?;
                match &message.context_id {
                    Some(id) => write!(f, ", context {:?}", shortened(id)),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Condition {
    /// The difference; `None` if there is none.
    pub(super) fn difference(&self, subject: &Subject<'_>) -> Option<String> {
        match self {
            Self::Header(name, value) => {
                let pairs = match subject {
                    Subject::Request(request, _) => request.headers.as_slice(),
                    Subject::Message(..) => &[],
                };
                among("the header", pairs, name, value)
            }
            Self::Query(name, value) => {
                let pairs = match subject {
                    Subject::Request(request, _) => request.query.as_slice(),
                    Subject::Message(..) => &[],
                };
                among("in the query", pairs, name, value)
            }
            Self::Json(pointer, value) => {
                let Some(json) = subject.json() else {
                    return Some("it is no JSON".to_owned());
                };
                match json.pointer(pointer) {
                    Some(found) if found == value => None,
                    Some(found) => {
                        let found = found.to_string();
                        Some(format!("{} is {}", place(pointer), shortened(&found)))
                    }
                    None => Some(format!("{} is missing", place(pointer))),
                }
            }
            Self::Early(speed, slack) => match subject {
                Subject::Message(message, _) => message.audio.map_or_else(
                    || Some("it is no audio".to_owned()),
                    |audio| {
                        let early = audio.early(*speed);
                        (early <= *slack).then(|| format!("it is {early:?} early"))
                    },
                ),
                Subject::Request(..) => Some("it is no audio".to_owned()),
            },
            Self::That(what, test) => match subject.json() {
                None => Some("it is no JSON".to_owned()),
                Some(json) if test(json) => None,
                Some(_) => Some(format!("not {what}")),
            },
        }
    }
}

/// Names may repeat; one of them is enough.
fn among(kind: &str, pairs: &[(String, String)], name: &str, value: &str) -> Option<String> {
    let named: Vec<_> = pairs.iter().filter(|(own, _)| own == name).collect();
    if named.iter().any(|(_, own)| own == value) {
        return None;
    }
    Some(match named.first() {
        Some((_, other)) => format!("{kind} {name} is {:?}", shortened(other)),
        None => format!("{kind} {name} is missing"),
    })
}

fn place(pointer: &str) -> &str {
    if pointer.is_empty() {
        "the JSON"
    } else {
        pointer
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name, value) => write!(f, "the header {name}: {value}"),
            Self::Query(name, value) => write!(f, "{name}={value} in the query"),
            Self::Json(pointer, value) => write!(f, "{} = {value}", place(pointer)),
            Self::That(what, _) => f.write_str(what),
            Self::Early(speed, slack) => {
                write!(f, "audio more than {slack:?} early at speed {speed}")
            }
        }
    }
}
