//! The language of `/v1/agents/websocket/{agent_id}`.

use serde_json::{Value, json};

use super::conversation::{Event, Role};
use super::dialect::{Agent, Command, Dialect, Start, audio, base64, format, format_name, key};
use crate::hash;

/// Messages have a `type`.
#[derive(Debug)]
pub(super) struct Managed {
    call: String,
}

impl Managed {
    pub(super) fn new(request_id: &str) -> Self {
        let call = hash::stable(&[b"call", request_id.as_bytes()]);
        Self {
            call: format!("ac_{call:016x}"),
        }
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

impl Dialect for Managed {
    fn read(&mut self, message: &Value) -> Result<Command, String> {
        let kind = message["type"].as_str();
        match kind.ok_or("`type` is required")? {
            "session_create" => Ok(Command::Start(Start {
                format: format(&message["audio"]["input_format"])?,
                voice: None,
                introduction: None,
            })),
            "audio_input" => audio("audio", &message["audio"]),
            "dtmf_input" => key("digit", &message["digit"]),
            // The agent reads the result of the tool.
            "client_tool_result" => match &message["result"] {
                Value::String(result) => Ok(Command::Say(result.clone())),
                _ => Ok(Command::Nothing),
            },
            _ => Err("there is no such type".to_owned()),
        }
    }

    fn ready(&self, agent: &Agent, start: &Start) -> String {
        let ready = json!({
            "type": "session_ready",
            "call_id": self.call,
            "agent_id": agent.id,
            "agent_version_id": agent.version,
            "audio": {"input_format": format_name(start.format)},
        });
        ready.to_string()
    }

    fn event(&self, event: &Event) -> Option<String> {
        let message = match event {
            Event::Audio(audio) => json!({"type": "audio_output", "audio": base64(audio)}),
            Event::Clear => json!({"type": "audio_output_clear"}),
            Event::TurnStarted {
                turn,
                role: who,
                start,
            } => json!({
                "type": "turn_started", "turn": turn, "role": role(*who), "start_time": start,
            }),
            Event::Text {
                turn,
                role: who,
                text,
            } => json!({
                "type": "turn_output_text_delta", "turn": turn, "role": role(*who), "text": text,
            }),
            Event::TurnEnded {
                turn,
                role: who,
                text,
                interrupted,
                start,
                end,
            } => json!({
                "type": "turn_ended", "turn": turn, "role": role(*who), "text": text,
                "interrupted": interrupted, "start_time": start, "end_time": end, "tool_calls": [],
            }),
        };
        Some(message.to_string())
    }

    fn error(&self, what: &str, fatal: bool) -> Option<String> {
        let error = json!({
            "type": "error", "code": "invalid_event", "message": what, "fatal": fatal,
        });
        Some(error.to_string())
    }
}
