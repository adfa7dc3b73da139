//! What a script does to contexts.

use std::sync::Arc;
use std::time::Duration;

use cartesia_types::ApiVersion;
use tokio::time::Instant;

use super::context::Context;
use super::contexts::Hold;
use super::endpoint::{Speaking, say_of};
use super::messages::{Message, PARTIAL};
use crate::clock;
use crate::fault::set_field;
use crate::rejection::Rejection;
use crate::socket::{Action, Channel, ContextName, ErrorShape, Moment};

/// Bytes of a chunk after a cancellation: whole samples in every encoding.
const LATE: usize = 320;

/// A context: its number on the connection, and its name.
type Which<'a> = (u64, &'a Arc<str>);

impl Speaking {
    /// Performs the actions of the script for this moment.
    pub(super) fn play(
        &mut self,
        channel: &mut Channel,
        moment: Moment,
        context: Option<Which<'_>>,
    ) {
        let name = context.map(|(number, id)| ContextName { id, number });
        for action in channel.actions(moment, name) {
            if channel.is_open()
                && let Some(action) = channel.act(action)
            {
                self.act(channel, action, context);
            }
        }
    }

    fn act(&mut self, channel: &mut Channel, action: Action, context: Option<Which<'_>>) {
        match action {
            Action::UnknownType => channel.say_unknown(context.map(|(_, id)| &**id)),
            Action::BigFrame { bytes } => {
                let id = context.map_or_else(|| "".into(), |(_, id)| Arc::clone(id));
                silence(channel, &id, 1, bytes.div_ceil(4) * 3, false);
            }
            Action::ForeignChunk { context_id } => silence(channel, &context_id, 1, LATE, false),
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
                    None => channel.version >= ApiVersion::V2026_03_01,
                };
                let rejection = Rejection::scripted(status, code);
                let id = context.map(|(_, id)| &**id);
                let error = self.error_text(channel, &rejection, structured, id);
                if !done {
                    channel.say(set_field(&error, "done", &false.into()));
                    return;
                }
                channel.say(error);
                if let Some((key, _)) = context {
                    self.contexts.remove(key);
                }
            }
            other => {
                if let Some(context) = context {
                    self.act_on(channel, &other, context);
                }
            }
        }
    }

    /// The actions for contexts.
    fn act_on(&mut self, channel: &mut Channel, action: &Action, (key, id): Which<'_>) {
        let now = Instant::now();
        let flush_id = self
            .contexts
            .get_mut(key)
            .map_or(1, |context| context.flush_id());
        match *action {
            Action::Delay { milliseconds } => {
                let until = clock::after(now, Duration::from_millis(milliseconds));
                self.contexts.hold(key, Hold::Until(until), now);
            }
            Action::Stall => self.contexts.hold(key, Hold::Forever, now),
            Action::Interleave { contexts } => {
                self.contexts.hold(key, Hold::Contexts(contexts), now);
            }
            Action::EmptyData => silence(channel, id, flush_id, 0, false),
            Action::OddData => silence(channel, id, flush_id, 3, false),
            Action::ChunkSize { bytes } => {
                if let Some(context) = self.contexts.get_mut(key) {
                    context.set_chunk_size(bytes);
                }
            }
            Action::ChunkDone => {
                silence(channel, id, flush_id, 0, true);
                self.contexts.remove(key);
            }
            Action::FlushDone => {
                let label = self.contexts.get_mut(key).map_or(1, Context::next_flush);
                say_of(channel, id, &Message::FlushDone(label));
            }
            Action::Done { status } => {
                say_of(channel, id, &Message::Done { status });
                self.contexts.remove(key);
            }
            Action::DuplicateDone => {
                for _ in 0..2 {
                    say_of(channel, id, &Message::Done { status: PARTIAL });
                }
                self.contexts.remove(key);
            }
            Action::LateChunks { count, done } => {
                for _ in 0..count {
                    silence(channel, id, flush_id, LATE, false);
                }
                if done {
                    say_of(channel, id, &Message::Done { status: PARTIAL });
                }
                self.contexts.remove(key);
            }
            _ => {}
        }
    }
}

/// Sends a chunk of this many zero bytes.
fn silence(channel: &mut Channel, context_id: &str, flush_id: u32, bytes: usize, done: bool) {
    let chunk = Message::Chunk {
        audio: vec![0; bytes],
        step_time: 1.5,
        flush_id,
        done,
    };
    say_of(channel, context_id, &chunk);
}
