//! Sessions: calls with managed agents that a trusted server prepares for programs without an API key.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{AccessToken, Language, VoiceId};

/// The names under which the token may come. The service documents that there is one, not its field; the first
/// is that of [`TokenResponse`](crate::TokenResponse).
const TOKEN: [&str; 3] = ["token", "session_token", "access_token"];

/// The body of `POST /v1/agents/websocket/{agent_id}/sessions`: settings of one call, in place of the agent's
/// own.
///
/// ```
/// use cartesia_types::agent::CreateSessionRequest;
///
/// let request = CreateSessionRequest::new()
///     .with_variable("name", "Ada")
///     .with_initial_message("Hello {{name}}!");
/// let body = r#"{"dynamic_variables":{"name":"Ada"},"config_overrides":{"initial_message":"Hello {{name}}!"}}"#;
/// assert_eq!(serde_json::to_string(&request)?, body);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct CreateSessionRequest {
    /// Values for the variables in the agent's texts.
    pub variables: Map<String, Value>,
    /// The instructions, in place of the agent's own.
    pub instructions: Option<String>,
    /// The agent's first message, in place of its own.
    pub initial_message: Option<String>,
    /// The language, in place of the agent's own.
    pub language: Option<Language>,
    /// The voice, in place of the agent's own.
    pub voice: Option<VoiceId>,
    /// The speed of the voice, in place of the agent's own; 1 is its usual speed.
    pub speed: Option<f64>,
    /// Fields of the body that this crate does not know.
    pub extra: Map<String, Value>,
}

impl CreateSessionRequest {
    /// Creates a session without changes to the agent.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value of a variable in the agent's texts.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Sets the instructions, in place of the agent's own.
    #[must_use]
    pub fn with_instructions(mut self, instructions: impl Into<String>) -> Self {
        self.instructions = Some(instructions.into());
        self
    }

    /// Sets the agent's first message.
    #[must_use]
    pub fn with_initial_message(mut self, message: impl Into<String>) -> Self {
        self.initial_message = Some(message.into());
        self
    }

    /// Sets the language, in place of the agent's own.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<Language>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Sets the voice, in place of the agent's own.
    #[must_use]
    pub fn with_voice(mut self, voice: impl Into<VoiceId>) -> Self {
        self.voice = Some(voice.into());
        self
    }

    /// Sets the speed of the voice; 1 is its usual speed.
    #[must_use]
    pub fn with_speed(mut self, speed: f64) -> Self {
        self.speed = Some(speed);
        self
    }

    /// Adds a field that this crate does not know, as it should stand in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}

impl Serialize for CreateSessionRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(skip_serializing_if = "Map::is_empty")]
            dynamic_variables: &'a Map<String, Value>,
            #[serde(skip_serializing_if = "Option::is_none")]
            config_overrides: Option<Overrides<'a>>,
            #[serde(flatten)]
            extra: &'a Map<String, Value>,
        }
        #[derive(Serialize, PartialEq, Default)]
        struct Overrides<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            instructions: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            initial_message: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            language: Option<&'a Language>,
            #[serde(skip_serializing_if = "Option::is_none")]
            audio: Option<Audio<'a>>,
        }
        #[derive(Serialize, PartialEq)]
        struct Audio<'a> {
            output: Output<'a>,
        }
        #[derive(Serialize, PartialEq, Default)]
        struct Output<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            voice_id: Option<&'a VoiceId>,
            #[serde(skip_serializing_if = "Option::is_none")]
            speed: Option<f64>,
        }

        let output = Output {
            voice_id: self.voice.as_ref(),
            speed: self.speed,
        };
        let overrides = Overrides {
            instructions: self.instructions.as_deref(),
            initial_message: self.initial_message.as_deref(),
            language: self.language.as_ref(),
            audio: (output != Output::default()).then_some(Audio { output }),
        };
        let body = Body {
            dynamic_variables: &self.variables,
            config_overrides: (overrides != Overrides::default()).then_some(overrides),
            extra: &self.extra,
        };
        body.serialize(serializer)
    }
}

impl fmt::Debug for CreateSessionRequest {
    /// Leaves out texts and the values of variables and unknown fields.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateSessionRequest")
            .field("language", &self.language)
            .field("voice", &self.voice)
            .field("speed", &self.speed)
            .finish_non_exhaustive()
    }
}

/// A prepared call. Its token opens the socket for this one call; give it to
/// [`ManagedCallSpec::with_session`](super::ManagedCallSpec::with_session), or to a browser.
///
/// It deserializes but does not serialize, so that the token never gets into a log by accident. `Debug`
/// leaves out the values of unknown fields for the same reason.
#[derive(Clone)]
#[non_exhaustive]
pub struct AgentSession {
    /// The token, which is sent as an access token is.
    pub token: AccessToken,
    /// Fields that this crate does not know.
    pub extra: Map<String, Value>,
}

impl<'de> Deserialize<'de> for AgentSession {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut extra = Map::deserialize(deserializer)?;
        let name = TOKEN.into_iter().find(|name| extra.contains_key(*name));
        let Some(Value::String(token)) = name.and_then(|name| extra.remove(name)) else {
            return Err(D::Error::missing_field("token"));
        };
        let token = AccessToken::new(token).map_err(D::Error::custom)?;
        Ok(Self { token, extra })
    }
}

impl fmt::Debug for AgentSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extra: Vec<_> = self.extra.keys().collect();
        f.debug_struct("AgentSession")
            .field("token", &self.token)
            .field("extra", &extra)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_written_where_the_service_has_it() {
        let empty = serde_json::to_string(&CreateSessionRequest::new()).unwrap();
        assert_eq!(empty, "{}");
        let request = CreateSessionRequest::new()
            .with_variable("seats", 4)
            .with_instructions("You book tables.")
            .with_initial_message("Yes?")
            .with_language("en")
            .with_voice("voice_1")
            .with_speed(1.25)
            .with_extra("new", true);
        let body = serde_json::to_string(&request).unwrap();
        assert_eq!(
            body,
            r#"{"dynamic_variables":{"seats":4},"config_overrides":{"instructions":"You book tables.","initial_message":"Yes?","language":"en","audio":{"output":{"voice_id":"voice_1","speed":1.25}}},"new":true}"#
        );
        let shown = format!("{request:?}");
        assert!(
            !shown.contains("tables") && !shown.contains("Yes"),
            "{shown}"
        );
    }

    #[test]
    fn the_token_is_found_and_not_shown() {
        for name in TOKEN {
            let answer = format!(r#"{{"{name}":"canary.a.b","call_id":"ac_1","secret":"canary"}}"#);
            let session: AgentSession = serde_json::from_str(&answer).unwrap();
            assert_eq!(session.token.expose(), "canary.a.b");
            assert_eq!(session.extra["call_id"], "ac_1");
            assert!(!format!("{session:?}").contains("canary"));
        }
        for broken in ["{}", r#"{"token":7}"#, r#"{"token":""}"#, "[]"] {
            assert!(
                serde_json::from_str::<AgentSession>(broken).is_err(),
                "{broken}"
            );
        }
    }
}
