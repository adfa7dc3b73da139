//! Decodes messages of both sockets to events.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    CallAudio, CallErrorEvent, CallEvent, CallStarted, CallTransfer, CallTurnEnd, CallTurnStart,
    CallTurnText, ClientToolCall, CustomMessage, DtmfEvent,
};
use crate::agent::{AgentId, CallFormat, CallId, Role, ToolCall};
use crate::{ErrorCode, UnknownMessage, json, seconds};

/// The message of an error without a text.
const NO_REASON: &str = "the service sent no reason";

/// A message that could not be decoded: audio, text or a tool call may be missing.
///
/// The error has the place and the reason, never the content, which may be a transcript or audio.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a message of {length} bytes could not be decoded: {why}")]
pub struct CallDecodeError {
    length: usize,
    why: &'static str,
}

/// The fields of a message, as JSON. Each is read alone: one of the wrong type spoils no other.
#[derive(Default)]
struct Wire<'a> {
    /// `event` of Line agents, `type` of managed ones.
    event: Option<Cow<'a, str>>,
    kind: Option<Cow<'a, str>>,
    stream_id: Option<Cow<'a, str>>,
    call_id: Option<Cow<'a, str>>,
    agent_id: Option<Cow<'a, str>>,
    agent_version_id: Option<Cow<'a, str>>,
    config: Option<&'a [u8]>,
    agent: Option<&'a [u8]>,
    media: Option<&'a [u8]>,
    audio: Option<&'a [u8]>,
    keys: Option<Cow<'a, str>>,
    metadata: Option<&'a [u8]>,
    tool_call_id: Option<Cow<'a, str>>,
    tool_name: Option<Cow<'a, str>>,
    parameters: Option<&'a [u8]>,
    expects_response: Option<bool>,
    turn: Option<i64>,
    role: Option<Cow<'a, str>>,
    text: Option<&'a [u8]>,
    interrupted: Option<bool>,
    start_time: Option<f64>,
    end_time: Option<f64>,
    tool_calls: Option<&'a [u8]>,
    code: Option<Cow<'a, str>>,
    message: Option<Cow<'a, str>>,
    fatal: Option<bool>,
}

impl<'a> Wire<'a> {
    fn read(message: &'a [u8]) -> Result<Self, &'static str> {
        let mut wire = Self::default();
        for member in json::members(message) {
            let Ok((key, value)) = member else {
                return Err(match message.trim_ascii_start().first() {
                    Some(b'{') => "the JSON ends early or is broken",
                    _ => "it is not a JSON object",
                });
            };
            if !json::is_null(value) {
                wire.take(&key.name(), value);
            }
        }
        Ok(wire)
    }

    fn take(&mut self, key: &str, value: &'a [u8]) {
        match key {
            "event" => self.event = json::text(value),
            "type" => self.kind = json::text(value),
            "stream_id" => self.stream_id = json::text_or_number(value),
            "call_id" => self.call_id = json::text_or_number(value),
            "agent_id" => self.agent_id = json::text_or_number(value),
            "agent_version_id" => self.agent_version_id = json::text_or_number(value),
            "config" => self.config = Some(value),
            "agent" => self.agent = Some(value),
            "media" => self.media = Some(value),
            "audio" => self.audio = Some(value),
            "dtmf" | "digit" => self.keys = json::text_or_number(value),
            "metadata" => self.metadata = Some(value),
            "tool_call_id" => self.tool_call_id = json::text_or_number(value),
            "tool_name" => self.tool_name = json::text(value),
            "parameters" => self.parameters = Some(value),
            "expects_response" => self.expects_response = json::truth(value),
            "turn" => self.turn = json::integer(value),
            "role" => self.role = json::text(value),
            "text" => self.text = Some(value),
            "interrupted" => self.interrupted = json::truth(value),
            "start_time" => self.start_time = json::number(value),
            "end_time" => self.end_time = json::number(value),
            "tool_calls" => self.tool_calls = Some(value),
            "code" | "error_code" => self.code = json::text_or_number(value),
            "message" => self.message = json::text(value),
            "fatal" => self.fatal = json::truth(value),
            _ => {}
        }
    }

    fn event(self, message: &[u8]) -> Result<CallEvent, &'static str> {
        Ok(match (self.kind.as_deref(), self.event.as_deref()) {
            (Some("session_ready"), _) => CallEvent::Started(self.started(self.audio)),
            (Some("audio_output"), _) => CallEvent::Audio(audio(self.audio)?),
            (Some("audio_output_clear"), _) | (None, Some("clear")) => CallEvent::Clear,
            (Some("dtmf_output"), _) | (None, Some("dtmf")) => CallEvent::Dtmf(self.dtmf()?),
            (Some("client_tool_call"), _) => CallEvent::ToolCall(self.tool_call()?),
            (Some("turn_started"), _) => CallEvent::TurnStarted(CallTurnStart {
                turn: self.turn,
                role: self.role(),
                start: self.start_time.and_then(seconds::checked),
            }),
            (Some("turn_output_text_delta"), _) => CallEvent::TurnText(CallTurnText {
                turn: self.turn,
                role: self.role(),
                text: self.text()?,
            }),
            (Some("turn_ended"), _) => CallEvent::TurnEnded(self.turn_end()?),
            (Some("error"), _) | (None, Some("error")) => CallEvent::Error(self.error()),
            (None, Some("ack")) => CallEvent::Started(self.started(self.config)),
            (None, Some("media_output")) => {
                let payload = self.media.and_then(|media| member(media, "payload"));
                CallEvent::Audio(audio(payload)?)
            }
            (None, Some("custom")) => CallEvent::Custom(CustomMessage {
                metadata: self.metadata.and_then(object).ok_or(
                    "it is a custom message whose `metadata` is not an object of valid JSON",
                )?,
            }),
            (None, Some("transfer_call")) => CallEvent::Transfer(transfer(message)),
            _ => CallEvent::Unknown(UnknownMessage::new(self.kind.or(self.event), message)),
        })
    }

    fn started(&self, config: Option<&[u8]>) -> CallStarted {
        let owned = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
        let config = config.and_then(object).unwrap_or_default();
        let format = config.get("input_format").and_then(Value::as_str);
        CallStarted {
            stream_id: owned(&self.stream_id),
            call_id: self.call_id.as_deref().map(CallId::from),
            agent_id: self.agent_id.as_deref().map(AgentId::from),
            agent_version_id: owned(&self.agent_version_id),
            format: format.map(CallFormat::from),
            config,
            agent: self.agent.and_then(object).unwrap_or_default(),
        }
    }

    fn dtmf(&self) -> Result<DtmfEvent, &'static str> {
        let keys = self.keys.as_deref().ok_or("it has no key")?;
        Ok(DtmfEvent::new(keys))
    }

    fn tool_call(&self) -> Result<ClientToolCall, &'static str> {
        let parameters = match self.parameters {
            Some(json) => serde_json::from_slice(json)
                .map_err(|_| "the parameters of a tool call are not valid JSON")?,
            None => Value::Null,
        };
        let id = self.tool_call_id.as_deref();
        let name = self.tool_name.as_deref();
        Ok(ClientToolCall {
            tool_call_id: id.ok_or("it is a tool call without `tool_call_id`")?.into(),
            tool_name: name.ok_or("it is a tool call without `tool_name`")?.into(),
            parameters,
            // An answer that the agent does not expect is harmless; one that does not come is not.
            expects_response: self.expects_response.unwrap_or(true),
        })
    }

    fn role(&self) -> Role {
        self.role
            .as_deref()
            .map_or(Role::from_static(""), Role::from)
    }

    fn text(&self) -> Result<String, &'static str> {
        let text = self.text.ok_or("it has no `text`")?;
        let text = json::text(text).ok_or("`text` is not text")?;
        Ok(text.into_owned())
    }

    fn turn_end(&self) -> Result<CallTurnEnd, &'static str> {
        let tool_calls = self.tool_calls.map(json::items).into_iter().flatten();
        Ok(CallTurnEnd {
            turn: self.turn,
            role: self.role(),
            text: self.text()?,
            interrupted: self.interrupted.unwrap_or(false),
            start: self.start_time.and_then(seconds::checked),
            end: self.end_time.and_then(seconds::checked),
            tool_calls: tool_calls.flatten().filter_map(tool_call).collect(),
        })
    }

    fn error(&self) -> CallErrorEvent {
        let message = self
            .message
            .as_deref()
            .filter(|text| !text.trim().is_empty());
        CallErrorEvent {
            code: self.code.as_deref().map(ErrorCode::from),
            message: message.unwrap_or(NO_REASON).to_owned(),
            fatal: self.fatal.unwrap_or(false),
        }
    }
}

fn audio(value: Option<&[u8]>) -> Result<CallAudio, &'static str> {
    let value = value.ok_or("it is an audio message without audio")?;
    let data = json::bytes(value).map_err(|error| match error {
        json::NotBytes::NotText => "its audio is not a string",
        json::NotBytes::NotBase64 => "its audio is not base64",
    })?;
    Ok(CallAudio { data })
}

fn transfer(message: &[u8]) -> CallTransfer {
    let mut extra = object(message).unwrap_or_default();
    extra.remove("event");
    let number = match extra.get("target_phone_number") {
        Some(Value::String(number)) => Some(number.clone()),
        _ => None,
    };
    if number.is_some() {
        extra.remove("target_phone_number");
    }
    CallTransfer {
        target_phone_number: number,
        extra,
    }
}

/// A tool call of a turn; `None` when it makes no sense: the text of the turn is what counts.
fn tool_call(value: &[u8]) -> Option<ToolCall> {
    serde_json::from_slice(value).ok()
}

fn object(value: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(value).ok()
}

fn member<'a>(object: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let found = json::members(object).map_while(Result::ok);
    found
        .filter(|(key, _)| key.name() == name)
        .map(|(_, value)| value)
        .last()
}

impl CallEvent {
    /// Decodes one message of either socket: `event` names the messages of Line agents, `type` those of
    /// managed agents.
    ///
    /// Lenient: a field that is not needed may have any type, and unknown messages are kept.
    ///
    /// ```
    /// use cartesia_types::agent::CallEvent;
    ///
    /// for message in [
    ///     r#"{"event":"media_output","stream_id":"call-42","media":{"payload":"AAE="}}"#,
    ///     r#"{"type":"audio_output","audio":"AAE="}"#,
    /// ] {
    ///     let CallEvent::Audio(audio) = CallEvent::from_json(message.as_bytes())? else { panic!() };
    ///     assert_eq!(&audio.data[..], [0, 1]);
    /// }
    /// # Ok::<(), cartesia_types::agent::CallDecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallDecodeError`] when the message is not a JSON object, or lacks what its type is for: audio
    /// without base64, text without a text, a tool call without a name.
    pub fn from_json(message: &[u8]) -> Result<Self, CallDecodeError> {
        let length = message.len();
        let event = Wire::read(message).and_then(|wire| wire.event(message));
        event.map_err(|why| CallDecodeError { length, why })
    }
}
