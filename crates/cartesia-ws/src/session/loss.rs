//! What happens without a connection: who is said again, who fails, and when the next try begins.

use std::time::Instant;

use cartesia_core::time::deadline_after;
use cartesia_core::tls::ConnectFailure;
use cartesia_types::ErrorKind;

use super::connection_state::ConnectionState;
use super::{Effect, Session};
use crate::Error;

impl Session {
    /// The connection is gone: contexts of which audio was delivered fail, the others are said again.
    pub(super) fn lose(&mut self, now: Instant, error: &Error, out: &mut Vec<Effect>) {
        if let ConnectionState::Up(health) = self.connection {
            // It served for longer than anybody would have tried for it: this is another trouble.
            if now.saturating_duration_since(health.since) >= self.rules.reconnect.budget {
                self.attempts = 0;
                self.failing_since = None;
            }
        }
        self.connection = ConnectionState::Down;
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
            if wire.is_sent() {
                let again = wire.is_unheard()
                    && self.rules.replay
                    && context.replays + 1 < self.rules.reconnect.max_attempts;
                if !again {
                    self.fail(now, key, error.clone(), out);
                    continue;
                }
                context.replays += 1;
                self.counters.replays += 1;
                if let Some(id) = wire.id.take() {
                    self.wires.remove(&id);
                }
                wire.rewind();
            }
            needed = true;
        }
        if needed || self.rules.keep_warm {
            self.try_again(now, error, out);
        }
    }

    /// Plans the next try to connect, or fails the contexts that wait for it.
    pub(super) fn try_again(&mut self, now: Instant, error: &Error, out: &mut Vec<Effect>) {
        self.attempts += 1;
        let since = *self.failing_since.get_or_insert(now);
        let elapsed = now.saturating_duration_since(since);
        let jitter = self.random.f64();
        let policy = &self.rules.reconnect;
        let mut waiting: Vec<_> = self
            .contexts
            .iter()
            .filter(|(_, context)| context.wire.is_some())
            .map(|(key, _)| *key)
            .collect();
        waiting.sort_unstable();
        let delay = policy
            .delay(self.attempts, elapsed, error.retry_after(), jitter)
            .filter(|_| may_help(error) && (self.rules.keep_warm || !waiting.is_empty()));
        if let Some(until) = delay.and_then(|delay| deadline_after(now, delay)) {
            self.connection = ConnectionState::Waiting { until };
            return;
        }
        let error = error.clone().with_attempts(self.attempts);
        for key in waiting {
            self.fail(now, key, error.clone(), out);
        }
    }
}

/// Whether another attempt to connect may succeed.
fn may_help(error: &Error) -> bool {
    let why = error.get_ref().and_then(|cause| ConnectFailure::of(cause));
    if why.is_some_and(|why| why.is_permanent()) {
        return false;
    }
    matches!(
        error.kind(),
        ErrorKind::Connect
            | ErrorKind::Timeout
            | ErrorKind::RateLimited
            | ErrorKind::Server
            | ErrorKind::Closed
    )
}
