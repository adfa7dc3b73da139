//! The errors and moves that a device reports.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Hints of a device: the same error is fatal on one system and harmless on another. Set on the thread of
/// the device, so there is nothing but atomics.
#[derive(Debug, Default)]
pub(crate) struct Health {
    errors: AtomicU64,
    gone: AtomicBool,
    moved: AtomicBool,
}

impl Health {
    /// An error of the device; `gone` when the device reported that it was removed.
    pub(crate) fn error(&self, gone: bool) {
        self.errors.fetch_add(1, Relaxed);
        if gone {
            self.gone.store(true, Relaxed);
        }
    }

    /// The system has led the stream to another device, which plays.
    pub(crate) fn moved(&self) {
        self.moved.store(true, Relaxed);
    }

    pub(crate) fn errors(&self) -> u64 {
        self.errors.load(Relaxed)
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Relaxed)
    }

    /// Whether it has moved since the last call.
    pub(crate) fn take_moved(&self) -> bool {
        self.moved.swap(false, Relaxed)
    }
}
