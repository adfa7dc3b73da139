//! The text of a context and the part of it that was spoken, shared by its handles and the session.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cartesia_types::tts::TextAlignment;

/// The text of one context, aligned with the words and times that arrived for it; from
/// [`ContextOutput::alignment`](crate::ContextOutput::alignment).
///
/// It has every byte of the context's text, in order: sent, replayed, continued under another identifier, or
/// still held back. Words are added as they arrive, before their event is read, and what arrived survives a
/// cancel.
///
/// Cloning is cheap: clones are the same alignment.
#[derive(Clone, Default)]
pub struct ContextAlignment {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    map: Mutex<TextAlignment>,
    /// A handle was given out: nothing is forgotten.
    is_kept: AtomicBool,
}

impl ContextAlignment {
    /// Reads the alignment. Nothing arrives while `read` runs, so keep it short.
    pub fn read<R>(&self, read: impl FnOnce(&TextAlignment) -> R) -> R {
        // Nothing panics while it is held, and even a poisoned lock would hold valid data.
        read(
            &self
                .inner
                .map
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut TextAlignment) -> R) -> R {
        change(
            &mut self
                .inner
                .map
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// A handle that keeps everything from now on.
    pub(crate) fn keep(&self) -> Self {
        self.inner.is_kept.store(true, Ordering::Relaxed);
        self.clone()
    }

    /// Forgets what was spoken whole, unless a handle was given out: contexts may live for days.
    pub(crate) fn trim(&self) {
        if !self.inner.is_kept.load(Ordering::Relaxed) {
            self.change(TextAlignment::forget_spoken);
        }
    }
}

impl fmt::Debug for ContextAlignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read(|map| f.debug_tuple("ContextAlignment").field(map).finish())
    }
}
