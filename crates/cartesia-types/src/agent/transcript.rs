//! The transcript of a call. `Debug` never shows its text.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::seconds;

crate::open::open_string! {
    /// The speaker.
    Role {
        /// The person.
        USER = "user",
        /// The agent.
        ASSISTANT = "assistant",
        /// The system: a note that neither of them said.
        SYSTEM = "system",
    }
}

crate::open::open_string! {
    /// The reason why a turn ended.
    EndReason {
        /// The call ended.
        CALL_ENDED = "call_ended",
        /// The person spoke over the agent.
        INTERRUPTED = "interrupted",
        /// The speech was complete.
        TTS_COMPLETED = "tts_completed",
    }
}

/// One turn of a call: the text of one side, or a log entry.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TranscriptTurn {
    /// The speaker.
    pub role: Role,
    /// The start, counted from the start of the call; seconds on the wire.
    #[serde(default, with = "seconds::or_zero")]
    pub start_timestamp: Duration,
    /// The end, counted from the start of the call; seconds on the wire.
    #[serde(default, with = "seconds::or_zero")]
    pub end_timestamp: Duration,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The text in pieces with their times.
    #[serde(
        default,
        deserialize_with = "crate::null::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub text_chunks: Vec<TextChunk>,
    /// The reason why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<EndReason>,
    /// The tools that the agent used.
    #[serde(
        default,
        deserialize_with = "crate::null::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub tool_calls: Vec<ToolCall>,
    /// The time that the agent waited for the end of the person's speech; milliseconds on the wire.
    #[serde(
        default,
        rename = "vad_buffer_ms",
        with = "seconds::millis",
        skip_serializing_if = "Option::is_none"
    )]
    pub vad_buffer: Option<Duration>,
    /// Time to the first byte of speech; seconds on the wire.
    #[serde(
        default,
        with = "seconds::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub tts_ttfb: Option<Duration>,
    /// An event that the agent's code logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_event: Option<LogEvent>,
    /// A number that the agent's code logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_metric: Option<LogMetric>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for TranscriptTurn {
    /// Leaves out what was said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters = self.text.as_ref().map(|text| text.chars().count());
        f.debug_struct("TranscriptTurn")
            .field("role", &self.role)
            .field("start_timestamp", &self.start_timestamp)
            .field("end_timestamp", &self.end_timestamp)
            .field("characters", &characters)
            .field("tool_calls", &self.tool_calls)
            .finish_non_exhaustive()
    }
}

/// A piece of a turn.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TextChunk {
    /// The text.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub text: String,
    /// The start, counted from the start of the call; seconds on the wire.
    #[serde(default, with = "seconds::or_zero")]
    pub start_timestamp: Duration,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for TextChunk {
    /// Leaves out what was said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextChunk")
            .field("characters", &self.text.chars().count())
            .field("start_timestamp", &self.start_timestamp)
            .finish_non_exhaustive()
    }
}

/// A tool that the agent used.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolCall {
    /// The identifier.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub id: String,
    /// The name of the tool.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// The arguments. The vendor's definition has strings by name; expect any JSON.
    #[serde(default)]
    pub arguments: Value,
    /// The result; newer than the vendor's definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for ToolCall {
    /// Leaves out what went in and out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolCall")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// An event that the agent's code logged.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogEvent {
    /// The name of the event.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub event: String,
    /// More about it.
    #[serde(
        default,
        deserialize_with = "crate::null::null_as_default",
        skip_serializing_if = "Map::is_empty"
    )]
    pub metadata: Map<String, Value>,
    /// The time, counted from the start of the call; seconds on the wire.
    #[serde(default, with = "seconds::or_zero")]
    pub timestamp: Duration,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for LogEvent {
    /// Leaves out the metadata, in which an agent may keep transcripts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogEvent")
            .field("event", &self.event)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

/// A number that the agent's code logged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogMetric {
    /// The name of the measured quantity.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// The number.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub value: f64,
    /// The time, counted from the start of the call; seconds on the wire.
    #[serde(default, with = "seconds::or_zero")]
    pub timestamp: Duration,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
