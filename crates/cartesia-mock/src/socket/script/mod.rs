//! Fault injection for sockets, for testing clients.

mod action;
mod active;

use std::str::FromStr;

pub use action::{Action, ErrorShape, TurnEvent};
pub(crate) use active::{ActiveScript, ContextName, Occasion};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::fault::FaultPlan;

/// A script of faults on WebSockets and event streams: rules that are all checked at every event. JSON may
/// also have `faults`, as texts that [`FaultPlan`](crate::FaultPlan) reads.
///
/// ```
/// use cartesia_mock::{Action, Moment, Rule, Script};
///
/// let script = Script::new()
///     .rule(Rule::new(Moment::Chunks(3), Action::Reset).connection(1))
///     .rule(Rule::new(Moment::Cancel, Action::LateChunks { count: 2, done: false }));
/// let same: Script = r#"{"rules": [
///     {"at": {"chunks": 3}, "connection": 1, "do": "reset"},
///     {"at": "cancel", "do": {"late_chunks": {"count": 2, "done": false}}}
/// ]}"#
/// .parse()?;
/// assert_eq!(script, same);
/// # Ok::<(), cartesia_mock::InvalidScript>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    #[serde(default)]
    rules: Vec<Rule>,
    /// Faults as `--fault` takes them.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "faults"
    )]
    faults: Vec<String>,
}

/// Checks faults, and keeps them as they are written.
fn faults<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let faults = Vec::<String>::deserialize(deserializer)?;
    for fault in &faults {
        fault.parse::<FaultPlan>().map_err(D::Error::custom)?;
    }
    Ok(faults)
}

impl Script {
    /// Creates a script without rules, and so without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule at the end. Rules that apply at the same moment are carried out in this order.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    pub(super) fn into_rules(self) -> Vec<Rule> {
        self.rules
    }

    /// The faults that it names.
    pub(crate) fn fault_plans(&self) -> impl Iterator<Item = FaultPlan> {
        // All of them could be read before.
        self.faults.iter().filter_map(|fault| fault.parse().ok())
    }
}

/// A rule of a script: an action at a moment.
///
/// It applies on the connection and in the context that it names; without names, to all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    at: Moment,
    #[serde(rename = "do")]
    action: Action,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connection: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nth_context: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
}

/// The moment of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Moment {
    /// Before a valid handshake is answered.
    Handshake,
    /// After the handshake, before anything is read.
    Connect,
    /// After an input was taken by its context.
    Input,
    /// After this many chunks of a context were sent; 0 is when it was created.
    Chunks(u32),
    /// At the message that follows this many messages of a context, of an event stream, or of a connection
    /// outside of contexts.
    Messages(u32),
    /// Instead of the `done` of a context, which follows if the action leaves the context alive.
    Done,
    /// Before a cancellation is carried out.
    Cancel,
    /// Speech to text, agents: after this many milliseconds of audio.
    Heard(u64),
    /// Speech to text: after this many transcripts or updates of turns were sent on the connection.
    Transcripts(u32),
    /// Speech to text: before `finalize` is carried out.
    Finalize,
    /// Speech to text: before the client's wish to close is carried out.
    Close,
    /// Speech to text, agents: after a turn of the client started.
    TurnStart,
}

impl Rule {
    /// Creates a rule for all connections and contexts.
    pub fn new(at: Moment, action: Action) -> Self {
        Self {
            at,
            action,
            connection: None,
            path: None,
            nth_context: None,
            context: None,
            times: None,
        }
    }

    /// Restricts the rule to this WebSocket; the first of the server has 1. Handshakes that a rule rejects
    /// count, too.
    #[must_use]
    pub fn connection(mut self, number: u64) -> Self {
        self.connection = Some(number);
        self
    }

    /// Restricts the rule to sockets of this path, for example `/stt/websocket`; with `*` at the end, to
    /// paths with this prefix.
    #[must_use]
    pub fn path(mut self, pattern: impl Into<String>) -> Self {
        self.path = Some(pattern.into());
        self
    }

    /// Restricts the rule to this context of a connection; the first has 1.
    #[must_use]
    pub fn nth_context(mut self, number: u64) -> Self {
        self.nth_context = Some(number);
        self
    }

    /// Restricts the rule to the context with this name; with `*` at the end, to names with this prefix.
    #[must_use]
    pub fn context(mut self, pattern: impl Into<String>) -> Self {
        self.context = Some(pattern.into());
        self
    }

    /// Limits how many times the rule applies.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

/// A text that is not a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the script is not valid: {place}: {message}")]
pub struct InvalidScript {
    place: String,
    message: String,
}

impl FromStr for Script {
    type Err = InvalidScript;

    /// Reads JSON. An error names the rule, counted from 1, and the field.
    fn from_str(json: &str) -> Result<Self, InvalidScript> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let script =
            serde_path_to_error::deserialize(&mut reader).map_err(|error| InvalidScript {
                place: place(error.path()),
                message: error.inner().to_string(),
            })?;
        reader.end().map_err(|error| InvalidScript {
            place: "after its end".to_owned(),
            message: error.to_string(),
        })?;
        Ok(script)
    }
}

/// `rules[1].do.close.code` as `rule 2, field do.close.code`.
fn place(path: &serde_path_to_error::Path) -> String {
    let path = path.to_string();
    let rule = path.strip_prefix("rules[").and_then(|rest| {
        let (index, field) = rest.split_once(']')?;
        let number = index.parse::<usize>().ok()? + 1;
        Some(match field.trim_start_matches('.') {
            "" => format!("rule {number}"),
            field => format!("rule {number}, field `{field}`"),
        })
    });
    rule.unwrap_or_else(|| format!("field `{path}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_written_as_they_are_read() {
        let script = Script::new()
            .rule(Rule::new(Moment::Connect, Action::NoPong).times(2))
            .rule(
                Rule::new(Moment::Chunks(0), Action::Done { status: 200 })
                    .context("a*")
                    .nth_context(3),
            );
        let json = serde_json::to_string(&script).unwrap();
        assert_eq!(json.parse(), Ok(script));
    }

    #[test]
    fn the_example_of_the_readme_is_a_script_with_every_action() {
        let readme = include_str!("../../../README.md");
        let (_, rest) = readme.split_once("```json\n").unwrap();
        let (json, _) = rest.split_once("```").unwrap();
        let script: Script = json.parse().unwrap();
        let name = |rule: &Rule| match serde_json::to_value(&rule.action).unwrap() {
            serde_json::Value::String(name) => name,
            other => other.as_object().unwrap().keys().next().unwrap().clone(),
        };
        let used: std::collections::BTreeSet<_> = script.rules.iter().map(name).collect();
        // The parser knows all of them.
        let unknown = r#"{"rules": [{"at": "done", "do": "x"}]}"#.parse::<Script>();
        let unknown = unknown.unwrap_err().to_string();
        let (_, known) = unknown.split_once("expected one of ").unwrap();
        let known = known
            .split(", ")
            .map(|name| name.split('`').nth(1).unwrap().to_owned());
        assert_eq!(used, known.collect());
    }

    #[test]
    fn errors_name_rule_and_field() {
        for (json, named) in [
            ("", "field `.`"),
            (
                r#"{"faults": ["x"]}"#,
                "field `faults`: \"x\" is not a fault",
            ),
            (r#"{"rules": [], "x": 1}"#, "unknown field `x`"),
            (r#"{"rules": []} {}"#, "after its end"),
            (
                r#"{"rules": [{"at": "done", "do": "reset"}, {"at": "done"}]}"#,
                "rule 2: missing field `do`",
            ),
            (
                r#"{"rules": [{"at": "never", "do": "reset"}]}"#,
                "rule 1, field `at`: unknown variant `never`",
            ),
            (
                r#"{"rules": [{"at": {"chunks": -1}, "do": "reset"}]}"#,
                "rule 1, field `at.chunks`",
            ),
            (
                r#"{"rules": [{"at": "done", "do": "rest"}]}"#,
                "rule 1, field `do`: unknown variant `rest`",
            ),
            (
                r#"{"rules": [{"at": "done", "do": {"close": {"code": "x", "reason": ""}}}]}"#,
                "rule 1, field `do.close.code`: invalid type",
            ),
            (
                r#"{"rules": [{"at": "done", "do": {"close": {"code": 1000, "why": ""}}}]}"#,
                "rule 1, field `do.close.why`: unknown field `why`",
            ),
            (
                r#"{"rules": [{"at": "done", "do": "reset", "conection": 1}]}"#,
                "unknown field `conection`",
            ),
        ] {
            let error = json.parse::<Script>().unwrap_err().to_string();
            assert!(error.contains(named), "{named}: {error}");
        }
    }
}
