//! Turns of the task of a connection and of its readers.
//!
//! The task stops after some messages, so that readers find them in the cache of the processor, and their memory is
//! used again. To go on, it could yield to the runtime. But with many threads, a yield makes the runtime look for
//! work, and wake another thread to do the same; then the task and its readers run side by side, and audio piles
//! up between them. So the task waits, and the last reader that has read everything wakes it: that puts both on one
//! thread, and the runtime only goes from one to the other. The task does not wait long, and not for a reader
//! that does not read.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Waker;

/// Readers that are to be woken at the end of the task's turn: one that is woken for each message by another
/// thread sleeps and wakes as often.
#[derive(Debug, Default)]
pub(crate) struct Readers {
    in_tasks: Vec<Waker>,
    /// Those that are the main future of a runtime with many threads: it costs much to wake them.
    in_main: Vec<Waker>,
}

impl Readers {
    pub(crate) fn add(&mut self, reader: Waker, is_in_main: bool) {
        if is_in_main {
            self.in_main.push(reader);
        } else {
            self.in_tasks.push(reader);
        }
    }

    /// Whether some wait, and all of them are main futures.
    pub(crate) fn are_in_main(&self) -> bool {
        self.in_tasks.is_empty() && !self.in_main.is_empty()
    }

    pub(crate) fn wake(&mut self) {
        self.in_tasks.drain(..).for_each(Waker::wake);
        self.in_main.drain(..).for_each(Waker::wake);
    }
}

/// The current turn.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// The number of the turn (upper half), and of its readers that have not read everything yet.
    state: AtomicU64,
    /// The task waits for these readers.
    waits: AtomicBool,
    task: Mutex<Option<Waker>>,
}

/// The number of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(u64);

const ONE_TURN: u64 = 1 << 32;
const READERS: u64 = ONE_TURN - 1;

impl Turn {
    /// Begins a turn, for which no reader counts yet. Only the task of the connection calls this.
    pub(crate) fn begin(&self) {
        self.waits.store(false, Ordering::Relaxed);
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

    /// Notes that a reader of that turn has read everything. The last one wakes the task.
    pub(crate) fn has_read(&self, number: Number) {
        let less = |state: u64| {
            let is_of_this_turn = state & !READERS == number.0 && state & READERS > 0;
            is_of_this_turn.then(|| state - 1)
        };
        let before = self
            .state
            .fetch_update(Ordering::SeqCst, Ordering::Relaxed, less);
        if before.is_ok_and(|before| before & READERS == 1)
            && self.waits.swap(false, Ordering::SeqCst)
        {
            let task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(task) = &*task {
                task.wake_by_ref();
            }
        }
    }

    /// Ends the turn of the task; whether it is woken when its readers have read everything. If not, there is none
    /// to wait for.
    pub(crate) fn waits_for_readers(&self, task: &Waker) -> bool {
        if self.state.load(Ordering::Relaxed) & READERS == 0 {
            return false;
        }
        let mut waker = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *waker {
            Some(waker) => waker.clone_from(task),
            None => *waker = Some(task.clone()),
        }
        drop(waker);
        self.waits.store(true, Ordering::SeqCst);
        // The last one may have read everything just before.
        let all_read = self.state.load(Ordering::SeqCst) & READERS == 0;
        !(all_read && self.waits.swap(false, Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use super::*;

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Rig {
        turn: Turn,
        bell: Arc<Bell>,
        task: Waker,
    }

    impl Rig {
        /// A turn of so many readers.
        fn begin(readers: usize) -> Self {
            let bell = Arc::<Bell>::default();
            let rig = Self {
                turn: Turn::default(),
                task: Waker::from(Arc::clone(&bell)),
                bell,
            };
            rig.next(readers);
            rig
        }

        fn next(&self, readers: usize) {
            self.turn.begin();
            (0..readers).for_each(|_| self.turn.add_reader());
        }

        fn waits(&self) -> bool {
            self.turn.waits_for_readers(&self.task)
        }

        fn has_read(&self) {
            self.turn.has_read(self.turn.number());
        }

        fn rings(&self) -> usize {
            self.bell.0.swap(0, Ordering::Relaxed)
        }
    }

    #[test]
    fn the_last_reader_wakes_the_task_once() {
        let rig = Rig::begin(2);
        assert!(rig.waits());
        rig.has_read();
        assert_eq!(rig.rings(), 0);
        rig.has_read();
        assert_eq!(rig.rings(), 1);
        rig.has_read();
        assert_eq!(rig.rings(), 0, "there is none left");
    }

    #[test]
    fn nobody_is_waited_for_who_has_read() {
        let rig = Rig::begin(0);
        assert!(!rig.waits());
        rig.next(1);
        rig.has_read();
        assert!(!rig.waits());
        assert_eq!(rig.rings(), 0, "it did not wait yet");
    }

    #[test]
    fn a_reader_of_an_earlier_turn_does_not_count() {
        let rig = Rig::begin(1);
        let earlier = rig.turn.number();
        assert!(rig.waits());
        rig.next(1);
        assert!(rig.waits());
        rig.turn.has_read(earlier);
        assert_eq!(rig.rings(), 0);
        rig.has_read();
        assert_eq!(rig.rings(), 1);
    }

    /// The task that did not wait for its readers, for nothing more had arrived, is not woken by them.
    #[test]
    fn a_task_that_does_not_wait_is_not_woken() {
        let rig = Rig::begin(1);
        assert!(rig.waits());
        rig.next(1);
        rig.has_read();
        assert_eq!(rig.rings(), 0);
    }

    /// However the two threads meet, a task that waits is woken.
    #[test]
    fn no_wake_is_lost() {
        for _ in 0..2_000 {
            let rig = Rig::begin(1);
            let waits = std::thread::scope(|scope| {
                let reader = scope.spawn(|| rig.has_read());
                let waits = rig.waits();
                reader.join().unwrap();
                waits
            });
            assert_eq!(rig.rings(), usize::from(waits));
        }
    }

    #[test]
    fn readers_are_woken_once() {
        let bell = Arc::<Bell>::default();
        let reader = || Waker::from(Arc::clone(&bell));
        let mut readers = Readers::default();
        assert!(!readers.are_in_main());
        readers.add(reader(), true);
        assert!(readers.are_in_main());
        readers.add(reader(), false);
        assert!(!readers.are_in_main());
        readers.wake();
        readers.wake();
        assert_eq!(bell.0.load(Ordering::Relaxed), 2);
    }
}
