//! Messages that this crate does not know.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A message of a socket that this crate does not know. It is kept, so that a caller can read it.
///
/// `Debug` shows its type and length, never its content.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownMessage {
    kind: Option<String>,
    raw: Box<str>,
}

impl UnknownMessage {
    pub(crate) fn new(kind: Option<Cow<'_, str>>, message: &[u8]) -> Self {
        Self {
            kind: kind.map(Cow::into_owned),
            raw: String::from_utf8_lossy(message).into(),
        }
    }

    /// Returns the type that the message gives itself, if any.
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// Returns the message as it came. It looks like a JSON object, but need not be a valid one.
    pub fn raw(&self) -> &str {
        &self.raw
    }
}

impl Serialize for UnknownMessage {
    /// Writes the message as it came. One that is not valid JSON is written as text, in `raw`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Invalid<'a> {
            #[serde(rename = "type")]
            kind: Option<&'a str>,
            raw: &'a str,
        }

        match serde_json::from_str::<&RawValue>(self.raw()) {
            Ok(raw) => raw.serialize(serializer),
            Err(_) => Invalid {
                kind: self.kind(),
                raw: self.raw(),
            }
            .serialize(serializer),
        }
    }
}

impl fmt::Debug for UnknownMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownMessage")
            .field("kind", &self.kind)
            .field("raw", &format_args!("<{} bytes>", self.raw.len()))
            .finish()
    }
}
