//! Deadlines of many contexts. Most of them move with each message, and few ever pass.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use cartesia_core::Timeouts;

use super::Key;
use super::context::Context;

/// Times at which contexts must be checked.
///
/// An entry is a hint: a context that moves its deadline to a later time keeps its entry, and sets a new one
/// when it is checked too early. So a message costs no work here.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, Key)>>,
}

impl Timers {
    /// Makes sure that the context is looked at by its deadline. While the connection is not watched, the service has
    /// none.
    pub(super) fn arm(
        &mut self,
        key: Key,
        context: &mut Context,
        limits: &Timeouts,
        watched: bool,
    ) {
        let at = context.deadline(limits.first_audio, limits.silence, watched);
        if let Some(at) = at
            && context.armed.is_none_or(|armed| at < armed)
        {
            context.armed = Some(at);
            self.heap.push(Reverse((at, key)));
        }
    }

    /// Removes all entries.
    pub(super) fn clear(&mut self) {
        self.heap.clear();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Returns a due entry, with its time. A context that is not armed for that time ignores it.
    pub(super) fn pop(&mut self, now: Instant) -> Option<(Instant, Key)> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry)
    }
}
