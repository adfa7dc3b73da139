//! Access tokens: the request and the answer.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::credential::AccessToken;
use crate::seconds::whole as whole_seconds;

const AGENT: Requirement = Requirement::new(
    "the grant `agent`",
    VersionRange::since(ApiVersion::V2025_04_16),
);

/// The endpoints that an access token grants. All others need an API key.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenGrants {
    /// Text to speech: `/tts/bytes`, `/tts/sse` and its socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tts: Option<bool>,
    /// Speech to text: `/stt` and its sockets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stt: Option<bool>,
    /// The socket of agents. Since 2025-04-16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<bool>,
    /// Grants that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl TokenGrants {
    /// Creates grants without any endpoint.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether text to speech is opened.
    #[must_use]
    pub fn with_tts(mut self, granted: bool) -> Self {
        self.tts = Some(granted);
        self
    }

    /// Sets whether speech to text is opened.
    #[must_use]
    pub fn with_stt(mut self, granted: bool) -> Self {
        self.stt = Some(granted);
        self
    }

    /// Sets whether the socket of agents is opened; since 2025-04-16.
    #[must_use]
    pub fn with_agent(mut self, granted: bool) -> Self {
        self.agent = Some(granted);
        self
    }
}

/// The body of `POST /access-token`.
///
/// ```
/// use std::time::Duration;
///
/// use cartesia_types::{TokenGrants, CreateTokenRequest};
///
/// let request = CreateTokenRequest::new(TokenGrants::new().with_tts(true)).with_expires_in(Duration::from_secs(600));
/// assert_eq!(serde_json::to_string(&request)?, r#"{"grants":{"tts":true},"expires_in":600}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateTokenRequest {
    /// The endpoints that the token grants; none by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<TokenGrants>,
    /// Lifetime from now, at most an hour; whole seconds on the wire, rounded down. The
    /// service does not document its default.
    #[serde(
        default,
        with = "whole_seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub expires_in: Option<Duration>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CreateTokenRequest {
    /// Creates a token with these grants.
    pub fn new(grants: TokenGrants) -> Self {
        Self {
            grants: Some(grants),
            ..Self::default()
        }
    }

    /// Sets the lifetime from now, at most an hour.
    #[must_use]
    pub fn with_expires_in(mut self, time: Duration) -> Self {
        self.expires_in = Some(time);
        self
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }

    /// Returns the requirements on the API version of the request.
    pub fn requirements(&self) -> Vec<Requirement> {
        let agent = self.grants.as_ref().and_then(|grants| grants.agent);
        agent.map(|_| AGENT).into_iter().collect()
    }
}

/// The answer to a [`CreateTokenRequest`].
///
/// It deserializes but does not serialize, so that a token is never logged by accident. `Debug` leaves out
/// the values of unknown fields for the same reason.
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct TokenResponse {
    /// The token: a JWT that is sent like a key. Its claim `exp` has the time of expiry.
    #[serde(deserialize_with = "access_token")]
    pub token: AccessToken,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extra: Vec<_> = self.extra.keys().collect();
        f.debug_struct("TokenResponse")
            .field("token", &self.token)
            .field("extra", &extra)
            .finish()
    }
}

fn access_token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AccessToken, D::Error> {
    AccessToken::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}
