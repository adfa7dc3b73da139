//! Messages of the service.

use std::fmt;
use std::time::Instant;

use cartesia_core::time::deadline_after;
use cartesia_types::ErrorKind;
use cartesia_types::tts::{ContextId, DecodeError, ErrorEvent, Event, EventMessage};

use super::{CONNECTION, CONTEXT, Effect, Key, Session, identifier};
use crate::Error;

/// The status of a context that was rejected because too many run at once.
const TOO_MANY: u16 = 429;

impl Session {
    /// A text message arrived.
    pub(super) fn on_message_text(&mut self, now: Instant, text: &str, out: &mut Vec<Effect>) {
        match EventMessage::parse(text) {
            Ok(message) => self.on_message(now, message, out),
            Err(error) => {
                self.link.on_proof(now);
                let id = error.context_id().map(ContextId::as_str);
                let owner = id.and_then(|id| self.find(id));
                match (owner, id) {
                    (Some(key), _) => self.on_broken(now, key, &error, out),
                    (None, Some(id)) if self.tombstones.contains(id) => {
                        self.counters.late_messages += 1;
                    }
                    _ => self.on_undecodable(now, &error, out),
                }
                self.after(now, out);
            }
        }
    }

    /// Returns the context that has this identifier on the wire.
    fn find(&self, id: &str) -> Option<Key> {
        let is_right = |key: &Key| {
            let context = self.contexts.get(key);
            context.is_some_and(|context| context.is_on_wire_as(id))
        };
        // Most identifiers say which one it is.
        let key = identifier::key(id).filter(is_right);
        key.or_else(|| self.owners.find(id))
    }

    /// A text message arrived, and was read.
    fn on_message(&mut self, now: Instant, message: EventMessage<'_>, out: &mut Vec<Effect>) {
        self.link.on_proof(now);
        let key = match message.context_id() {
            Some(id) => match self.find(id) {
                Some(key) => key,
                None => return self.on_stray(now, message, out),
            },
            None => match self.owners.only() {
                Some(key) => key,
                None => return self.on_nameless(now, message, out),
            },
        };
        let Some(context) = self.contexts.get_mut(&key) else {
            return;
        };
        match message.decode(Some(context.id.clone())) {
            // Nearly all that arrives.
            Ok(Event::Chunk(mut chunk)) => {
                // What comes later only puts the deadline off.
                let begins = context.awaits_progress();
                let last = context.chunk_arrived(now, &mut chunk);
                out.push(Effect::Deliver(key, Event::Chunk(chunk)));
                if last {
                    self.on_done(now, key, out);
                } else if begins {
                    self.arm(key);
                }
            }
            Ok(event) => self.on_event(now, key, event, out),
            Err(error) => self.on_broken(now, key, &error, out),
        }
        self.after(now, out);
    }

    fn on_event(&mut self, now: Instant, key: Key, mut event: Event, out: &mut Vec<Effect>) {
        let Some(context) = self.contexts.get_mut(&key) else {
            return;
        };
        if is_progress(&event) {
            context.progressed(now);
        }
        match &mut event {
            Event::Timestamps(timestamps) => context.place(timestamps),
            Event::PhonemeTimestamps(timestamps) => {
                if let Some(wire) = &mut context.wire {
                    wire.has_timestamps = true;
                }
                for phoneme in &mut timestamps.phonemes {
                    phoneme.start += context.offset;
                    phoneme.end += context.offset;
                }
            }
            Event::Done(_) => return self.on_done(now, key, out),
            Event::Error(error) => {
                if let Some(secret) = self.link.secret() {
                    *error.error = error.error.clone().without_secret(secret.expose());
                }
                if error.done {
                    let error = error.clone();
                    return self.on_error(now, key, error, out);
                }
            }
            _ => {}
        }
        out.push(Effect::Deliver(key, event));
        self.arm(key);
    }

    /// Handles `done`: the service has sent all speech, or has waited long enough for more text.
    fn on_done(&mut self, now: Instant, key: Key, out: &mut Vec<Effect>) {
        let Some(context) = self.contexts.get_mut(&key) else {
            return;
        };
        let Some(mut wire) = context.wire.take() else {
            return;
        };
        if let Some(id) = wire.id.take() {
            self.owners.remove(id.as_str());
            self.tombstones.insert(now, id);
        }
        if let Some(missing) = wire.missing(context.format) {
            // Kept, since it tells what was not spoken.
            context.wire = Some(wire);
            let error = Error::new(ErrorKind::Incomplete, CONTEXT, missing);
            return self.fail(now, key, error, out);
        }
        let unprocessed = wire.unprocessed();
        context.life_ended(unprocessed, wire.audio);
        if !context.finished {
            self.counters.expirations += 1;
        }
        if self.rules.continue_expired {
            // Without anything left to speak, it goes on when more text comes.
            context.expired = true;
            context.begin_again(unprocessed);
            if context.finished && context.wire.is_none() {
                self.complete(now, key, out);
            } else {
                self.write(now, key, out);
            }
        } else if context.finished && !context.has_words(unprocessed) {
            self.complete(now, key, out);
        } else {
            context.keep_unprocessed(unprocessed);
            let message = "the service ended the context because no text came for too long";
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
        let mut nothing_delivered = true;
        if let Some(wire) = &mut context.wire {
            nothing_delivered = wire.is_undelivered();
            if let Some(id) = wire.id.take() {
                self.owners.remove(id.as_str());
                self.tombstones.insert(now, id);
            }
        }
        if event.error.status == TOO_MANY && nothing_delivered {
            context.rejected += 1;
            let since = *context.rejected_since.get_or_insert(now);
            let elapsed = now.saturating_duration_since(since);
            let jitter = self.link.random.f64();
            let policy = self.link.reconnect();
            let delay = policy.delay(context.rejected, elapsed, None, jitter);
            if let Some(until) = delay.and_then(|delay| deadline_after(now, delay)) {
                self.counters.rejected += 1;
                context.hold_until = Some(until);
                if let Some(wire) = &mut context.wire {
                    wire.rewind();
                }
                return self.arm(key);
            }
        }
        self.fail(now, key, self.reported(event), out);
    }

    /// Handles a message without a context identifier.
    fn on_nameless(&mut self, now: Instant, message: EventMessage<'_>, out: &mut Vec<Effect>) {
        match message.decode(None) {
            Ok(Event::Error(event)) if event.done => {
                // It is unknown which context it means, and none may wait forever.
                let error = self.reported(event);
                if self.owners.is_empty() {
                    tracing::warn!(%error, "an error without a context");
                }
                for key in self.owners.keys() {
                    self.fail(now, key, error.clone(), out);
                }
            }
            outcome => self.on_unassigned(now, outcome, out),
        }
        self.after(now, out);
    }

    /// A message for a context that does not live.
    fn on_stray(&mut self, now: Instant, message: EventMessage<'_>, out: &mut Vec<Effect>) {
        let id = message.context_id().unwrap_or_default();
        if self.tombstones.contains(id) {
            self.counters.late_messages += 1;
            if self.tombstones.touch(now, id) {
                let id = ContextId::from(id);
                if message.decode(None).is_ok_and(|event| is_final(&event)) {
                    let key = self.tombstones.finish(id.as_str());
                    out.extend(key.map(Effect::Release));
                }
            }
        } else {
            let outcome = message.decode(None);
            self.on_unassigned(now, outcome, out);
        }
        self.after(now, out);
    }

    /// Handles a message for an unknown context. If it has audio, that audio is missing in some context. Any
    /// other message is only counted, since it cannot make audio incomplete.
    fn on_unassigned(
        &mut self,
        now: Instant,
        outcome: Result<Event, DecodeError>,
        out: &mut Vec<Effect>,
    ) {
        match outcome {
            Ok(Event::Chunk(chunk)) if !chunk.data.is_empty() => {
                self.counters.foreign_messages += 1;
                self.lose_message(now, "audio arrived for a context that does not exist", out);
            }
            Ok(_) => self.counters.foreign_messages += 1,
            Err(error) => self.on_undecodable(now, &error, out),
        }
    }

    /// A message that cannot be decoded may hold audio. If only one context is on the wire, it must be that
    /// one's, which fails; otherwise the owner is unknown.
    pub(super) fn on_undecodable(
        &mut self,
        now: Instant,
        error: &impl fmt::Display,
        out: &mut Vec<Effect>,
    ) {
        if let Some(key) = self.owners.only() {
            self.on_broken(now, key, error, out);
        } else {
            self.counters.undecodable_messages += 1;
            self.lose_message(now, error, out);
        }
        self.after(now, out);
    }

    /// A message of this context cannot be decoded: the context cannot be complete any more.
    fn on_broken(
        &mut self,
        now: Instant,
        key: Key,
        error: &impl fmt::Display,
        out: &mut Vec<Effect>,
    ) {
        self.counters.undecodable_messages += 1;
        let error = Error::new(ErrorKind::Decode, CONTEXT, error.to_string());
        self.fail(now, key, error, out);
    }

    /// A message was dropped although it may have held audio.
    fn lose_message(&mut self, now: Instant, what: impl fmt::Display, out: &mut Vec<Effect>) {
        let message =
            format!("a message was lost that may have been audio of this context: {what}");
        let error = Error::new(ErrorKind::Incomplete, CONTEXT, message);
        self.taint(now, &error, out);
    }

    /// A binary message arrived. The protocol has none, so it is lost audio, unless it is an ordinary
    /// message in another kind of frame.
    pub(super) fn on_message_binary(&mut self, now: Instant, data: &[u8], out: &mut Vec<Effect>) {
        match std::str::from_utf8(data) {
            Ok(text) if text.trim_start().starts_with('{') => self.on_message_text(now, text, out),
            _ => {
                self.link.on_sign_of_life(now);
                let error = format_args!("a binary message of {} bytes", data.len());
                self.on_undecodable(now, &error, out);
            }
        }
    }

    fn reported(&self, event: ErrorEvent) -> Error {
        let operation = if event.context_id.is_some() {
            CONTEXT
        } else {
            CONNECTION
        };
        let error = Error::api(operation, *event.error);
        match self.link.secret() {
            Some(secret) => error.without_secret(secret.expose()),
            None => error,
        }
    }
}

/// Returns whether it is the service's last message in the context.
fn is_final(event: &Event) -> bool {
    match event {
        Event::Done(_) => true,
        Event::Chunk(chunk) => chunk.done,
        Event::Error(error) => error.done,
        _ => false,
    }
}

/// Whether an event other than audio shows that the service works on its context. Only progress moves deadlines: an
/// endless line of empty or unknown messages would otherwise be waited for without end.
fn is_progress(event: &Event) -> bool {
    match event {
        Event::Timestamps(timestamps) => !timestamps.words.is_empty(),
        Event::PhonemeTimestamps(timestamps) => !timestamps.phonemes.is_empty(),
        Event::FlushDone(_) => true,
        _ => false,
    }
}
