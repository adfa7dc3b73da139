//! The messages of the service during a call.

mod decode;
mod encode;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{CallEnding, CallFormat, ClientToolResult};
use crate::agent::{AgentId, CallId, Role, ToolCall};
use crate::{ErrorCode, UnknownMessage};

pub use decode::CallDecodeError;

/// One message of the service, from either socket.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CallEvent {
    /// The call has begun; the first message.
    Started(CallStarted),
    /// The agent speaks.
    Audio(CallAudio),
    /// The agent was interrupted: drop all of its audio that was not played yet.
    Clear,
    /// The agent presses keys.
    Dtmf(DtmfEvent),
    /// A message of the agent's code. Line agents only.
    Custom(CustomMessage),
    /// The agent hands the call over. Line agents only.
    Transfer(CallTransfer),
    /// The agent uses a tool of the caller's. Managed agents only.
    ToolCall(ClientToolCall),
    /// A turn begins. Managed agents only.
    TurnStarted(CallTurnStart),
    /// More text of a turn. Managed agents only.
    TurnText(CallTurnText),
    /// A turn is over. Managed agents only.
    TurnEnded(CallTurnEnd),
    /// The service reports an error. Managed agents only.
    Error(CallErrorEvent),
    /// A message of a known type could not be decoded: audio, text or a tool call may be missing. Created by
    /// clients that continue after it.
    Undecodable(CallDecodeError),
    /// The call is over; the last event. Made by clients from the close frame.
    Ended(CallEnding),
    /// A message that this crate does not know.
    Unknown(UnknownMessage),
}

/// The call has begun.
///
/// `Debug` shows identifiers and the format, not the resolved settings.
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct CallStarted {
    /// The name of the call on its socket. Line agents only.
    pub stream_id: Option<String>,
    /// The identifier of the call, as the REST API has it. Managed agents only.
    pub call_id: Option<CallId>,
    /// The agent. Managed agents only.
    pub agent_id: Option<AgentId>,
    /// The version of the agent. Managed agents only.
    pub agent_version_id: Option<String>,
    /// The format of the audio, as the service understood it.
    pub format: Option<CallFormat>,
    /// The settings of the call, resolved: `config` or `audio` of the message.
    pub config: Map<String, Value>,
    /// The settings of the agent, resolved. Line agents only.
    pub agent: Map<String, Value>,
}

/// A piece of the agent's speech, in the format of the call.
///
/// `Debug` shows the number of bytes, never the audio.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CallAudio {
    /// The audio. May be empty, and may end within a sample.
    pub data: Bytes,
}

/// The agent presses keys.
///
/// `Debug` shows how many, never which.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DtmfEvent {
    /// The keys, most likely one.
    pub keys: String,
}

/// A message to or from the code of a Line agent.
///
/// ```
/// use cartesia_types::agent::CustomMessage;
///
/// let message = CustomMessage::default().with("table", 4);
/// assert_eq!(message.metadata["table"], 4);
/// ```
///
/// `Debug` shows the number of fields, never the fields.
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct CustomMessage {
    /// The content.
    pub metadata: Map<String, Value>,
}

/// The agent hands the call over.
///
/// `Debug` leaves out the number.
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct CallTransfer {
    /// The telephone number. The service does not document the field; this is the one that the
    /// vendor's own SDK for agents has.
    pub target_phone_number: Option<String>,
    /// All other fields of the message.
    pub extra: Map<String, Value>,
}

/// The agent uses a tool of the caller's.
///
/// `Debug` leaves out the parameters.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ClientToolCall {
    /// The identifier, for the answer.
    pub tool_call_id: String,
    /// The name of the tool.
    pub tool_name: String,
    /// The arguments of the tool; most likely an object.
    pub parameters: Value,
    /// Whether the agent waits for an answer.
    pub expects_response: bool,
}

/// A turn begins. Times count from the start of the call.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CallTurnStart {
    /// The number of the turn.
    pub turn: Option<i64>,
    /// The speaker.
    pub role: Role,
    /// The start.
    pub start: Option<Duration>,
}

/// More text of a turn: append it to what came before.
///
/// `Debug` shows the number of characters, never the text.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct CallTurnText {
    /// The number of the turn.
    pub turn: Option<i64>,
    /// The speaker.
    pub role: Role,
    /// The text that is new.
    pub text: String,
}

/// A turn is over. Times count from the start of the call.
///
/// `Debug` shows the number of characters, never the text.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct CallTurnEnd {
    /// The number of the turn.
    pub turn: Option<i64>,
    /// The speaker.
    pub role: Role,
    /// The whole text of the turn.
    pub text: String,
    /// Whether the other side spoke over it.
    pub interrupted: bool,
    /// The start.
    pub start: Option<Duration>,
    /// The end.
    pub end: Option<Duration>,
    /// The tools that the agent used.
    pub tool_calls: Vec<ToolCall>,
}

/// An error that the service reports on an open socket.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallErrorEvent {
    /// Machine-readable code.
    pub code: Option<ErrorCode>,
    /// Text for people; never empty.
    pub message: String,
    /// Whether the call is over. `false` if the message does not say: a call that is over is closed.
    pub fatal: bool,
}

impl CallStarted {
    /// Creates the start of a call, for tests and servers.
    pub fn new() -> Self {
        Self::default()
    }
}

impl CallAudio {
    /// Creates a piece of audio, for tests and servers.
    pub fn new(data: impl Into<Bytes>) -> Self {
        Self { data: data.into() }
    }
}

impl DtmfEvent {
    /// Keys, for tests and servers.
    pub fn new(keys: impl Into<String>) -> Self {
        Self { keys: keys.into() }
    }
}

impl CustomMessage {
    /// Creates a message with this content.
    pub fn new(metadata: Map<String, Value>) -> Self {
        Self { metadata }
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(field.into(), value.into());
        self
    }
}

impl ClientToolCall {
    /// Creates a tool call that expects an answer, for tests and servers.
    pub fn new(
        tool_call_id: impl Into<String>,
        tool_name: impl Into<String>,
        parameters: impl Into<Value>,
    ) -> Self {
        Self {
            tool_call_id: tool_call_id.into(),
            tool_name: tool_name.into(),
            parameters: parameters.into(),
            expects_response: true,
        }
    }

    /// Returns the answer to this call.
    pub fn result(&self, result: impl Into<String>) -> ClientToolResult {
        ClientToolResult::new(&self.tool_call_id, result)
    }

    /// Creates the answer to this call when the tool failed, with an explanation for the agent.
    pub fn failure(&self, reason: impl Into<String>) -> ClientToolResult {
        self.result(reason).with_error(true)
    }
}

impl CallTurnText {
    /// Creates a piece of the text of a turn, for tests and servers.
    pub fn new(turn: i64, role: impl Into<Role>, text: impl Into<String>) -> Self {
        Self {
            turn: Some(turn),
            role: role.into(),
            text: text.into(),
        }
    }
}

impl CallErrorEvent {
    /// Creates an error, for tests and servers.
    pub fn new(message: impl Into<String>, fatal: bool) -> Self {
        Self {
            code: None,
            message: message.into(),
            fatal,
        }
    }
}

impl fmt::Debug for CallStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallStarted")
            .field("stream_id", &self.stream_id)
            .field("call_id", &self.call_id)
            .field("agent_id", &self.agent_id)
            .field("agent_version_id", &self.agent_version_id)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CallAudio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallAudio(<{} bytes>)", self.data.len())
    }
}

impl fmt::Debug for DtmfEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DtmfEvent(<{} keys>)", self.keys.chars().count())
    }
}

impl fmt::Debug for CustomMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomMessage(<{} fields>)", self.metadata.len())
    }
}

impl fmt::Debug for CallTransfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallTransfer").finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientToolCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientToolCall")
            .field("tool_call_id", &self.tool_call_id)
            .field("tool_name", &self.tool_name)
            .field("expects_response", &self.expects_response)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CallTurnText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters = self.text.chars().count();
        f.debug_struct("CallTurnText")
            .field("turn", &self.turn)
            .field("role", &self.role)
            .field("text", &format_args!("<{characters} characters>"))
            .finish()
    }
}

impl fmt::Debug for CallTurnEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters = self.text.chars().count();
        f.debug_struct("CallTurnEnd")
            .field("turn", &self.turn)
            .field("role", &self.role)
            .field("text", &format_args!("<{characters} characters>"))
            .field("interrupted", &self.interrupted)
            .field("start", &self.start)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
