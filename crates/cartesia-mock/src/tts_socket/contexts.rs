//! The contexts of a connection: which message belongs to which, and who is next.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::context::{Context, Manner, Outcome};
use super::messages::Message;
use super::request::{Input, Refusal};
use super::schedule::{Place, Schedule};
use crate::hash;
use crate::rejection::Rejection;
use crate::state::State;

/// The contexts of a connection.
#[derive(Debug)]
pub(super) struct Contexts {
    state: Arc<State>,
    manner: Manner,
    keys: HashMap<Arc<str>, u64>,
    live: HashMap<u64, Live>,
    schedule: Schedule,
    /// How many there ever were.
    opened: u64,
    /// Numbers the identifiers of contexts that the client did not name.
    seed: u64,
}

#[derive(Debug)]
struct Live {
    context: Context,
    place: Place,
}

/// What a step of a context gave.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) id: Arc<str>,
    pub(super) messages: Vec<Message>,
}

impl Contexts {
    pub(super) fn new(state: Arc<State>, request_id: &str) -> Self {
        let settings = &state.settings;
        let manner = Manner {
            pace: settings.pace,
            latency: settings.latency,
            chunk_size: settings.socket.chunk_size,
            expiry: settings.socket.expiry,
        };
        Self {
            manner,
            state,
            keys: HashMap::new(),
            live: HashMap::new(),
            schedule: Schedule::default(),
            opened: 0,
            seed: hash::stable(&[b"context", request_id.as_bytes()]),
        }
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.schedule.next_due()
    }

    /// Gives an input to its context, which is made if there is none. A refusal ends the context.
    pub(super) fn receive(&mut self, mut input: Input, now: Instant) -> Result<(), Refusal> {
        let id: Arc<str> = match &input.context_id {
            Some(id) => id.as_str().into(),
            // Nobody can name it, so nothing more can come.
            None => {
                input.more = false;
                hash::uuid(self.seed.wrapping_add(self.opened)).into()
            }
        };
        let refused = |rejection| Refusal {
            context_id: Some(id.to_string()),
            rejection,
        };
        let key = match self.keys.get(&id) {
            Some(key) => *key,
            None => self.open(&id, &mut input, now).map_err(refused)?,
        };
        let Some(live) = self.live.get_mut(&key) else {
            return Ok(());
        };
        if let Err(rejection) = accept(&live.context, &input) {
            self.remove(key);
            return Err(refused(rejection));
        }
        live.context.receive(&input, now);
        self.reschedule(key, now);
        Ok(())
    }

    fn open(&mut self, id: &Arc<str>, input: &mut Input, now: Instant) -> Result<u64, Rejection> {
        if input.is_unspeakable() {
            return Err(Rejection::bad_request(
                "the first transcript for a context of the WebSocket is empty or punctuation only",
            ));
        }
        let limit = self.state.settings.socket.context_limit;
        let Some(seat) = self.state.sockets.contexts.take(limit) else {
            return Err(Rejection::too_many_contexts(limit.unwrap_or_default()));
        };
        self.opened += 1;
        let key = self.opened;
        let context = Context::new(Arc::clone(id), input, seat, self.manner.clone(), now);
        let place = self.schedule.put(key, context.due(), now);
        self.keys.insert(Arc::clone(id), key);
        self.live.insert(key, Live { context, place });
        Ok(key)
    }

    /// Cancels a context; one that is unknown or over is none of anybody's concern.
    pub(super) fn cancel(&mut self, id: &str, now: Instant) {
        if let Some(key) = self.keys.get(id).copied()
            && let Some(live) = self.live.get_mut(&key)
        {
            live.context.cancel();
            self.reschedule(key, now);
        }
    }

    /// Ends a context without a word.
    pub(super) fn end(&mut self, id: &str) {
        if let Some(key) = self.keys.get(id).copied() {
            self.remove(key);
        }
    }

    /// Ends all of them without a word.
    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.live.clear();
        self.schedule = Schedule::default();
    }

    /// Lets the context that is due take its turn; `None` when none is.
    pub(super) fn step(&mut self, now: Instant) -> Option<Step> {
        let key = self.schedule.take_due(now)?;
        let live = self.live.get_mut(&key)?;
        let mut messages = Vec::new();
        let outcome = live.context.step(now, &mut messages);
        let id = Arc::clone(live.context.id());
        match outcome {
            Outcome::Alive => live.place = self.schedule.put(key, live.context.due(), now),
            Outcome::Over => self.remove(key),
        }
        Some(Step { id, messages })
    }

    fn reschedule(&mut self, key: u64, now: Instant) {
        if let Some(live) = self.live.get_mut(&key) {
            self.schedule.remove(live.place);
            live.place = self.schedule.put(key, live.context.due(), now);
        }
    }

    fn remove(&mut self, key: u64) {
        if let Some(live) = self.live.remove(&key) {
            self.schedule.remove(live.place);
            self.keys.remove(live.context.id());
        }
    }
}

/// Whether a context takes an input.
fn accept(context: &Context, input: &Input) -> Result<(), Rejection> {
    if !context.is_open() {
        return Err(Rejection::bad_request(
            "the context takes no more inputs: it was ended or cancelled",
        ));
    }
    // Clients used to close contexts with an empty input and settings from nowhere.
    if input.transcript.is_empty() {
        return Ok(());
    }
    match input.first_change(context.settings()) {
        None => Ok(()),
        Some(name) => Err(Rejection::bad_request(format!(
            "`{name}` must be the same in all inputs of a context"
        ))),
    }
}
