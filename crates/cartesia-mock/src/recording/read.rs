//! A recording, read from its file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use super::line::{Event, Line, Payload, Side};
use crate::journal::Content;

/// Exchanges with a server that `cartesia-mock proxy` recorded, for a
/// [`Replay`](crate::Replay).
#[derive(Clone)]
pub struct Recording {
    pub(crate) exchanges: Vec<Exchange>,
}

/// One request and everything that came of it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Sorted by name.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<Content>,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// When the response began.
    pub(crate) began: u64,
    pub(crate) steps: Vec<Step>,
    /// The side that ended it, and whether it is complete.
    pub(crate) end: Option<(Side, bool)>,
}

/// Something that happened after the response began, and when.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) at_ms: u64,
    pub(crate) kind: StepKind,
}

#[derive(Debug, Clone)]
pub(crate) enum StepKind {
    Sent(Content),
    /// A message of a WebSocket, or a piece of a body.
    Received(Payload),
    Close {
        from: Side,
        code: Option<u16>,
        reason: String,
    },
}

/// A file that is no recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{message}")]
pub struct InvalidRecording {
    place: String,
    message: String,
}

impl InvalidRecording {
    fn at(line: usize, message: impl fmt::Display) -> Self {
        Self {
            place: format!("line {line} of the recording: "),
            message: message.to_string(),
        }
    }
}

impl Recording {
    /// Reads a file that `cartesia-mock proxy` or a `Proxy` (feature `proxy`) wrote.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is not a recording; the message names the line.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, InvalidRecording> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| InvalidRecording {
            place: format!("cannot read {}: ", path.display()),
            message: error.to_string(),
        })?;
        text.parse()
    }

    /// Returns the number of recorded requests, except those without a response.
    pub fn len(&self) -> usize {
        self.exchanges.len()
    }

    /// Returns whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.exchanges.is_empty()
    }
}

impl fmt::Debug for Recording {
    /// Without what was said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording")
            .field("exchanges", &self.exchanges.len())
            .finish_non_exhaustive()
    }
}

impl FromStr for Recording {
    type Err = InvalidRecording;

    /// Reads the content of such a file. An exchange that has no response is left out: it was under way
    /// when the recording ended, or the upstream could not be reached.
    fn from_str(text: &str) -> Result<Self, InvalidRecording> {
        let mut exchanges = BTreeMap::new();
        for (index, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
        {
            let number = index + 1;
            let line: Line = serde_json::from_str(line)
                .map_err(|error| InvalidRecording::at(number, position_alone(&error)))?;
            take(&mut exchanges, line).map_err(|message| InvalidRecording::at(number, message))?;
        }
        let answered = exchanges
            .into_values()
            .filter(|exchange| exchange.status > 0);
        Ok(Self {
            exchanges: answered.collect(),
        })
    }
}

/// The position of the mistake in a line, without its content, which may be a transcript.
fn position_alone(error: &serde_json::Error) -> String {
    format!(
        "it is not one that a proxy writes (column {})",
        error.column()
    )
}

fn take(exchanges: &mut BTreeMap<u64, Exchange>, line: Line) -> Result<(), &'static str> {
    let Line {
        exchange: number,
        at_ms,
        event,
    } = line;
    if let Event::Request {
        method,
        path,
        mut query,
        body,
        ..
    } = event
    {
        query.sort();
        let exchange = Exchange {
            method,
            path,
            query,
            body,
            status: 0,
            headers: Vec::new(),
            began: at_ms,
            steps: Vec::new(),
            end: None,
        };
        return match exchanges.insert(number, exchange) {
            None => Ok(()),
            Some(_) => Err("the exchange has a request already; are these two recordings?"),
        };
    }
    let exchange = exchanges
        .get_mut(&number)
        .ok_or("the exchange has no request before it")?;
    let kind = match event {
        Event::Request { .. } => return Ok(()),
        Event::Response { status, headers } => {
            (exchange.status, exchange.headers, exchange.began) = (status, headers, at_ms);
            return Ok(());
        }
        Event::End { from, complete } => {
            exchange.end = Some((from, complete));
            return Ok(());
        }
        Event::Body(payload) | Event::Received(payload) => {
            payload.bytes().ok_or("`base64` is not base64")?;
            StepKind::Received(payload)
        }
        Event::Sent(content) => StepKind::Sent(content),
        Event::Close { from, code, reason } => StepKind::Close { from, code, reason },
    };
    exchange.steps.push(Step { at_ms, kind });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = r#"{"exchange":1,"at_ms":0,"event":"request","method":"GET","path":"/","query":[],"headers":[],"body":null}"#;

    #[test]
    fn what_is_no_recording_is_refused() {
        for (text, message) in [
            ("{}", "line 1 of the recording: it is not one"),
            (
                r#"{"exchange":1,"at_ms":0,"event":"response","status":200,"headers":[]}"#,
                "line 1 of the recording: the exchange has no request before it",
            ),
            (
                &format!("{REQUEST}\n\n{REQUEST}"),
                "line 3 of the recording: the exchange has a request already",
            ),
            (
                &format!(
                    "{REQUEST}\n{}",
                    r#"{"exchange":1,"at_ms":0,"event":"body","base64":"!"}"#
                ),
                "line 2 of the recording: `base64` is not base64",
            ),
        ] {
            let error = text.parse::<Recording>().unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        let error = Recording::read("no/such/file").unwrap_err().to_string();
        assert!(error.starts_with("cannot read no/such/file: "), "{error}");
    }

    #[test]
    fn what_has_no_response_is_left_out() {
        assert!(REQUEST.parse::<Recording>().unwrap().is_empty());
        let answered = format!(
            "{REQUEST}\n{}",
            r#"{"exchange":1,"at_ms":3,"event":"response","status":200,"headers":[]}"#
        );
        assert_eq!(answered.parse::<Recording>().unwrap().len(), 1);
    }
}
