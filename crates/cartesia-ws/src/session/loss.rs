//! What a lost connection or a lost message means for contexts: replay or failure, and when the next
//! attempt to connect begins.

use std::time::Instant;

use cartesia_core::time::deadline_after;
use cartesia_core::tls::ConnectFailure;
use cartesia_types::ErrorKind;

use super::connection_state::ConnectionState;
use super::{Effect, Key, Session, cancel_message};
use crate::Error;

impl Session {
    /// The connection is lost: contexts with delivered audio fail, the others are replayed.
    pub(super) fn lose(&mut self, now: Instant, error: &Error, out: &mut Vec<Effect>) {
        if let ConnectionState::Up(health) = self.connection {
            // It served for longer than the whole budget of attempts: this is another failure.
            if now.saturating_duration_since(health.since) >= self.rules.reconnect.budget {
                self.attempts = 0;
                self.failing_since = None;
            }
        }
        self.connection = ConnectionState::Down;
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
            self.wires.remove(&id);
            if up {
                out.push(Effect::Cancel(key, cancel_message(&id)));
            }
            self.tombstones.insert(now, id);
        }
        wire.rewind();
        true
    }

    /// A message was dropped that may have held audio of any context: those that are owed audio cannot
    /// be complete any more. A context without delivered audio starts over.
    pub(super) fn taint(&mut self, now: Instant, error: &Error, out: &mut Vec<Effect>) {
        let mut keys: Vec<_> = self.wires.values().copied().collect();
        keys.sort_unstable();
        tracing::warn!(%error, contexts = keys.len(), "a message was dropped");
        for key in keys {
            if self.replay_or_fail(now, key, error, out) {
                self.write(now, key, out);
            }
        }
    }

    /// Plans the next attempt to connect, or fails the contexts that wait for it.
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

/// Close codes of a peer that would do the same again: protocol error, unacceptable data, invalid
/// text, policy violation, message too big, missing extension (RFC 6455, section 7.4.1).
const FINAL_CLOSE_CODES: [u16; 6] = [1002, 1003, 1007, 1008, 1009, 1010];

/// Whether another attempt may have another outcome.
fn may_help(error: &Error) -> bool {
    let why = error.get_ref().and_then(|cause| ConnectFailure::of(cause));
    let permanent = why.is_some_and(|why| why.is_permanent());
    let final_close = error
        .closed()
        .and_then(|closed| closed.code)
        .is_some_and(|code| FINAL_CLOSE_CODES.contains(&code));
    !permanent
        && !final_close
        && matches!(
            error.kind(),
            ErrorKind::Connect
                | ErrorKind::Timeout
                | ErrorKind::RateLimited
                | ErrorKind::Server
                | ErrorKind::Closed
                | ErrorKind::Incomplete
        )
}

#[cfg(test)]
mod tests {
    use cartesia_core::tls::ProxyLoginRefused;

    use super::*;

    #[test]
    fn what_a_retry_cannot_change_is_not_retried() {
        let connect = || Error::new(ErrorKind::Connect, "tts.connect", "no connection");
        assert!(may_help(&connect()));
        assert!(may_help(
            &connect().with_source(std::io::Error::other("odd"))
        ));
        assert!(!may_help(&connect().with_source(ProxyLoginRefused)));
        assert!(!may_help(&Error::new(ErrorKind::Auth, "tts.connect", "no")));
        #[cfg(feature = "rustls")]
        {
            use tokio_rustls::rustls::{CertificateError, Error as TlsError};
            let untrusted = TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
            let untrusted = std::io::Error::other(untrusted);
            assert!(!may_help(&connect().with_source(untrusted)));
        }
    }
}
