//! What the service says.

use std::time::Instant;

use cartesia_core::time::deadline_after;
use cartesia_types::ErrorKind;
use cartesia_types::tts::{DecodeError, ErrorEvent, Event, EventMessage};

use super::{CONNECTION, CONTEXT, Effect, Key, Session};
use crate::Error;
use crate::text::is_speakable;

/// The status of a context that was turned away because too many run at once.
const TOO_MANY: u16 = 429;

impl Session {
    /// A text message arrived.
    pub(crate) fn on_text(&mut self, now: Instant, text: &str, out: &mut Vec<Effect>) {
        match EventMessage::parse(text) {
            Ok(message) => self.on_message(now, message, out),
            Err(error) => {
                self.on_proof(now);
                self.on_undecodable(now, &error, out);
            }
        }
    }

    /// The service speaks: what went wrong with connections before is over.
    fn on_proof(&mut self, now: Instant) {
        self.on_sign_of_life(now);
        self.attempts = 0;
        self.failing_since = None;
    }

    /// A text message arrived, and was read.
    pub(crate) fn on_message(
        &mut self,
        now: Instant,
        message: EventMessage<'_>,
        out: &mut Vec<Effect>,
    ) {
        self.on_proof(now);
        let key = match message.context_id() {
            Some(id) => match self.wires.get(id) {
                Some(key) => *key,
                None => return self.on_stray(id),
            },
            None => match self.only_wire() {
                Some(key) => key,
                None => return self.on_nameless(now, message, out),
            },
        };
        let Some(context) = self.contexts.get_mut(&key) else {
            return;
        };
        match message.decode(Some(context.id.clone())) {
            Ok(event) => self.on_event(now, key, event, out),
            Err(error) => {
                self.counters.undecodable_messages += 1;
                // Part of what it says is lost: it cannot end well any more.
                let error = Error::new(ErrorKind::Decode, CONTEXT, error.to_string());
                self.fail(now, key, error, out);
            }
        }
        self.after(now, out);
    }

    fn on_event(&mut self, now: Instant, key: Key, mut event: Event, out: &mut Vec<Effect>) {
        let Some(context) = self.contexts.get_mut(&key) else {
            return;
        };
        if let Some(wire) = context
            .wire
            .as_mut()
            .filter(|_| !matches!(event, Event::Done(_)))
        {
            wire.heard(now);
        }
        match &mut event {
            Event::Chunk(chunk) => {
                let length = chunk.data.len() as u64;
                context.received += length;
                if let Some(wire) = &mut context.wire {
                    wire.spoke(length);
                }
                context.admitted();
                let last = std::mem::take(&mut chunk.done);
                out.push(Effect::Deliver(key, event));
                if last {
                    self.on_done(now, key, out);
                } else {
                    self.arm(key);
                }
                return;
            }
            Event::Timestamps(timestamps) => context.place(timestamps),
            Event::PhonemeTimestamps(timestamps) => {
                if let Some(wire) = &mut context.wire {
                    wire.told = true;
                }
                for phoneme in &mut timestamps.phonemes {
                    phoneme.start += context.offset;
                    phoneme.end += context.offset;
                }
            }
            Event::Done(_) => return self.on_done(now, key, out),
            Event::Error(error) if error.done => {
                let error = error.clone();
                return self.on_error(now, key, error, out);
            }
            _ => {}
        }
        out.push(Effect::Deliver(key, event));
        self.arm(key);
    }

    /// The service has said everything, or has waited long enough for more text.
    fn on_done(&mut self, now: Instant, key: Key, out: &mut Vec<Effect>) {
        let Some(context) = self.contexts.get_mut(&key) else {
            return;
        };
        let Some(wire) = context.wire.take() else {
            return;
        };
        if let Some(id) = wire.id.clone() {
            self.wires.remove(&id);
            self.tombstones.bury(now, id);
        }
        context.offset += context.format.duration_of_bytes(wire.audio);
        let crossed = wire.crossed();
        if !context.finished {
            self.counters.expirations += 1;
        }
        if self.rules.continue_expired {
            // Without anything left to speak, it goes on when more text comes.
            context.expired = true;
            context.begin_again(crossed);
            if context.finished && context.wire.is_none() {
                self.complete(now, key, out);
            } else {
                self.write(now, key, out);
            }
        } else if context.finished && !is_speakable(crossed.text) {
            self.complete(now, key, out);
        } else {
            context.leave_unspoken(crossed.text);
            let message = "the service ended it because no text came for too long";
            self.fail(
                now,
                key,
                Error::new(ErrorKind::Closed, CONTEXT, message),
                out,
            );
        }
    }

    fn on_error(&mut self, now: Instant, key: Key, event: ErrorEvent, out: &mut Vec<Effect>) {
        let Some(context) = self.contexts.get_mut(&key) else {
            return;
        };
        // The service is through with it: nothing is left to cancel.
        let mut nothing_heard = true;
        if let Some(wire) = &mut context.wire {
            nothing_heard = wire.is_unheard();
            if let Some(id) = wire.id.take() {
                self.wires.remove(&id);
                self.tombstones.bury(now, id);
            }
        }
        if event.error.status == TOO_MANY && nothing_heard {
            context.turned_away += 1;
            let since = *context.turned_away_since.get_or_insert(now);
            let elapsed = now.saturating_duration_since(since);
            let jitter = self.random.f64();
            let policy = &self.rules.reconnect;
            let delay = policy.delay(context.turned_away, elapsed, None, jitter);
            if let Some(until) = delay.and_then(|delay| deadline_after(now, delay)) {
                self.counters.turned_away += 1;
                context.hold_until = Some(until);
                if let Some(wire) = &mut context.wire {
                    wire.rewind();
                }
                return self.arm(key);
            }
        }
        self.fail(now, key, self.reported(event), out);
    }

    /// A message without a name: the service does not say whose it is.
    fn on_nameless(&mut self, now: Instant, message: EventMessage<'_>, out: &mut Vec<Effect>) {
        match message.decode(None) {
            Ok(Event::Error(event)) if event.done => {
                // Whatever it is about, those who wait must not wait for ever.
                let error = self.reported(event);
                if self.wires.is_empty() {
                    tracing::warn!(%error, "an error that is about no context");
                }
                let mut keys: Vec<_> = self.wires.values().copied().collect();
                keys.sort_unstable();
                for key in keys {
                    self.fail(now, key, error.clone(), out);
                }
            }
            Ok(_) => self.counters.foreign_messages += 1,
            Err(error) => self.on_undecodable(now, &error, out),
        }
        self.after(now, out);
    }

    /// A message for a context that does not live.
    fn on_stray(&mut self, id: &str) {
        if self.tombstones.contains(id) {
            self.counters.late_messages += 1;
        } else {
            self.counters.foreign_messages += 1;
            tracing::debug!("a message for an unknown context was dropped");
        }
    }

    /// A message that cannot be read may have been audio. Of a context that is alone it must have been,
    /// so it fails; among several nobody can say, and it is reported.
    pub(super) fn on_undecodable(
        &mut self,
        now: Instant,
        error: &DecodeError,
        out: &mut Vec<Effect>,
    ) {
        self.counters.undecodable_messages += 1;
        if let Some(key) = self.only_wire() {
            let error = Error::new(ErrorKind::Decode, CONTEXT, error.to_string());
            self.fail(now, key, error, out);
        } else {
            tracing::warn!(%error, contexts = self.wires.len(), "a message was dropped");
        }
        self.after(now, out);
    }

    /// A binary message arrived. The protocol knows none, so it is nobody's audio, unless it is a message
    /// like all others in another kind of frame.
    pub(crate) fn on_binary(&mut self, now: Instant, data: &[u8], out: &mut Vec<Effect>) {
        match std::str::from_utf8(data) {
            Ok(text) if text.trim_start().starts_with('{') => self.on_text(now, text, out),
            _ => {
                self.on_sign_of_life(now);
                self.counters.undecodable_messages += 1;
                tracing::warn!(bytes = data.len(), "a binary message was dropped");
            }
        }
    }

    /// The context that is alone on the wire.
    fn only_wire(&self) -> Option<Key> {
        let mut keys = self.wires.values();
        keys.next().copied().filter(|_| keys.next().is_none())
    }

    fn reported(&self, event: ErrorEvent) -> Error {
        let operation = if event.context_id.is_some() {
            CONTEXT
        } else {
            CONNECTION
        };
        let error = Error::api(operation, event.error);
        match &self.secret {
            Some(secret) => error.without_secret(secret.expose()),
            None => error,
        }
    }
}
