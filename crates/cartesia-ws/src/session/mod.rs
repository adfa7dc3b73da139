//! Text to speech, as a state machine without socket or clock: many contexts on one connection.
//!
//! Each event is a method call with its time, and the session answers with [`Effect`]s, which the driver
//! performs in order. So tests can try every order of events, and no decision about the protocol is hidden in
//! socket code.

mod context;
mod event;
pub(crate) mod identifier;
mod inbound;
mod loss;
mod opening;
mod owners;
#[cfg(test)]
mod tests;
mod timeouts;
mod timers;
mod tombstones;
mod wire;

use std::borrow::Cow;
use std::collections::HashSet;
use std::time::{Duration, Instant};

use cartesia_core::{ReconnectPolicy, Secret, Timeouts};
use cartesia_types::ErrorKind;
use cartesia_types::tts::{CancelRequest, ContextId, Done, Event};

use self::context::Context;
pub(crate) use self::opening::{Delivery, Opening};
use self::owners::Owners;
use self::timers::Timers;
use self::tombstones::Tombstones;
use crate::endpoint;
use crate::link::Link;
use crate::protocol::{self, Order, Protocol};
use crate::stats::ConnectionStats;
use crate::{CloseInfo, Error};

const CONNECTION: &str = "tts.connection";
const CONTEXT: &str = "tts.context";

#[cfg(test)]
pub(crate) use self::event::OVERHEAD;
pub(crate) use crate::protocol::{Key, KeyMap};
/// The effects that the driver performs.
pub(crate) type Effect = protocol::Effect<Event>;

/// The rules of the session.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) timeouts: Timeouts,
    pub(crate) reconnect: ReconnectPolicy,
    /// Replay a context after a lost connection if none of it was delivered.
    pub(crate) replay: bool,
    /// Begin a new context on the wire when the service ended one because no text came.
    pub(crate) continue_expired: bool,
    /// The time that incomplete text (half a word) is held back.
    pub(crate) settle: Duration,
    /// Connect again when an idle connection has ended.
    pub(crate) keep_warm: bool,
}

/// The commands of a caller.
pub(crate) enum Command {
    Open(Key, Box<Opening>),
    /// Text, to be cut where a cut is inaudible, and its delivery if it is not that of the context.
    Text(Key, String, Option<Delivery>),
    /// The whole text of a context, or its last part, sent unchanged; then the end.
    Last(Key, String),
    Flush(Key),
    Finish(Key),
    Cancel(Key),
    /// Connect if there is no connection.
    Warm,
    /// Take no new contexts; close when the last one has ended.
    Drain,
    Close,
}

impl From<Order<Opening>> for Command {
    fn from(order: Order<Opening>) -> Self {
        match order {
            Order::Open(key, opening) => Self::Open(key, opening),
            Order::Finish(key) => Self::Finish(key),
            Order::Cancel(key) => Self::Cancel(key),
            Order::Warm => Self::Warm,
            Order::Drain => Self::Drain,
            Order::Close => Self::Close,
        }
    }
}

/// Counters.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Contexts that were replayed on another connection, or under another identifier.
    pub(crate) replays: u64,
    /// Contexts that the service ended before their text was complete.
    pub(crate) expirations: u64,
    /// Contexts that were continued under another identifier.
    pub(crate) continuations: u64,
    /// Attempts of contexts that were rejected because too many ran.
    pub(crate) rejected: u64,
    /// Messages for contexts that had ended.
    pub(crate) late_messages: u64,
    /// Messages for contexts that were never known.
    pub(crate) foreign_messages: u64,
    /// Messages that could not be decoded, or that held audio and named no context.
    pub(crate) undecodable_messages: u64,
}

/// The state of a connection and of all its contexts.
pub(crate) struct Session {
    rules: Rules,
    /// Boxed, so that the table is small.
    contexts: KeyMap<Box<Context>>,
    /// Identifiers of open contexts, as callers know them.
    names: HashSet<ContextId>,
    /// Identifiers on the wire.
    owners: Owners,
    tombstones: Tombstones,
    timers: Timers,
    link: Link,
    /// A caller waits for a connection although no context needs one yet.
    wanted: bool,
    draining: bool,
    pub(crate) counters: Counters,
}

impl Session {
    /// A session without a connection. `seed` decides the jitter.
    pub(crate) fn new(rules: Rules, seed: u64) -> Self {
        let (timeouts, reconnect) = (rules.timeouts, rules.reconnect.clone());
        Self {
            rules,
            contexts: KeyMap::default(),
            names: HashSet::new(),
            owners: Owners::default(),
            tombstones: Tombstones::default(),
            timers: Timers::default(),
            link: Link::new(CONNECTION, timeouts, reconnect, seed),
            wanted: false,
            draining: false,
            counters: Counters::default(),
        }
    }

    /// Returns the number of open contexts.
    pub(crate) fn live(&self) -> usize {
        self.contexts.len()
    }

    pub(crate) fn is_up(&self) -> bool {
        self.link.is_up()
    }

    fn open(&mut self, key: Key, opening: Opening, out: &mut Vec<Effect>) {
        let refused = if self.draining || self.link.is_ending() {
            Some((
                ErrorKind::Closed,
                "the connection takes no new contexts: it was closed",
            ))
        } else if self.names.contains(&opening.id) {
            let message = "another context with this identifier is open on this connection; choose another `context_id`";
            Some((ErrorKind::InvalidRequest, message))
        } else {
            None
        };
        if let Some((kind, message)) = refused {
            out.push(Effect::End(key, Some(Error::new(kind, CONTEXT, message))));
            return;
        }
        self.names.insert(opening.id.clone());
        self.contexts.insert(key, Box::new(Context::new(opening)));
    }

    fn with(
        &mut self,
        now: Instant,
        key: Key,
        out: &mut Vec<Effect>,
        change: impl FnOnce(&mut Context),
    ) {
        // Text for a context that has failed: its reader knows. Input after the end of the text would cut
        // what is being spoken.
        let Some(context) = self.contexts.get_mut(&key).filter(|it| !it.finished) else {
            return;
        };
        change(context);
        if context.finished && context.wire.is_none() {
            // Not sent: the service rejects a context without text to speak.
            self.complete(now, key, out);
        } else {
            self.write(now, key, out);
        }
    }

    /// Sends the pending inputs of a context, if that is possible now.
    fn write(&mut self, now: Instant, key: Key, out: &mut Vec<Effect>) {
        let Some(context) = self.contexts.get_mut(&key) else {
            return;
        };
        let up = self.link.is_up();
        if context.hold_until.is_none() && up {
            // Taken out, so that the context can be read while its wire changes.
            if let Some(mut wire) = context.wire.take() {
                while let Some(input) = wire.next_input(now) {
                    let id = wire.id.get_or_insert_with(|| {
                        // Only the first life has the name that the caller chose, also on another
                        // connection: the logs of both sides then tell the lives apart.
                        let mut id = context.id.clone();
                        let mut taken = std::mem::replace(&mut context.named, true);
                        while taken
                            || self.tombstones.contains(id.as_str())
                            || self.owners.contains(id.as_str())
                        {
                            taken = false;
                            id = another(&context.id, &mut self.link.random);
                        }
                        if std::mem::take(&mut context.expired) {
                            self.counters.continuations += 1;
                        }
                        self.owners.insert(id.clone(), key);
                        id
                    });
                    let id = id.clone();
                    out.push(Effect::Send(key, context.message(&id, &input)));
                }
                context.wire = Some(wire);
            }
        } else if !up && context.wire.is_some() {
            self.link.connect_if_down(out);
        }
        self.arm(key);
    }

    /// Ends a context successfully.
    fn complete(&mut self, now: Instant, key: Key, out: &mut Vec<Effect>) {
        if let Some(context) = self.remove(now, key, out) {
            let mut done = Done::default();
            done.context_id = Some(context.id);
            out.push(Effect::Deliver(key, Event::Done(done)));
            out.push(Effect::End(key, None));
        }
    }

    /// Ends a context with an error.
    fn fail(&mut self, now: Instant, key: Key, error: Error, out: &mut Vec<Effect>) {
        if let Some(context) = self.remove(now, key, out) {
            // The context has delivered events, so its reader gets an incomplete stream.
            let kind = match error.kind() {
                ErrorKind::Closed if context.received() > 0 => ErrorKind::Incomplete,
                kind => kind,
            };
            let request_id = error.request_id().or(self.link.request_id());
            let request_id = request_id.map(str::to_owned);
            let error = error
                .with_kind(kind)
                .with_bytes_received(context.received())
                .with_unspoken(context.unspoken())
                .with_request_id(request_id);
            out.push(Effect::End(key, Some(error)));
        }
    }

    /// Removes a context, and cancels it at the service if it still runs there.
    fn remove(&mut self, now: Instant, key: Key, out: &mut Vec<Effect>) -> Option<Context> {
        let context = *self.contexts.remove(&key)?;
        self.names.remove(&context.id);
        if self.contexts.is_empty() {
            // Without contexts there is no need to connect.
            self.timers.clear();
        }
        if let Some(id) = context.wire.as_ref().and_then(|wire| wire.id.clone()) {
            if self.is_up() {
                out.push(Effect::Cancel(key, cancel_message(&id)));
                self.tombstones.cancel(now, id.clone(), key);
            }
            self.owners.remove(id.as_str());
            self.tombstones.insert(now, id);
        }
        Some(context)
    }

    fn close(&mut self, now: Instant, out: &mut Vec<Effect>) {
        self.draining = true;
        let mut keys: Vec<_> = self.contexts.keys().copied().collect();
        keys.sort_unstable();
        for key in keys {
            let message = "the caller closed the connection";
            let error = Error::new(ErrorKind::Cancelled, CONNECTION, message);
            self.fail(now, key, error, out);
        }
    }

    /// Applies the consequences of any change: idle limit, and end of the connection.
    fn after(&mut self, now: Instant, out: &mut Vec<Effect>) {
        let live = !self.contexts.is_empty();
        self.link.set_in_use(now, live);
        // The streams that waited for the next attempt may have ended.
        if self.link.is_waiting()
            && !(self.wanted || self.rules.keep_warm)
            && self.contexts.values().all(|context| context.wire.is_none())
        {
            self.link.stop_waiting();
        }
        if self.draining && !live {
            self.link.close(now, out);
        }
    }
}

impl Protocol for Session {
    const CONNECT: &'static str = endpoint::CONNECT;
    const CONNECTION: &'static str = CONNECTION;
    const STREAM: &'static str = CONTEXT;
    // The sooner text is sent, the sooner there is speech.
    const WRITES_AT_ONCE: bool = true;

    type Event = Event;
    type Opening = Opening;
    type Command = Command;
    type Stats = ConnectionStats;

    fn link(&self) -> &Link {
        &self.link
    }

    fn link_mut(&mut self) -> &mut Link {
        &mut self.link
    }

    fn stats(&self) -> ConnectionStats {
        let counters = self.counters;
        ConnectionStats {
            is_up: self.is_up(),
            live_contexts: self.live(),
            connections: self.link.connections(),
            replays: counters.replays,
            expirations: counters.expirations,
            continuations: counters.continuations,
            rejected: counters.rejected,
            late_messages: counters.late_messages,
            foreign_messages: counters.foreign_messages,
            undecodable_messages: counters.undecodable_messages,
        }
    }

    fn path(&self) -> Cow<'static, str> {
        endpoint::PATH.into()
    }

    fn on_command(&mut self, now: Instant, command: Command, out: &mut Vec<Effect>) {
        match command {
            Command::Open(key, opening) => self.open(key, *opening, out),
            Command::Text(key, text, delivery) => {
                let settle = self.rules.settle;
                self.with(now, key, out, |context| {
                    context.push(now, &text, delivery, settle);
                });
            }
            Command::Last(key, text) => {
                self.with(now, key, out, |context| {
                    context.push_whole(&text);
                    context.finish();
                });
            }
            Command::Flush(key) => self.with(now, key, out, Context::flush),
            Command::Finish(key) => self.with(now, key, out, Context::finish),
            Command::Cancel(key) => {
                self.fail(now, key, crate::inbox::cancelled(CONTEXT), out);
            }
            Command::Warm => {
                self.wanted = !self.is_up();
                self.link.connect_if_down(out);
            }
            Command::Drain => self.draining = true,
            Command::Close => self.close(now, out),
        }
        self.after(now, out);
    }

    fn on_connected(
        &mut self,
        now: Instant,
        request_id: Option<String>,
        secret: Secret,
        out: &mut Vec<Effect>,
    ) {
        if !self.link.on_connected(now, request_id, secret) {
            return;
        }
        self.wanted = false;
        let mut keys: Vec<_> = self.contexts.keys().copied().collect();
        // In the order in which they began.
        keys.sort_unstable();
        for key in keys {
            self.write(now, key, out);
        }
        self.after(now, out);
    }

    fn on_connect_failed(&mut self, now: Instant, error: &Error, out: &mut Vec<Effect>) {
        if !self.link.on_connect_failed() {
            return;
        }
        self.wanted = false;
        self.try_again(now, error, out);
        self.after(now, out);
    }

    fn on_text(&mut self, now: Instant, text: &str, out: &mut Vec<Effect>) {
        self.on_message_text(now, text, out);
    }

    fn on_binary(&mut self, now: Instant, data: &[u8], out: &mut Vec<Effect>) {
        self.on_message_binary(now, data, out);
    }

    fn on_closed(
        &mut self,
        now: Instant,
        close: CloseInfo,
        why: Option<(ErrorKind, String)>,
        out: &mut Vec<Effect>,
    ) {
        if let Some(error) = self.link.on_closed(now, close, why) {
            self.lose(now, &error, out);
        }
        self.after(now, out);
    }

    fn on_overflow(&mut self, now: Instant, key: Key, out: &mut Vec<Effect>) {
        let message = "the reader fell behind: more unread audio than `ContextPolicy::buffer_bytes` \
                       allows (raise it, or set `SlowConsumer::Pause`)";
        let error = Error::new(ErrorKind::SlowConsumer, CONTEXT, message);
        self.fail(now, key, error, out);
        self.after(now, out);
    }

    fn set_paused(&mut self, now: Instant, paused: bool) {
        if self.link.set_paused(now, paused) {
            self.excuse(now);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let release = self.tombstones.next_release();
        [self.link.poll_timeout(), self.timers.next(), release]
            .into_iter()
            .flatten()
            .min()
    }

    fn on_timeout(&mut self, now: Instant, out: &mut Vec<Effect>) {
        self.on_lapses(now, out);
        self.on_timers(now, out);
        out.extend(self.tombstones.release(now).map(Effect::Release));
        self.after(now, out);
    }
}

/// The message that cancels a context.
fn cancel_message(id: &ContextId) -> String {
    serde_json::to_string(&CancelRequest::new(id)).unwrap_or_default()
}

/// Returns an unused identifier for the next life of a context.
fn another(id: &ContextId, random: &mut fastrand::Rng) -> ContextId {
    ContextId::from(format!("{id}~{:08x}", random.u32(..)))
}
