//! The messages of both protocols for calls.

use base64_simd::STANDARD;
use cartesia_types::{RawEncoding, RawFormat};
use serde_json::Value;

use super::conversation::Event;

/// The called agent.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) id: String,
    /// The version of a managed agent.
    pub(super) version: String,
    pub(super) voice: String,
    /// The introduction; may be empty.
    pub(super) introduction: String,
}

/// The settings of the client.
#[derive(Debug)]
pub(super) enum Command {
    /// To begin: the first message must be this.
    Start(Start),
    Audio(Vec<u8>),
    /// A key was pressed (DTMF).
    Key(char),
    /// The agent speaks a text.
    Say(String),
    /// The agent is to answer with this message.
    Answer(String),
    /// The agent ends the call, for this reason.
    End(String),
    Nothing,
}

#[derive(Debug)]
pub(super) struct Start {
    pub(super) format: RawFormat,
    /// In place of the agent's own.
    pub(super) voice: Option<String>,
    pub(super) introduction: Option<String>,
}

/// The message format of a call.
pub(super) trait Dialect: std::fmt::Debug + Send {
    /// Reads a message, or returns its error.
    fn read(&mut self, message: &Value) -> Result<Command, String>;

    /// The answer to the start.
    fn ready(&self, agent: &Agent, start: &Start) -> String;

    /// The message for an event, if there is one.
    fn event(&self, event: &Event) -> Option<String>;

    /// The error for an invalid message; `None` if it ends the call.
    fn error(&self, what: &str, fatal: bool) -> Option<String>;
}

/// The formats of audio in both directions, by name.
const FORMATS: [(&str, RawEncoding, u32); 4] = [
    ("mulaw_8000", RawEncoding::PcmMulaw, 8_000),
    ("pcm_16000", RawEncoding::PcmS16Le, 16_000),
    ("pcm_24000", RawEncoding::PcmS16Le, 24_000),
    ("pcm_44100", RawEncoding::PcmS16Le, 44_100),
];

/// The format that a field names.
pub(super) fn format(name: &Value) -> Result<RawFormat, String> {
    let found = FORMATS.iter().find(|(known, ..)| name == known);
    let (_, encoding, rate) = found.ok_or_else(|| {
        let names = FORMATS.map(|(name, ..)| name).join(", ");
        format!("`input_format` must be one of {names}")
    })?;
    Ok(RawFormat::new(*encoding, *rate))
}

/// The name of a format.
pub(super) fn format_name(format: RawFormat) -> &'static str {
    let same = |(_, encoding, rate): &&(&str, RawEncoding, u32)| {
        (*encoding, *rate) == (format.encoding, format.sample_rate)
    };
    FORMATS.iter().find(same).map_or("", |(name, ..)| name)
}

/// Audio in base64.
pub(super) fn audio(name: &str, value: &Value) -> Result<Command, String> {
    let text = value.as_str();
    let text = text.ok_or_else(|| format!("`{name}` must be a string"))?;
    let audio = STANDARD.decode_to_vec(text);
    let audio = audio.map_err(|_| format!("`{name}` is not base64"))?;
    Ok(Command::Audio(audio))
}

/// A key of a telephone.
pub(super) fn key(name: &str, value: &Value) -> Result<Command, String> {
    let mut keys = value.as_str().unwrap_or_default().chars();
    match (keys.next(), keys.next()) {
        (Some(key @ ('0'..='9' | '*' | '#')), None) => Ok(Command::Key(key)),
        _ => Err(format!("`{name}` must be one of 0 to 9, * and #")),
    }
}

pub(super) fn base64(audio: &[u8]) -> String {
    STANDARD.encode_to_string(audio)
}
