//! The language of `/agents/stream/{agent_id}`.

use serde_json::{Value, json};

use super::conversation::Event;
use super::dialect::{Agent, Command, Dialect, Start, audio, base64, format, format_name, key};
use crate::hash;

/// Messages have an `event` and the identifier of the stream.
#[derive(Debug)]
pub(super) struct Stream {
    id: String,
    /// `config` and `agent` of the start, which its answer repeats.
    config: Value,
    agent: Value,
}

impl Stream {
    pub(super) fn new(request_id: &str) -> Self {
        Self {
            id: hash::uuid(hash::stable(&[b"stream", request_id.as_bytes()])),
            config: json!({}),
            agent: json!({}),
        }
    }

    fn start(&mut self, message: &Value) -> Result<Command, String> {
        if let Some(id) = message["stream_id"].as_str() {
            id.clone_into(&mut self.id);
        }
        let format = format(&message["config"]["input_format"])?;
        self.config = message["config"].clone();
        if message["agent"].is_object() {
            self.agent = message["agent"].clone();
        }
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(Command::Start(Start {
            format,
            voice: text(&self.config["voice_id"]),
            introduction: text(&self.agent["introduction"]),
        }))
    }

    /// The agent's code: it does what `mock` in the metadata says, and sends everything else back.
    fn custom(&self, metadata: &Value) -> Command {
        let wish = |name: &str| metadata["mock"][name].as_str().map(str::to_owned);
        if let Some(text) = wish("say") {
            return Command::Say(text);
        }
        if let Some(reason) = wish("end") {
            return Command::End(reason);
        }
        let message = if let Some(keys) = wish("press") {
            json!({"event": "dtmf", "stream_id": self.id, "dtmf": keys})
        } else if let Some(number) = wish("transfer_to") {
            json!({"event": "transfer_call", "stream_id": self.id, "target_phone_number": number})
        } else {
            json!({"event": "custom", "stream_id": self.id, "metadata": metadata})
        };
        Command::Answer(message.to_string())
    }
}

impl Dialect for Stream {
    fn read(&mut self, message: &Value) -> Result<Command, String> {
        let event = message["event"].as_str();
        let event = event.ok_or("`event` is required")?;
        if event == "start" {
            return self.start(message);
        }
        if message["stream_id"]
            .as_str()
            .is_some_and(|id| id != self.id)
        {
            return Err("`stream_id` is that of another stream".to_owned());
        }
        match event {
            "media_input" => audio("media.payload", &message["media"]["payload"]),
            "dtmf" => key("dtmf", &message["dtmf"]),
            "custom" if message["metadata"].is_object() => Ok(self.custom(&message["metadata"])),
            "custom" => Err("`metadata` must be an object".to_owned()),
            _ => Err("there is no such event".to_owned()),
        }
    }

    fn ready(&self, agent: &Agent, start: &Start) -> String {
        let mut config = self.config.clone();
        config["input_format"] = format_name(start.format).into();
        let mut resolved = self.agent.clone();
        if config["voice_id"].is_null() {
            config["voice_id"] = agent.voice.as_str().into();
        }
        if resolved["introduction"].is_null() {
            resolved["introduction"] = agent.introduction.as_str().into();
        }
        let ack =
            json!({"event": "ack", "stream_id": self.id, "config": config, "agent": resolved});
        ack.to_string()
    }

    fn event(&self, event: &Event) -> Option<String> {
        let message = match event {
            Event::Audio(audio) => json!({
                "event": "media_output",
                "stream_id": self.id,
                "media": {"payload": base64(audio)},
            }),
            Event::Clear => json!({"event": "clear", "stream_id": self.id}),
            // This socket has no turns.
            _ => return None,
        };
        Some(message.to_string())
    }

    /// There are no errors in this language: it hangs up.
    fn error(&self, _: &str, _: bool) -> Option<String> {
        None
    }
}
