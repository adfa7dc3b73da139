//! What a script does to contexts.

use std::sync::Arc;
use std::time::Duration;

use cartesia_types::ApiVersion;
use tokio::time::Instant;

use super::context::Context;
use super::contexts::Hold;
use super::messages::{Message, PARTIAL};
use super::talk::{Speaking, say_of};
use crate::fault::set_field;
use crate::rejection::Rejection;
use crate::socket::{Action, ContextName, ErrorShape, Line, Moment};

/// Bytes of a chunk after a cancellation: whole samples in every encoding.
const LATE: usize = 320;

/// A context: its number on the connection, and its name.
type Which<'a> = (u64, &'a Arc<str>);

impl Speaking {
    /// Does what the script has for this moment.
    pub(super) fn play(&mut self, line: &mut Line, moment: Moment, context: Option<Which<'_>>) {
        let name = context.map(|(number, id)| ContextName { id, number });
        for action in line.actions(moment, name) {
            if line.is_open()
                && let Some(action) = line.act(action)
            {
                self.act(line, action, context);
            }
        }
    }

    fn act(&mut self, line: &mut Line, action: Action, context: Option<Which<'_>>) {
        match action {
            Action::UnknownType => line.say_unknown(context.map(|(_, id)| &**id)),
            Action::BigFrame { bytes } => {
                let id = context.map_or_else(|| "".into(), |(_, id)| Arc::clone(id));
                silence(line, &id, 1, bytes.div_ceil(4) * 3, false);
            }
            Action::ForeignChunk { context_id } => silence(line, &context_id, 1, LATE, false),
            Action::Error {
                status,
                code,
                context: named,
                shape,
                done,
            } => {
                let context = context.filter(|_| named);
                let structured = match shape {
                    Some(shape) => shape == ErrorShape::Structured,
                    None => line.version >= ApiVersion::V2026_03_01,
                };
                let rejection = Rejection::scripted(status, code);
                let id = context.map(|(_, id)| &**id);
                let error = self.error_text(line, &rejection, structured, id);
                if !done {
                    line.say(set_field(&error, "done", &false.into()));
                    return;
                }
                line.say(error);
                if let Some((key, _)) = context {
                    self.contexts.remove(key);
                }
            }
            other => {
                if let Some(context) = context {
                    self.act_on(line, &other, context);
                }
            }
        }
    }

    /// What can be done to contexts alone.
    fn act_on(&mut self, line: &mut Line, action: &Action, (key, id): Which<'_>) {
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
            Action::EmptyData => silence(line, id, flush_id, 0, false),
            Action::OddData => silence(line, id, flush_id, 3, false),
            Action::ChunkSize { bytes } => {
                if let Some(context) = self.contexts.get_mut(key) {
                    context.set_chunk_size(bytes);
                }
            }
            Action::ChunkDone => {
                silence(line, id, flush_id, 0, true);
                self.contexts.remove(key);
            }
            Action::FlushDone => {
                let label = self.contexts.get_mut(key).map_or(1, Context::next_flush);
                say_of(line, id, &Message::FlushDone(label));
            }
            Action::Done { status } => {
                say_of(line, id, &Message::Done { status });
                self.contexts.remove(key);
            }
            Action::DuplicateDone => {
                for _ in 0..2 {
                    say_of(line, id, &Message::Done { status: PARTIAL });
                }
                self.contexts.remove(key);
            }
            Action::LateChunks { count, done } => {
                for _ in 0..count {
                    silence(line, id, flush_id, LATE, false);
                }
                if done {
                    say_of(line, id, &Message::Done { status: PARTIAL });
                }
                self.contexts.remove(key);
            }
            _ => {}
        }
    }
}

/// Says a chunk of so many bytes of zeros.
fn silence(line: &mut Line, context_id: &str, flush_id: u32, bytes: usize, done: bool) {
    let chunk = Message::Chunk {
        audio: vec![0; bytes],
        step_time: 1.5,
        flush_id,
        done,
    };
    say_of(line, context_id, &chunk);
}
