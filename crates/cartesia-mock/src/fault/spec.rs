//! Faults as text, for the command line and for scripts.

use std::str::FromStr;

use serde_json::Value;

use super::{Fault, FaultPlan};
use crate::latency::time;
use crate::socket::Action;

/// A text that is not a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a fault: {reason}")]
pub struct InvalidFault {
    text: String,
    reason: String,
}

/// What `--fault` takes, for its help and its error.
pub(crate) const NAMES: &str = "one of close, stall, status=CODE, json=TEXT, relabel=CODE[:TYPE], content-type=TYPE, \
     cut-after=BYTES, stall-after=BYTES, drip=TIME, or a fault of one message: NAME-after=MESSAGES with the name drop, \
     malformed-json, malformed-base64, malformed-utf8, unknown-type, binary, end, hang-up, silence, keep-alive, done, \
     error[:CODE], error-not-done[:CODE], set:FIELD=JSON or remove:FIELD, where the part after the colon follows the \
     number; then @PATH and *TIMES";

impl FromStr for FaultPlan {
    type Err = InvalidFault;

    /// Reads `NAME[=VALUE][@PATH][*TIMES]`, for example `cut-after=40000@/tts/bytes*1` or
    /// `set-after=3:data=null@/tts/websocket`. Without a path every request is hit, without a number of times
    /// always.
    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        let invalid = |reason: &str| InvalidFault {
            text: text.to_owned(),
            reason: reason.to_owned(),
        };
        let times = |text: &str| text.parse::<u32>().ok();
        let (rest, times) = match text.rsplit_once('*') {
            Some((rest, count)) if times(count).is_some() => (rest, times(count)),
            _ => (text, None),
        };
        let (fault, path) = match rest.rsplit_once("@/") {
            Some((fault, path)) => (fault, Some(format!("/{path}"))),
            None => (rest, None),
        };
        let fault = read(fault).ok_or_else(|| invalid(NAMES))?;
        if let Some(Err(reason)) = path.as_deref().map(|path| fault.check_path(path)) {
            return Err(invalid(reason));
        }
        Ok(Self { fault, path, times })
    }
}

fn read(text: &str) -> Option<Fault> {
    let Some((name, value)) = text.split_once('=') else {
        return match text {
            "close" => Some(Fault::CloseBeforeHeaders),
            "stall" => Some(Fault::StallBeforeHeaders),
            _ => None,
        };
    };
    match name {
        "status" => Some(Fault::status(code(value)?)),
        "json" => Some(Fault::json(value)),
        "relabel" => {
            let (status, content_type) = match value.split_once(':') {
                Some((status, content_type)) => (status, Some(content_type.to_owned())),
                None => (value, None),
            };
            Some(Fault::Relabel {
                status: Some(code(status)?),
                content_type,
            })
        }
        "content-type" => Some(Fault::Relabel {
            status: None,
            content_type: Some(value.to_owned()),
        }),
        "cut-after" => Some(Fault::CutBody {
            after: value.parse().ok()?,
        }),
        "stall-after" => Some(Fault::StallBody {
            after: value.parse().ok()?,
        }),
        "drip" => Some(Fault::DripBody {
            every: time(value)?,
        }),
        _ => {
            let (after, argument) = match value.split_once(':') {
                Some((after, argument)) => (after, Some(argument)),
                None => (value, None),
            };
            let action = action(name.strip_suffix("-after")?, argument)?;
            Some(Fault::message(after.parse().ok()?, action))
        }
    }
}

/// An HTTP status.
fn code(text: &str) -> Option<u16> {
    text.parse()
        .ok()
        .filter(|status| (200..=999).contains(status))
}

/// Reads the action for one message.
fn action(name: &str, argument: Option<&str>) -> Option<Action> {
    let status = || match argument {
        None => Some(500),
        Some(status) => status.parse().ok(),
    };
    match (name, argument) {
        ("error", _) => Some(Action::error(status()?)),
        ("error-not-done", _) => Some(Action::Error {
            status: status()?,
            code: None,
            context: true,
            shape: None,
            done: false,
        }),
        ("set", Some(argument)) => {
            let (field, value) = argument.split_once('=')?;
            // A text that is not JSON is a string.
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            let field = field.to_owned();
            Some(Action::Set { field, value })
        }
        ("remove", Some(field)) => Some(Action::Remove {
            field: field.to_owned(),
        }),
        ("drop", None) => Some(Action::Drop),
        ("malformed-json", None) => Some(Action::MalformedJson),
        ("malformed-base64", None) => Some(Action::MalformedBase64),
        ("malformed-utf8", None) => Some(Action::MalformedUtf8),
        ("unknown-type", None) => Some(Action::UnknownType),
        ("binary", None) => Some(Action::Binary { bytes: 64 }),
        ("end", None) => Some(Action::Close {
            code: 1000,
            reason: String::new(),
        }),
        ("hang-up", None) => Some(Action::HangUp),
        ("silence", None) => Some(Action::Stall),
        ("keep-alive", None) => Some(Action::KeepAlive {
            milliseconds: 1_000,
        }),
        ("done", None) => Some(Action::Done { status: 206 }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    #[test]
    fn faults_are_read() {
        let message = |after, action| Fault::message(after, action).always();
        for (text, plan) in [
            ("close", Fault::CloseBeforeHeaders.always()),
            ("stall*1", Fault::StallBeforeHeaders.into()),
            (
                "status=429@/voices",
                Fault::status(429).on("/voices").always(),
            ),
            ("cut-after=40000", Fault::CutBody { after: 40_000 }.always()),
            (
                "stall-after=0@/tts/websocket*3",
                Fault::StallBody { after: 0 }.on("/tts/websocket").times(3),
            ),
            (
                r#"json={"a*b":"@/x y"}@/voices"#,
                Fault::json(r#"{"a*b":"@/x y"}"#).on("/voices").always(),
            ),
            (
                "drip=1s",
                Fault::DripBody {
                    every: Duration::from_secs(1),
                }
                .always(),
            ),
            (
                "relabel=206:text/html@/tts/bytes*1",
                Fault::Relabel {
                    status: Some(206),
                    content_type: Some("text/html".to_owned()),
                }
                .on("/tts/bytes"),
            ),
            (
                "content-type=text/html*2",
                Fault::Relabel {
                    status: None,
                    content_type: Some("text/html".to_owned()),
                }
                .times(2),
            ),
            ("end-after=2", Fault::end_after(2).always()),
            ("error-after=1", Fault::error_after(1, 500).always()),
            ("error-after=1:429", Fault::error_after(1, 429).always()),
            ("malformed-utf8-after=1", message(1, Action::MalformedUtf8)),
            (
                "set-after=3:data=5",
                message(
                    3,
                    Action::Set {
                        field: "data".to_owned(),
                        value: json!(5),
                    },
                ),
            ),
            (
                "set-after=3:context_id=other",
                message(
                    3,
                    Action::Set {
                        field: "context_id".to_owned(),
                        value: json!("other"),
                    },
                ),
            ),
            (
                "remove-after=0:data@/tts/sse",
                Fault::message(
                    0,
                    Action::Remove {
                        field: "data".to_owned(),
                    },
                )
                .on("/tts/sse")
                .always(),
            ),
        ] {
            assert_eq!(text.parse(), Ok(plan), "{text}");
        }
    }

    #[test]
    fn other_texts_are_not() {
        for text in [
            "",
            "close=1",
            "cut-after",
            "cut-after=x",
            "cut-after=-1",
            "status=7",
            "end-after",
            "drop-after=1:x",
            "set-after=1",
            "set-after=1:x",
            "drip=fast",
            "explode",
            "close@voices",
            "close*x",
        ] {
            text.parse::<FaultPlan>().unwrap_err();
        }
    }

    #[test]
    fn faults_that_cannot_act_on_a_path_name_one_that_can() {
        for (text, advice) in [
            ("drop-after=1@/tts/bytes", "cut-after"),
            ("binary-after=1@/tts/sse", "malformed-utf8-after"),
            ("relabel=206@/tts/websocket", "status=CODE"),
        ] {
            let error = text.parse::<FaultPlan>().unwrap_err().to_string();
            assert!(error.contains(advice), "{error}");
        }
    }
}
