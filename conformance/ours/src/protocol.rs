//! The lines between the orchestrator and this driver.

use std::error::Error;

use cartesia::ApiVersion;
use serde::{Deserialize, Serialize};

/// What is asked: a call by its name. Our client has one way to call, so the mode is left unread.
#[derive(Debug, Deserialize)]
pub(crate) struct Ask {
    pub(crate) call: String,
}

/// Who this is.
#[derive(Debug, Serialize)]
pub(crate) struct Hello {
    client: &'static str,
    /// The version of the API: there is one version of our client, and it speaks all of them.
    version: String,
    api_version: String,
    modes: [&'static str; 1],
    methods: Vec<&'static str>,
}

impl Hello {
    pub(crate) fn new(version: ApiVersion, methods: impl Iterator<Item = &'static str>) -> Self {
        Self {
            client: "cartesia-rust",
            version: version.to_string(),
            api_version: version.to_string(),
            modes: ["async"],
            methods: methods.collect(),
        }
    }
}

/// What came of a call.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub(crate) enum Reply {
    /// It does what it is for.
    Ok {
        /// What was looked at.
        checked: Vec<String>,
    },
    /// It does not.
    Failed {
        /// One line.
        error: String,
    },
    /// This driver does not know the call.
    Unscripted,
}

impl Reply {
    pub(crate) fn failed(error: &(dyn Error + 'static)) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self::Failed {
            error: text.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_the_orchestrator_reads_them() {
        let json = |reply: &Reply| serde_json::to_string(reply).unwrap();
        let ok = Reply::Ok {
            checked: vec!["it".to_owned()],
        };
        assert_eq!(json(&ok), r#"{"outcome":"ok","checked":["it"]}"#);
        assert_eq!(json(&Reply::Unscripted), r#"{"outcome":"unscripted"}"#);
        let error = std::io::Error::other("two\n  lines");
        let failed = r#"{"outcome":"failed","error":"two lines"}"#;
        assert_eq!(json(&Reply::failed(&error)), failed);
        let ask: Ask = serde_json::from_str(r#"{"call":"tts.bytes","mode":"async"}"#).unwrap();
        assert_eq!(ask.call, "tts.bytes");
    }
}
