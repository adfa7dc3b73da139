//! The state of a player, shared by its handles and threads.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::state::{PlayerState, Settings};
use crate::waiters::{Guard, Watched};

pub(crate) struct PlayerCore {
    pub(crate) state: Watched<PlayerState>,
    pub(crate) clock: Clock,
}

impl PlayerCore {
    pub(crate) fn new(settings: Settings, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            state: Watched::new(PlayerState::new(settings, clock.clone())),
            clock,
        })
    }

    /// Changes the state and wakes all waiters: the feeder, writers, readers.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut PlayerState) -> R) -> R {
        let mut state = self.state.lock();
        let result = change(&mut state);
        state.requests = state.requests.wrapping_add(1);
        self.notify(state, true);
        result
    }

    /// One turn of the feeder; returns how long the next one may wait.
    pub(crate) fn pump(&self) -> Duration {
        let mut state = self.state.lock();
        let wait = state.pump();
        self.notify(state, false);
        wait
    }

    /// Feeds until the player is closed. For a thread of its own.
    pub(crate) fn feed(&self) {
        let mut state = self.state.lock();
        while !state.closed {
            let wait = state.pump();
            let seen = state.requests;
            if state.changed || state.events.changed {
                self.notify(state, false);
                state = self.state.lock();
                // A change while the lock was released did not wake this thread.
                if state.requests != seen {
                    continue;
                }
            }
            state = self.state.pause(state, wait);
        }
    }

    /// Releases the lock and wakes the waiters that a change concerns; no lock is held when their code runs.
    fn notify(&self, mut state: Guard<'_, PlayerState>, always: bool) {
        let changed = std::mem::take(&mut state.changed) || always;
        let bells = state.events.bells();
        let readers = state.loopback_readers();
        drop(state);
        if changed {
            self.state.wake();
        }
        for bell in bells {
            bell.ring();
        }
        for reader in readers {
            reader.wake();
        }
    }
}
