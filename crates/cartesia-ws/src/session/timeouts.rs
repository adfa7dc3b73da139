//! Timeouts: deadlines, pings, and the end of an idle connection.

use std::time::Instant;

use super::wire::Waiting;
use super::{CONTEXT, Effect, Key, Session};
use crate::Deadline;
use crate::link::Lapse;
use cartesia_core::time::overdue;

impl Session {
    /// Starts the deadlines of the service over.
    pub(super) fn excuse(&mut self, now: Instant) {
        for context in self.contexts.values_mut() {
            if let Some(wire) = &mut context.wire {
                wire.excuse(now);
            }
        }
        let keys: Vec<_> = self.contexts.keys().copied().collect();
        for key in keys {
            self.arm(key);
        }
    }

    pub(super) fn on_lapses(&mut self, now: Instant, out: &mut Vec<Effect>) {
        while let Some(lapse) = self.link.on_timeout(now, out) {
            match lapse {
                Lapse::Dead(error) => self.lose(now, &error, out),
                Lapse::Idle => {
                    self.tombstones.clear();
                    if self.rules.keep_warm {
                        self.link.connect_if_down(out);
                    }
                }
            }
        }
    }

    pub(super) fn on_timers(&mut self, now: Instant, out: &mut Vec<Effect>) {
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
    }

    fn on_context_timeout(&mut self, now: Instant, key: Key, out: &mut Vec<Effect>) {
        let limits = self.rules.timeouts;
        let watched = self.link.is_watched();
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
        let watched = self.link.is_watched();
        if let Some(context) = self.contexts.get_mut(&key) {
            self.timers.arm(key, context, &self.rules.timeouts, watched);
        }
    }
}
