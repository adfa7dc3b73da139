//! What happens when nothing happens: deadlines, pings, and the end of an idle connection.

use std::time::Instant;

use super::connection_state::{ConnectionState, Need};
use super::wire::Waiting;
use super::{CONNECTION, CONTEXT, Effect, Key, Session};
use crate::Deadline;
use cartesia_core::time::overdue;

impl Session {
    /// Reading was suspended, or goes on.
    pub(crate) fn set_paused(&mut self, now: Instant, paused: bool) {
        if self.paused && !paused {
            self.on_sign_of_life(now);
            for context in self.contexts.values_mut() {
                if let Some(wire) = &mut context.wire {
                    wire.excuse(now);
                }
            }
            self.paused = false;
            let keys: Vec<_> = self.contexts.keys().copied().collect();
            for key in keys {
                self.arm(key);
            }
        }
        self.paused = paused;
    }

    /// When [`on_timeout`](Self::on_timeout) is to be called next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        [self.connection_timeout(), self.timers.next()]
            .into_iter()
            .flatten()
            .min()
    }

    fn connection_timeout(&self) -> Option<Instant> {
        let limits = &self.rules.timeouts;
        match &self.connection {
            ConnectionState::Waiting { until } => Some(*until),
            ConnectionState::Closing { until } => *until,
            ConnectionState::Up(health) if !self.paused => health
                .next(limits.ping_interval, limits.pong, limits.idle)
                .map(|(at, _)| at),
            _ => None,
        }
    }

    pub(crate) fn on_timeout(&mut self, now: Instant, out: &mut Vec<Effect>) {
        self.on_connection_timeout(now, out);
        while let Some((at, key)) = self.timers.pop(now) {
            if let Some(context) = self
                .contexts
                .get_mut(&key)
                .filter(|it| it.armed == Some(at))
            {
                context.armed = None;
                self.on_context_timeout(now, key, out);
            }
        }
        self.after(now, out);
    }

    fn on_connection_timeout(&mut self, now: Instant, out: &mut Vec<Effect>) {
        // After a long sleep more than one of these is due.
        while self.connection_timeout().is_some_and(|at| at <= now) {
            self.on_one_connection_timeout(now, out);
        }
    }

    fn on_one_connection_timeout(&mut self, now: Instant, out: &mut Vec<Effect>) {
        let limits = self.rules.timeouts;
        match &mut self.connection {
            ConnectionState::Waiting { until } if *until <= now => {
                self.connection = ConnectionState::Connecting;
                out.push(Effect::Connect);
            }
            ConnectionState::Closing { until } if until.is_some_and(|until| until <= now) => {
                self.connection = ConnectionState::Closed;
                out.push(Effect::Abandon);
            }
            ConnectionState::Up(health) if !self.paused => {
                let next = health.next(limits.ping_interval, limits.pong, limits.idle);
                match next.filter(|(at, _)| *at <= now) {
                    Some((_, Need::Ping)) => {
                        health.pinged(now);
                        out.push(Effect::Ping);
                    }
                    Some((_, Need::Abandon)) => {
                        out.push(Effect::Abandon);
                        let what = "the connection is dead: a ping was not answered";
                        let error = overdue(CONNECTION, Deadline::Pong, limits.pong, what);
                        self.lose(now, &error, out);
                    }
                    Some((_, Need::Retire)) => {
                        out.push(Effect::Retire);
                        self.connection = ConnectionState::Down;
                        self.tombstones.clear();
                        if self.rules.keep_warm {
                            self.connect_if_down(out);
                        }
                    }
                    None => {}
                }
            }
            _ => {}
        }
    }

    fn on_context_timeout(&mut self, now: Instant, key: Key, out: &mut Vec<Effect>) {
        let limits = self.rules.timeouts;
        let watched = self.is_up() && !self.paused;
        let Some(context) = self.contexts.get_mut(&key) else {
            return;
        };
        if context.settle_at.is_some_and(|at| at <= now) {
            context.settle();
        }
        if context.hold_until.is_some_and(|at| at <= now) {
            context.hold_until = None;
        }
        let waiting = context.overdue(now, limits.first_audio, limits.silence);
        if let Some(waiting) = waiting.filter(|_| watched) {
            let (what, deadline, limit) = match waiting {
                Waiting::FirstAudio => (
                    "no audio came in time",
                    Deadline::FirstAudio,
                    limits.first_audio,
                ),
                Waiting::Progress => (
                    "no audio or timestamps came for too long",
                    Deadline::Silence,
                    limits.silence,
                ),
            };
            let error = overdue(CONTEXT, deadline, limit, what);
            self.fail(now, key, error, out);
            return;
        }
        self.write(now, key, out);
    }

    pub(super) fn arm(&mut self, key: Key) {
        let watched = self.is_up() && !self.paused;
        let limits = &self.rules.timeouts;
        if let Some(context) = self.contexts.get_mut(&key) {
            let at = context.deadline(limits.first_audio, limits.silence, watched);
            self.timers.arm(key, at, &mut context.armed);
        }
    }
}
