//! The contexts of a connection: routing of messages, and scheduling.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::context::{Context, Manner, Outcome};
use super::messages::Message;
use super::request::{Input, Refusal};
use super::schedule::{Place, Schedule};
use crate::hash;
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::state::State;
use crate::stats::Payer;

/// The contexts of a connection.
#[derive(Debug)]
pub(super) struct Contexts {
    state: Arc<State>,
    manner: Manner,
    keys: HashMap<Arc<str>, u64>,
    live: HashMap<u64, Live>,
    schedule: Schedule,
    /// The number of all objects ever created.
    opened: u64,
    /// Who pays for them.
    payer: Payer,
    /// Numbers the identifiers of contexts that the client did not name.
    seed: u64,
}

#[derive(Debug)]
struct Live {
    context: Context,
    /// Where it is in the schedule; `None` while it is held for something that has no time.
    place: Option<Place>,
    hold: Hold,
    /// Whether its end was announced to the script.
    ending: bool,
}

/// What a context waits for on top of what it waits for anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Nothing,
    Until(Instant),
    /// Until this many contexts were created.
    Contexts(u64),
    Forever,
}

/// A context that took an input.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) key: u64,
    pub(super) id: Arc<str>,
    /// Whether it was made for this.
    pub(super) is_new: bool,
}

/// What a step of a context gave.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) key: u64,
    pub(super) id: Arc<str>,
    /// The chunks of the context so far.
    pub(super) chunks: u32,
    pub(super) messages: Vec<Message>,
}

impl Contexts {
    pub(super) fn new(state: Arc<State>, caller: &Caller) -> Self {
        let settings = &state.settings;
        let manner = Manner {
            pace: settings.pace,
            latency: Duration::ZERO,
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
            payer: caller.payer.clone(),
            seed: hash::stable(&[b"context", caller.request_id.as_bytes()]),
        }
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.schedule.next_due()
    }

    /// Gives an input to its context, which is made if there is none. A refusal ends the context.
    pub(super) fn receive(&mut self, mut input: Input, now: Instant) -> Result<Taken, Refusal> {
        let id: Arc<str> = if let Some(id) = &input.context_id {
            id.as_str().into()
        } else {
            // No message can name it, so no more input can come.
            input.more = false;
            hash::uuid(self.seed.wrapping_add(self.opened)).into()
        };
        let refused = |rejection| Refusal {
            context_id: Some(id.to_string()),
            rejection,
        };
        let (key, is_new) = match self.keys.get(&id) {
            Some(key) => (*key, false),
            None => (self.open(&id, &mut input, now).map_err(refused)?, true),
        };
        if let Some(live) = self.live.get_mut(&key) {
            if let Err(rejection) = accept(&live.context, &input) {
                self.remove(key);
                return Err(refused(rejection));
            }
            live.context.receive(&input, now);
            self.reschedule(key, now);
        }
        Ok(Taken { key, id, is_new })
    }

    fn open(&mut self, id: &Arc<str>, input: &mut Input, now: Instant) -> Result<u64, Rejection> {
        if input.is_unspeakable() {
            return Err(Rejection::bad_request(
                "the first transcript for a context of the WebSocket is empty or punctuation only",
            ));
        }
        let limit = self.state.settings.socket.context_limit;
        let Some(seat) = self.state.sockets.contexts.take(limit, &self.payer) else {
            return Err(Rejection::too_many_contexts(limit.unwrap_or_default()));
        };
        self.opened += 1;
        let key = self.opened;
        let manner = Manner {
            latency: self.state.next_latency(),
            ..self.manner.clone()
        };
        let context = Context::new(Arc::clone(id), input, seat, manner, now);
        self.keys.insert(Arc::clone(id), key);
        let live = Live {
            context,
            place: None,
            hold: Hold::Nothing,
            ending: false,
        };
        self.live.insert(key, live);
        self.release(now);
        Ok(key)
    }

    /// Lets those go that waited for as many contexts as there have been now.
    fn release(&mut self, now: Instant) {
        let enough = |hold| matches!(hold, Hold::Contexts(wanted) if wanted <= self.opened);
        let mut free: Vec<u64> = self
            .live
            .iter()
            .filter(|(_, live)| enough(live.hold))
            .map(|(key, _)| *key)
            .collect();
        free.sort_unstable();
        for key in free {
            self.hold(key, Hold::Nothing, now);
        }
    }

    /// Holds a context back, or lets it go.
    pub(super) fn hold(&mut self, key: u64, hold: Hold, now: Instant) {
        if let Some(live) = self.live.get_mut(&key) {
            live.hold = match hold {
                Hold::Contexts(wanted) if wanted <= self.opened => Hold::Nothing,
                hold => hold,
            };
            self.reschedule(key, now);
        }
    }

    /// The number of the context that has this name now; the first of a connection has 1.
    pub(super) fn key(&self, id: &str) -> Option<u64> {
        self.keys.get(id).copied()
    }

    pub(super) fn get_mut(&mut self, key: u64) -> Option<&mut Context> {
        self.live.get_mut(&key).map(|live| &mut live.context)
    }

    pub(super) fn is_alive(&self, key: u64) -> bool {
        self.live.contains_key(&key)
    }

    /// Whether its end is announced for the first time.
    pub(super) fn announces_end(&mut self, key: u64) -> bool {
        let live = self.live.get_mut(&key);
        live.is_some_and(|live| !std::mem::replace(&mut live.ending, true))
    }

    /// Whether it may speak now.
    pub(super) fn is_held(&self, key: u64) -> bool {
        let live = self.live.get(&key);
        live.is_some_and(|live| live.hold != Hold::Nothing)
    }

    /// Cancels a context; has no effect on one that is unknown or has ended.
    pub(super) fn cancel(&mut self, key: u64, now: Instant) {
        if let Some(live) = self.live.get_mut(&key) {
            live.context.cancel();
            self.reschedule(key, now);
        }
    }

    /// Ends all of them without a word.
    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.live.clear();
        self.schedule = Schedule::default();
    }

    /// Lets the context that is due take its turn; `None` when none is. One that says `done` is still
    /// there, and is to be ended.
    pub(super) fn step(&mut self, now: Instant) -> Option<Step> {
        let key = self.schedule.take_due(now)?;
        let live = self.live.get_mut(&key)?;
        let mut messages = Vec::new();
        live.place = None;
        if matches!(live.hold, Hold::Until(_)) {
            live.hold = Hold::Nothing;
        }
        let outcome = live.context.step(now, &mut messages);
        let (id, chunks) = (Arc::clone(live.context.id()), live.context.chunks());
        if outcome == Outcome::Alive {
            self.reschedule(key, now);
        }
        Some(Step {
            key,
            id,
            chunks,
            messages,
        })
    }

    fn reschedule(&mut self, key: u64, now: Instant) {
        if let Some(live) = self.live.get_mut(&key) {
            if let Some(place) = live.place.take() {
                self.schedule.remove(place);
            }
            let due = live.context.due();
            let due = match live.hold {
                Hold::Nothing => due,
                Hold::Until(time) => due.max(time),
                Hold::Contexts(_) | Hold::Forever => return,
            };
            live.place = Some(self.schedule.put(key, due, now));
        }
    }

    /// Ends a context without a word.
    pub(super) fn remove(&mut self, key: u64) {
        if let Some(live) = self.live.remove(&key) {
            if let Some(place) = live.place {
                self.schedule.remove(place);
            }
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
