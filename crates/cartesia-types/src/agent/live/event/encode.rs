//! Encodes events as messages, for servers and tests.

use base64_simd::STANDARD;
use serde_json::{Map, Value, json};

use super::{CallEvent, CallStarted};
use crate::agent::{CallFormat, CallProtocol};

impl CallEvent {
    /// Writes the message as the service does; `None` if the socket has no such message. The
    /// identifier of the stream is for Line agents.
    ///
    /// ```
    /// use cartesia_types::agent::{CallEvent, CallProtocol};
    ///
    /// let clear = CallEvent::Clear.to_json(CallProtocol::Managed, None);
    /// assert_eq!(clear.as_deref(), Some(r#"{"type":"audio_output_clear"}"#));
    /// ```
    pub fn to_json(&self, protocol: CallProtocol, stream_id: Option<&str>) -> Option<String> {
        if let Self::Unknown(unknown) = self {
            return serde_json::to_string(unknown).ok();
        }
        let mut fields = match protocol {
            CallProtocol::Line => self.line()?,
            CallProtocol::Managed => self.managed()?,
        };
        if let (CallProtocol::Line, Some(id)) = (protocol, stream_id) {
            set(&mut fields, "stream_id", id);
        }
        Some(fields.to_string())
    }

    fn line(&self) -> Option<Value> {
        Some(match self {
            Self::Started(started) => {
                let mut ack = json!({"event": "ack", "config": config(started)});
                if let Some(id) = &started.stream_id {
                    set(&mut ack, "stream_id", id.as_str());
                }
                set(&mut ack, "agent", started.agent.clone());
                ack
            }
            Self::Audio(audio) => {
                let payload = STANDARD.encode_to_string(&audio.data);
                json!({"event": "media_output", "media": {"payload": payload}})
            }
            Self::Clear => json!({"event": "clear"}),
            Self::Dtmf(dtmf) => json!({"event": "dtmf", "dtmf": dtmf.keys}),
            Self::Custom(custom) => json!({"event": "custom", "metadata": custom.metadata}),
            Self::Transfer(transfer) => {
                let mut message = Value::Object(transfer.extra.clone());
                set(&mut message, "event", "transfer_call");
                if let Some(number) = &transfer.target_phone_number {
                    set(&mut message, "target_phone_number", number.as_str());
                }
                message
            }
            _ => return None,
        })
    }

    fn managed(&self) -> Option<Value> {
        Some(match self {
            Self::Started(started) => json!({
                "type": "session_ready",
                "call_id": started.call_id,
                "agent_id": started.agent_id,
                "agent_version_id": started.agent_version_id,
                "audio": config(started),
            }),
            Self::Audio(audio) => {
                json!({"type": "audio_output", "audio": STANDARD.encode_to_string(&audio.data)})
            }
            Self::Clear => json!({"type": "audio_output_clear"}),
            Self::Dtmf(dtmf) => json!({"type": "dtmf_output", "digit": dtmf.keys}),
            Self::ToolCall(call) => json!({
                "type": "client_tool_call",
                "tool_call_id": call.tool_call_id,
                "tool_name": call.tool_name,
                "parameters": call.parameters,
                "expects_response": call.expects_response,
            }),
            Self::TurnStarted(turn) => json!({
                "type": "turn_started", "turn": turn.turn, "role": turn.role,
                "start_time": turn.start.map(|time| time.as_secs_f64()),
            }),
            Self::TurnText(turn) => json!({
                "type": "turn_output_text_delta", "turn": turn.turn, "role": turn.role,
                "text": turn.text,
            }),
            Self::TurnEnded(turn) => json!({
                "type": "turn_ended", "turn": turn.turn, "role": turn.role, "text": turn.text,
                "interrupted": turn.interrupted,
                "start_time": turn.start.map(|time| time.as_secs_f64()),
                "end_time": turn.end.map(|time| time.as_secs_f64()),
                "tool_calls": turn.tool_calls,
            }),
            Self::Error(error) => json!({
                "type": "error", "code": error.code, "message": error.message,
                "fatal": error.fatal,
            }),
            _ => return None,
        })
    }
}

fn config(started: &CallStarted) -> Map<String, Value> {
    let mut config = started.config.clone();
    let format = started.format.as_ref().map(CallFormat::as_str);
    if let Some(format) = format {
        config.insert("input_format".to_owned(), format.into());
    }
    config
}

fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Value::Object(fields) = object {
        fields.insert(name.to_owned(), value.into());
    }
}
