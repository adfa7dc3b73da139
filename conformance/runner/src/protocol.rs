//! What the orchestrator and a driver say to each other: one JSON object on each line.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The first line of a driver: who it is and what it has.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Hello {
    /// Name of the client without its version, for example `cartesia-python`.
    pub(super) client: String,
    /// Version of the client as it is installed.
    pub(super) version: String,
    /// The `Cartesia-Version` that it speaks.
    pub(super) api_version: String,
    /// Every public method of the client, found by looking at the client itself.
    pub(super) methods: Vec<Method>,
    /// The ways in which methods can be called.
    pub(super) modes: Vec<Mode>,
}

/// A method of a client. In JSON it is its name, or an object if it has not all modes of the client.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "EitherMethod")]
pub(super) struct Method {
    /// Its own dotted path, for example `tts.bytes`.
    pub(super) name: String,
    /// `None` for all that the client has.
    pub(super) modes: Option<Vec<Mode>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum EitherMethod {
    Name(String),
    Of { name: String, modes: Vec<Mode> },
}

impl From<EitherMethod> for Method {
    fn from(method: EitherMethod) -> Self {
        match method {
            EitherMethod::Name(name) => Self { name, modes: None },
            EitherMethod::Of { name, modes } => Self {
                name,
                modes: Some(modes),
            },
        }
    }
}

/// A way to call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    Sync,
    Async,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sync => "sync",
            Self::Async => "async",
        })
    }
}

/// A line to the driver: the method to use now.
#[derive(Debug, Serialize)]
pub(super) struct Ask<'a> {
    pub(super) call: &'a str,
    pub(super) mode: Mode,
}

/// The line with which a driver answers an [`Ask`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Reply {
    /// What came of it.
    #[serde(flatten)]
    pub(super) outcome: Outcome,
    /// The name under which this is compared with other clients; its own without.
    #[serde(default)]
    pub(super) canonical: Option<String>,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub(super) enum Outcome {
    /// It did what it is for.
    Ok {
        /// The checks that were made, in words. Never empty: a call without a check proves nothing.
        checked: Vec<String>,
    },
    /// It failed, or what came back was not right.
    Failed {
        /// One line.
        error: String,
    },
    /// The driver does not know how to use this method.
    Unscripted,
}

impl Outcome {
    pub(super) fn failed(error: impl Into<String>) -> Self {
        Self::Failed {
            error: error.into(),
        }
    }

    /// Why it is no success; `None` if it is one.
    pub(super) fn problem(&self) -> Option<&str> {
        match self {
            Self::Ok { checked } if checked.is_empty() => Some("the driver checked nothing"),
            Self::Ok { .. } => None,
            Self::Failed { error } => Some(error),
            Self::Unscripted => Some("the driver has no script for it"),
        }
    }
}

/// Every call that a client has, in the order in which they are made.
pub(super) fn calls(hello: &Hello) -> Vec<(String, Mode)> {
    let of_method = |method: &Method| {
        let modes = method.modes.clone().unwrap_or_else(|| hello.modes.clone());
        let name = method.name.clone();
        modes.into_iter().map(move |mode| (name.clone(), mode))
    };
    hello.methods.iter().flat_map(of_method).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_called_in_every_mode_it_has() {
        let hello: Hello = serde_json::from_str(
            r#"{"client": "c", "version": "1", "api_version": "2026-08-14", "modes": ["sync", "async"],
                "methods": ["tts.bytes", {"name": "close", "modes": ["async"]}]}"#,
        )
        .unwrap();
        let calls: Vec<_> = calls(&hello)
            .into_iter()
            .map(|(name, mode)| format!("{name} {mode}"))
            .collect();
        assert_eq!(calls, ["tts.bytes sync", "tts.bytes async", "close async"]);
    }

    #[test]
    fn replies_are_read() {
        let read = |json| serde_json::from_str::<Reply>(json).unwrap();
        let reply = read(r#"{"outcome": "ok", "checked": ["RIFF"], "canonical": "tts.bytes"}"#);
        assert_eq!(reply.canonical.as_deref(), Some("tts.bytes"));
        assert_eq!(reply.outcome.problem(), None);
        for (json, problem) in [
            (r#"{"outcome": "ok", "checked": []}"#, "checked nothing"),
            (r#"{"outcome": "failed", "error": "no audio"}"#, "no audio"),
            (r#"{"outcome": "unscripted"}"#, "no script"),
        ] {
            let reply = read(json);
            assert!(reply.outcome.problem().unwrap().contains(problem), "{json}");
        }
        for json in ["{}", r#"{"outcome": "fine"}"#, r#"{"outcome": "ok"}"#] {
            assert!(serde_json::from_str::<Reply>(json).is_err(), "{json}");
        }
    }
}
