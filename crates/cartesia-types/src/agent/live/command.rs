//! The messages of the caller during a call.

use std::fmt;
use std::str::FromStr;

use base64_simd::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{CallProtocol, CustomMessage};

/// A message of the caller after the first one.
///
/// `Debug` shows the kind and the length, never the content.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum CallCommand {
    /// The caller's audio, in the format of the call; 20 to 100 ms at a time.
    Audio(Bytes),
    /// A key that the caller presses.
    Dtmf(DtmfKey),
    /// A message for the agent's code. Line agents only.
    Custom(CustomMessage),
    /// The answer to a tool call. Managed agents only.
    ToolResult(ClientToolResult),
}

impl CallCommand {
    /// Writes the message. The identifier of the stream is that of the call's start, as far as known;
    /// managed agents have none.
    ///
    /// ```
    /// use cartesia_types::agent::{CallCommand, CallProtocol, DtmfKey};
    ///
    /// let command = CallCommand::Dtmf(DtmfKey::new('5')?);
    /// let message = command.message(CallProtocol::Line, Some("call-42"))?;
    /// assert_eq!(message, r#"{"event":"dtmf","stream_id":"call-42","dtmf":"5"}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnsupportedCommand`] if the socket has no such message.
    pub fn message(
        &self,
        protocol: CallProtocol,
        stream_id: Option<&str>,
    ) -> Result<String, UnsupportedCommand> {
        let message = match (protocol, self) {
            (CallProtocol::Line, Self::Audio(audio)) => Message {
                event: Some("media_input"),
                stream_id,
                media: Some(Media {
                    payload: STANDARD.encode_to_string(audio),
                }),
                ..Message::default()
            },
            (CallProtocol::Line, Self::Dtmf(key)) => Message {
                event: Some("dtmf"),
                stream_id,
                dtmf: Some(*key),
                ..Message::default()
            },
            (CallProtocol::Line, Self::Custom(custom)) => Message {
                event: Some("custom"),
                stream_id,
                metadata: Some(&custom.metadata),
                ..Message::default()
            },
            (CallProtocol::Managed, Self::Audio(audio)) => Message {
                r#type: Some("audio_input"),
                audio: Some(STANDARD.encode_to_string(audio)),
                ..Message::default()
            },
            (CallProtocol::Managed, Self::Dtmf(key)) => Message {
                r#type: Some("dtmf_input"),
                digit: Some(*key),
                ..Message::default()
            },
            (CallProtocol::Managed, Self::ToolResult(result)) => Message {
                r#type: Some("client_tool_result"),
                tool_call_id: Some(&result.tool_call_id),
                result: Some(&result.result),
                is_error: Some(result.is_error),
                ..Message::default()
            },
            (CallProtocol::Line, Self::ToolResult(_)) => {
                return Err(UnsupportedCommand("Line agents take no tool results"));
            }
            (CallProtocol::Managed, Self::Custom(_)) => {
                return Err(UnsupportedCommand("managed agents take no custom messages"));
            }
        };
        // Everything in it is text or JSON, so writing it cannot fail.
        Ok(serde_json::to_string(&message).unwrap_or_default())
    }
}

/// The fields of all messages.
#[derive(Serialize, Default)]
struct Message<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<Media>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dtmf: Option<DtmfKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digit: Option<DtmfKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_error: Option<bool>,
}

#[derive(Serialize)]
struct Media {
    payload: String,
}

impl fmt::Debug for CallCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Audio(audio) => write!(f, "Audio(<{} bytes>)", audio.len()),
            Self::Dtmf(_) => f.write_str("Dtmf(<1 key>)"),
            Self::Custom(custom) => f.debug_tuple("Custom").field(custom).finish(),
            Self::ToolResult(result) => f.debug_tuple("ToolResult").field(result).finish(),
        }
    }
}

/// The answer to a [`ClientToolCall`](super::ClientToolCall).
///
/// `Debug` leaves out the answer itself.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientToolResult {
    /// The call that it answers.
    pub tool_call_id: String,
    /// The result, as text for the agent.
    pub result: String,
    /// Whether the tool failed.
    pub is_error: bool,
}

impl ClientToolResult {
    /// Creates a result for the agent.
    pub fn new(tool_call_id: impl Into<String>, result: impl Into<String>) -> Self {
        Self {
            tool_call_id: tool_call_id.into(),
            result: result.into(),
            is_error: false,
        }
    }

    /// Sets whether the tool failed.
    #[must_use]
    pub fn with_error(mut self, is_error: bool) -> Self {
        self.is_error = is_error;
        self
    }
}

impl fmt::Debug for ClientToolResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientToolResult")
            .field("tool_call_id", &self.tool_call_id)
            .field("is_error", &self.is_error)
            .finish_non_exhaustive()
    }
}

/// A key of a telephone: `0` to `9`, `*` or `#`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DtmfKey(char);

/// A text or character that is not a key of a telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key must be one of 0 to 9, * and #")]
pub struct InvalidDtmf(());

impl DtmfKey {
    /// Creates a key.
    ///
    /// # Errors
    ///
    /// [`InvalidDtmf`] for any other character.
    pub const fn new(key: char) -> Result<Self, InvalidDtmf> {
        match key {
            '0'..='9' | '*' | '#' => Ok(Self(key)),
            _ => Err(InvalidDtmf(())),
        }
    }

    /// Returns the key as a character.
    pub const fn as_char(self) -> char {
        self.0
    }
}

impl TryFrom<char> for DtmfKey {
    type Error = InvalidDtmf;

    fn try_from(key: char) -> Result<Self, InvalidDtmf> {
        Self::new(key)
    }
}

impl FromStr for DtmfKey {
    type Err = InvalidDtmf;

    fn from_str(text: &str) -> Result<Self, InvalidDtmf> {
        let mut keys = text.chars();
        match (keys.next(), keys.next()) {
            (Some(key), None) => Self::new(key),
            _ => Err(InvalidDtmf(())),
        }
    }
}

impl Serialize for DtmfKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_char(self.0)
    }
}

impl fmt::Debug for DtmfKey {
    /// Hides the key: callers press the digits of cards and codes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DtmfKey(<1 key>)")
    }
}

/// A message that the socket of the call does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnsupportedCommand(&'static str);
