//! What the task of a connection shows to its handles.

use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, PoisonError};

use crate::Error;
use crate::handshake::Handshake;
use crate::pulse::Pulse;
use crate::turn::Turn;

/// The visible state of a connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    pub(crate) up: bool,
    pub(crate) closed: bool,
    /// Attempts to connect that have ended.
    pub(crate) tries: u64,
    pub(crate) handshake: Option<Handshake>,
    /// Why the last try failed.
    pub(crate) error: Option<Error>,
}

/// The state that the driver and its handles share.
#[derive(Debug, Default)]
pub(crate) struct Gauges<S> {
    pub(crate) live: AtomicUsize,
    pub(crate) pulse: Pulse,
    pub(crate) turn: Turn,
    stats: Mutex<S>,
}

impl<S: Copy> Gauges<S> {
    pub(crate) fn stats(&self) -> S {
        *self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, stats: S) {
        *self.stats.lock().unwrap_or_else(PoisonError::into_inner) = stats;
    }
}
