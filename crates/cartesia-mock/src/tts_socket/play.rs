//! What a script does to a connection.

use std::sync::Arc;
use std::time::Duration;

use cartesia_types::ApiVersion;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::connection::{Connection, Exit};
use super::context::Context;
use super::contexts::Hold;
use super::messages::{Message, PARTIAL};
use super::script::{Action, ContextName, ErrorShape, Moment, Occasion};
use crate::rejection::Rejection;

/// Bytes of a chunk after a cancellation: whole samples in every encoding.
const LATE: usize = 320;

/// A context: its number on the connection, and its name.
type Which<'a> = (u64, &'a Arc<str>);

impl Connection {
    /// Does what the script has for this moment.
    pub(super) fn play(&mut self, moment: Moment, context: Option<Which<'_>>) {
        let actions = self.state.sockets.script.take(Occasion {
            moment,
            connection: self.number,
            context: context.map(|(number, id)| ContextName { id, number }),
        });
        for action in actions {
            if self.is_open() {
                self.act(action, context);
            }
        }
    }

    fn act(&mut self, action: Action, context: Option<Which<'_>>) {
        match action {
            Action::Reset => self.exit(Exit::Reset),
            Action::HangUp => self.exit(Exit::Shutdown),
            Action::StallSocket => self.exit(Exit::Never),
            Action::Close { code, reason } => self.close(code, &reason),
            Action::NoPong => self.manners.no_pong = true,
            Action::Fragment { frames, pings } => self.outbox.cut(frames, pings),
            Action::UnknownFields => self.manners.unknown_fields = true,
            Action::NullOptionals => self.manners.null_optionals = true,
            Action::MalformedJson => {
                self.outbox.text(r#"{"type":"chunk","status_code":206,"da"#);
            }
            Action::Say { text } => self.outbox.text(text),
            Action::Binary { bytes } => self.outbox.binary(bytes),
            Action::UnknownType => {
                let id = context.map(|(_, id)| &**id);
                let message = json!({"type": "hologram", "context_id": id, "status_code": PARTIAL,
                                     "done": false, "depth": [1, 2, 3]});
                self.say(message.to_string());
            }
            Action::BigFrame { bytes } => {
                let id = context.map_or_else(|| "".into(), |(_, id)| Arc::clone(id));
                self.silence(&id, 1, bytes.div_ceil(4) * 3, false);
            }
            Action::ForeignChunk { context_id } => self.silence(&context_id, 1, LATE, false),
            Action::Error {
                status,
                code,
                context: named,
                shape,
            } => {
                let context = context.filter(|_| named);
                let structured = match shape {
                    Some(shape) => shape == ErrorShape::Structured,
                    None => self.version >= ApiVersion::V2026_03_01,
                };
                let rejection = Rejection::scripted(status, code);
                self.say_error(&rejection, structured, context.map(|(_, id)| &**id));
                if let Some((key, _)) = context {
                    self.contexts.remove(key);
                }
            }
            other => {
                if let Some(context) = context {
                    self.act_on(&other, context);
                }
            }
        }
    }

    /// What can be done to contexts alone.
    fn act_on(&mut self, action: &Action, (key, id): Which<'_>) {
        let now = Instant::now();
        let flush_id = self
            .contexts
            .get_mut(key)
            .map_or(1, |context| context.flush_id());
        match *action {
            Action::Delay { milliseconds } => {
                let until = now + Duration::from_millis(milliseconds);
                self.contexts.hold(key, Hold::Until(until), now);
            }
            Action::Stall => self.contexts.hold(key, Hold::Forever, now),
            Action::Interleave { contexts } => {
                self.contexts.hold(key, Hold::Contexts(contexts), now);
            }
            Action::EmptyData => self.silence(id, flush_id, 0, false),
            Action::OddData => self.silence(id, flush_id, 3, false),
            Action::ChunkSize { bytes } => {
                if let Some(context) = self.contexts.get_mut(key) {
                    context.set_chunk_size(bytes);
                }
            }
            Action::ChunkDone => {
                self.silence(id, flush_id, 0, true);
                self.contexts.remove(key);
            }
            Action::FlushDone => {
                let label = self.contexts.get_mut(key).map_or(1, Context::next_flush);
                self.say_of(id, &Message::FlushDone(label));
            }
            Action::Done { status } => {
                self.say_of(id, &Message::Done { status });
                self.contexts.remove(key);
            }
            Action::DuplicateDone => {
                for _ in 0..2 {
                    self.say_of(id, &Message::Done { status: PARTIAL });
                }
                self.contexts.remove(key);
            }
            Action::LateChunks { count, done } => {
                for _ in 0..count {
                    self.silence(id, flush_id, LATE, false);
                }
                if done {
                    self.say_of(id, &Message::Done { status: PARTIAL });
                }
                self.contexts.remove(key);
            }
            _ => {}
        }
    }

    /// Says a chunk of so many bytes of zeros.
    fn silence(&mut self, context_id: &str, flush_id: u32, bytes: usize, done: bool) {
        let chunk = Message::Chunk {
            audio: vec![0; bytes],
            step_time: 1.5,
            flush_id,
            done,
        };
        self.say_of(context_id, &chunk);
    }

    /// The message with the fields that the script wants in it.
    pub(super) fn mannered(&self, text: String) -> String {
        if !self.manners.unknown_fields && !self.manners.null_optionals {
            return text;
        }
        let Ok(Value::Object(mut message)) = serde_json::from_str(&text) else {
            return text;
        };
        if self.manners.unknown_fields {
            message.insert(
                "hue".to_owned(),
                json!({"degrees": 12.5, "names": ["teal", null]}),
            );
        }
        if self.manners.null_optionals {
            nullify(&mut message);
        }
        Value::Object(message).to_string()
    }
}

/// Writes every optional field of a message as null, those too that it does not have.
fn nullify(message: &mut Map<String, Value>) {
    const OPTIONAL: [(&str, &[&str]); 5] = [
        ("chunk", &["flush_id"]),
        ("timestamps", &["flush_id", "word_timestamps"]),
        ("phoneme_timestamps", &["flush_id", "phoneme_timestamps"]),
        ("done", &["flush_id"]),
        ("error", &["error_code", "request_id", "doc_url"]),
    ];
    let kind = message
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let fields = OPTIONAL.iter().find(|(name, _)| *name == kind);
    for field in fields.map_or(&[][..], |(_, fields)| fields) {
        message.insert((*field).to_owned(), Value::Null);
    }
}
