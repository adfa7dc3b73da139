//! Turns of the driver of a connection and of its readers.
//!
//! The driver stops after some messages, so that readers find them in the cache of the processor, and their memory is
//! used again. When the last reader has read everything, the next turn begins: the reader makes it, on its own
//! thread ([`SharedDriver`](crate::driver::SharedDriver)). If it woke the driver's task instead, the runtime would
//! run both side by side on two threads, and audio would pile up between them. A turn does not wait long, and not
//! for a reader that does not read.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Waker;

/// Readers that are to be woken after a turn: one that is woken for each message by another thread sleeps and wakes as
/// often.
#[derive(Debug, Default)]
pub(crate) struct Readers(Vec<Waker>);

impl Readers {
    pub(crate) fn add(&mut self, reader: Waker) {
        self.0.push(reader);
    }

    /// Wakes all but one, which the caller is to wake.
    pub(crate) fn wake_others(&mut self) -> Option<Waker> {
        let last = self.0.pop();
        self.0.drain(..).for_each(Waker::wake);
        last
    }
}

/// The current turn of readers.
///
/// It has a cache line of its own: a reader looks here after each event, and what the driver changes more often would
/// take the line from the core of the reader. The driver changes this only for a turn of readers.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct Turn {
    /// The number of the turn (upper half), and of its readers that have not read everything yet.
    state: AtomicU64,
    /// The driver has more to read, and waits for these readers.
    waits: AtomicBool,
}

/// The number of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(u64);

const ONE_TURN: u64 = 1 << 32;
const READERS: u64 = ONE_TURN - 1;

impl Turn {
    /// Ends the turn: the driver goes on. Only the driver calls this.
    pub(crate) fn end(&self) {
        if self.waits.load(Ordering::Relaxed) {
            self.waits.store(false, Ordering::SeqCst);
        }
    }

    /// Begins a turn, for which no reader counts yet. Only the driver calls this, when it has more to read.
    pub(crate) fn begin(&self) {
        let number = self.state.load(Ordering::Relaxed) & !READERS;
        self.state
            .store(number.wrapping_add(ONE_TURN), Ordering::Relaxed);
    }

    pub(crate) fn number(&self) -> Number {
        Number(self.state.load(Ordering::Relaxed) & !READERS)
    }

    /// Counts a reader.
    pub(crate) fn add_reader(&self) {
        self.state.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a reader of that turn has read everything.
    pub(crate) fn has_read(&self, number: Number) {
        let less = |state: u64| {
            let is_of_this_turn = state & !READERS == number.0 && state & READERS > 0;
            is_of_this_turn.then(|| state - 1)
        };
        let _ = self
            .state
            .fetch_update(Ordering::SeqCst, Ordering::Relaxed, less);
    }

    /// Makes the driver wait, if there is a reader to wait for. Returns whether there is.
    pub(crate) fn waits_for_readers(&self) -> bool {
        let waits = self.state.load(Ordering::Relaxed) & READERS > 0;
        self.waits.store(waits, Ordering::SeqCst);
        waits
    }

    /// Whether the driver waits for readers.
    pub(crate) fn waits(&self) -> bool {
        self.waits.load(Ordering::SeqCst)
    }

    /// Whether the driver waited for readers that have read everything: the next turn is due.
    pub(crate) fn is_over(&self) -> bool {
        self.waits() && self.state.load(Ordering::SeqCst) & READERS == 0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bell::Bell;

    /// A turn of so many readers.
    fn begin(readers: usize) -> Turn {
        let turn = Turn::default();
        next(&turn, readers);
        turn
    }

    fn next(turn: &Turn, readers: usize) {
        turn.end();
        turn.begin();
        (0..readers).for_each(|_| turn.add_reader());
    }

    #[test]
    fn a_turn_is_over_when_the_last_reader_has_read() {
        let turn = begin(2);
        assert!(turn.waits_for_readers() && !turn.is_over());
        turn.has_read(turn.number());
        assert!(!turn.is_over());
        turn.has_read(turn.number());
        assert!(turn.is_over());
        turn.has_read(turn.number());
        assert!(turn.is_over(), "there is none left");
        next(&turn, 0);
        assert!(!turn.is_over(), "the next one has begun");
    }

    #[test]
    fn without_readers_there_is_none_to_wait_for() {
        let turn = begin(0);
        assert!(!turn.waits_for_readers() && !turn.is_over());
        next(&turn, 1);
        turn.has_read(turn.number());
        assert!(!turn.is_over(), "the driver does not wait yet");
        assert!(!turn.waits_for_readers() && !turn.is_over());
    }

    #[test]
    fn a_reader_of_an_earlier_turn_does_not_count() {
        let turn = begin(1);
        let earlier = turn.number();
        assert!(turn.waits_for_readers());
        next(&turn, 1);
        assert!(turn.waits_for_readers());
        turn.has_read(earlier);
        assert!(!turn.is_over());
        turn.has_read(turn.number());
        assert!(turn.is_over());
    }

    #[test]
    fn all_readers_but_one_are_woken_once() {
        let bell = Arc::<Bell>::default();
        let mut readers = Readers::default();
        for number in 0..4 {
            (0..number).for_each(|_| readers.add(bell.waker()));
            let last = readers.wake_others();
            assert_eq!(bell.rings(), number.max(1) - 1);
            assert_eq!(last.is_some(), number > 0);
        }
    }
}
