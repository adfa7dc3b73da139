//! Secrets that are stored in the service: of webhooks, and of providers of phone numbers.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A secret that the service stores.
///
/// `Debug` prints `<redacted>`, there is no `Display`, and the memory is wiped on drop. It is written into
/// JSON unredacted, because it is sent to the service.
#[derive(Clone)]
pub struct AgentSecret(SecretString);

impl AgentSecret {
    /// Creates it from a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// Returns the text.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns whether the text is this secret. The comparison takes constant time for texts of the same
    /// length.
    pub fn matches(&self, text: &str) -> bool {
        let (own, text) = (self.expose().as_bytes(), text.as_bytes());
        let pairs = own.iter().zip(text);
        let different = pairs.fold(0, |different, (own, other)| different | (own ^ other));
        own.len() == text.len() && different == 0
    }
}

impl fmt::Debug for AgentSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentSecret(<redacted>)")
    }
}

impl PartialEq for AgentSecret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other.expose())
    }
}

impl Eq for AgentSecret {}

impl From<&str> for AgentSecret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for AgentSecret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl Serialize for AgentSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for AgentSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}
