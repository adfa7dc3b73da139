//! What the session wants done: sending, delivering, connecting.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::{Connection, Driver};
use crate::connect;
use crate::inbox::End;
use crate::outbox::Outgoing;
use crate::policy::SlowConsumer;
use crate::protocol::{Effect, Protocol};
use crate::socket;

impl<P: Protocol> Driver<P> {
    /// Performs the effects of the session.
    pub(super) fn apply(&mut self, now: Instant) {
        while !self.effects.is_empty() {
            let mut effects = std::mem::take(&mut self.effects);
            for effect in effects.drain(..) {
                self.perform(now, effect);
            }
            if self.effects.is_empty() {
                // Its memory is used again.
                self.effects = effects;
                break;
            }
        }
    }

    fn perform(&mut self, now: Instant, effect: Effect<P::Event>) {
        match effect {
            Effect::Connect => {
                let shared = Arc::clone(&self.shared);
                let path = self.session.path();
                let connecting = async move { connect::connect(&shared, P::CONNECT, &path).await };
                self.connection = Connection::Connecting(Box::pin(connecting));
            }
            Effect::Send(key, text) => self.outbox.push(Some(key), Outgoing::Text(text)),
            Effect::SendAudio(key, data) => self.outbox.push(Some(key), Outgoing::Binary(data)),
            Effect::Mark(mark) => self.outbox.push(None, Outgoing::Mark(mark)),
            Effect::Cancel(key, text) => {
                if let Some(slot) = self.slots.get_mut(&key) {
                    slot.cancelled = true;
                }
                self.outbox.cancel(key, Outgoing::Text(text));
            }
            Effect::Ping => self.outbox.push(None, Outgoing::Ping),
            Effect::Close => self.outbox.push(None, Outgoing::Close),
            Effect::Deliver(key, event) => {
                let Some(slot) = self.slots.get(&key) else {
                    return;
                };
                if self.delivered.last() != Some(&key) {
                    self.delivered.push(key);
                }
                if slot.inbox.push(event, &mut self.readers) {
                    return;
                }
                match self.shared.policy.slow_consumer {
                    SlowConsumer::Pause => {
                        slot.inbox.mark_full();
                        if !self.suspended.contains(&key) {
                            self.suspended.push(key);
                            self.session.set_paused(now, true);
                        }
                    }
                    SlowConsumer::Fail => {
                        self.session.on_overflow(now, key, &mut self.effects);
                    }
                }
            }
            Effect::End(key, error) => {
                if let Some(slot) = self.slots.remove(&key) {
                    self.gauges.live.fetch_sub(1, Ordering::Relaxed);
                    slot.inbox.end(error.map_or(End::Done, End::Failed));
                    if slot.cancelled && !slot.permits.is_empty() {
                        self.lingering.insert(key, slot.permits);
                    }
                    if self.suspended.contains(&key) {
                        self.resume(now);
                    }
                }
            }
            Effect::Release(key) => drop(self.lingering.remove(&key)),
            Effect::Retire => {
                let connection = std::mem::replace(&mut self.connection, Connection::Down);
                self.disconnect();
                if let Connection::Up(socket) = connection {
                    let limit = self.shared.timeouts.close;
                    self.retiring.push(Box::pin(socket::close(*socket, limit)));
                }
            }
            Effect::Abandon => self.disconnect(),
        }
    }

    /// Drops the connection and what was to be sent on it.
    pub(super) fn disconnect(&mut self) {
        self.connection = Connection::Down;
        self.lingering.clear();
        self.outbox.clear();
        self.next = None;
        self.flushed = true;
        self.status
            .send_if_modified(|status| std::mem::replace(&mut status.up, false));
    }

    /// Reads again, once every reader that reading was suspended for has made room.
    pub(super) fn resume(&mut self, now: Instant) {
        let slots = &self.slots;
        self.suspended
            .retain(|key| slots.get(key).is_some_and(|slot| slot.inbox.is_full()));
        if self.suspended.is_empty() {
            self.session.set_paused(now, false);
        }
    }
}
