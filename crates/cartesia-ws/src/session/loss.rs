//! The effect of a lost connection or message on contexts: replay or failure.

use std::time::Instant;

use super::{Effect, Key, Session, cancel_message};
use crate::Error;
use crate::link::may_help;

impl Session {
    /// The connection is lost: contexts with delivered audio fail, the others are replayed.
    pub(super) fn lose(&mut self, now: Instant, error: &Error, out: &mut Vec<Effect>) {
        // Only identifiers that are replaced now may still be answered on the next connection.
        self.tombstones.clear();
        let mut keys: Vec<_> = self.contexts.keys().copied().collect();
        keys.sort_unstable();
        let mut needed = false;
        for key in keys {
            let Some(context) = self.contexts.get_mut(&key) else {
                continue;
            };
            let Some(wire) = &mut context.wire else {
                continue;
            };
            needed |= !wire.is_sent() || self.replay_or_fail(now, key, error, out);
        }
        if needed || self.rules.keep_warm {
            self.try_again(now, error, out);
        }
    }

    /// Prepares a context for a replay, or fails it. It is replayed only if none of it was delivered and
    /// another attempt may have another outcome. Returns whether it will be replayed.
    fn replay_or_fail(
        &mut self,
        now: Instant,
        key: Key,
        error: &Error,
        out: &mut Vec<Effect>,
    ) -> bool {
        let up = self.is_up();
        let Some(context) = self.contexts.get_mut(&key) else {
            return false;
        };
        let Some(wire) = &mut context.wire else {
            return false;
        };
        let may_replay = self.rules.replay
            && wire.is_undelivered()
            && may_help(error)
            && context.replays + 1 < self.rules.reconnect.max_attempts;
        if !may_replay {
            self.fail(now, key, error.clone(), out);
            return false;
        }
        context.replays += 1;
        self.counters.replays += 1;
        if let Some(id) = wire.id.take() {
            self.owners.remove(id.as_str());
            if up {
                out.push(Effect::Cancel(key, cancel_message(&id)));
            }
            self.tombstones.insert(now, id);
        }
        wire.rewind();
        true
    }

    /// Handles the loss of a message that may have had audio of any context. Contexts that were waiting for
    /// audio cannot be complete any more and fail; those without delivered audio are replayed.
    pub(super) fn taint(&mut self, now: Instant, error: &Error, out: &mut Vec<Effect>) {
        let keys = self.owners.keys();
        tracing::warn!(%error, contexts = keys.len(), "a message was dropped");
        for key in keys {
            if self.replay_or_fail(now, key, error, out) {
                self.write(now, key, out);
            }
        }
    }

    /// Plans the next attempt to connect, or fails the contexts that wait for it.
    pub(super) fn try_again(&mut self, now: Instant, error: &Error, out: &mut Vec<Effect>) {
        let mut waiting: Vec<_> = self
            .contexts
            .iter()
            .filter(|(_, context)| context.wire.is_some())
            .map(|(key, _)| *key)
            .collect();
        waiting.sort_unstable();
        let needed = self.rules.keep_warm || !waiting.is_empty();
        if let Some(error) = self.link.try_again(now, error, needed) {
            for key in waiting {
                self.fail(now, key, error.clone(), out);
            }
        }
    }
}
