//! Events of a stream that have arrived and were not read yet.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

use cartesia_types::ErrorKind;
use tokio::sync::Notify;

use crate::Error;
use crate::protocol::Message;
use crate::turn::{Number, Readers, Turn};

/// The queue from the driver to the reader of one stream.
///
/// The lock is held for a few instructions at a time, never while waiting.
#[derive(Debug)]
pub(crate) struct Inbox<E> {
    state: Mutex<State<E>>,
    budget: usize,
    /// The operation in errors of the stream.
    operation: &'static str,
    /// Wakes writers that wait for room, when there is no point in writing any more.
    ended: Notify,
}

#[derive(Debug)]
struct State<E> {
    events: VecDeque<E>,
    bytes: usize,
    /// The end: complete, or with an error.
    end: Option<End>,
    /// The reader has received the end, or was dropped.
    over: bool,
    /// The stream was cancelled: all further events are dropped.
    cut: bool,
    /// Reading of the connection was suspended for this reader, which has not said yet that it made room.
    full: bool,
    reader: Reader,
}

/// The reader, as far as it is known here.
#[derive(Debug, Default)]
struct Reader {
    /// Set while it waits.
    waker: Option<Waker>,
    /// It has read something since the driver last waited for it, or waits.
    reads: bool,
    /// The turn that it counts for, until it has read everything.
    turn: Option<Number>,
    /// It is to look at its watch over the connection.
    watch_is_due: bool,
}

/// How a stream ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    /// All speech was received.
    Done,
    Failed(Error),
}

/// What the reader took.
#[derive(Debug)]
pub(crate) struct Taken<E> {
    pub(crate) next: Next<E>,
    /// The reader has made room, so that the connection may be read again: true once.
    pub(crate) room_made: bool,
}

/// What a reader finds.
#[derive(Debug)]
pub(crate) enum Found<E> {
    Item(Taken<E>),
    /// No item, and the next turn is due.
    TurnIsOver,
    /// No item yet. The next one wakes the reader, and so does its watch when it is due.
    Nothing {
        watch_is_due: bool,
    },
}

/// The next item for the reader.
#[derive(Debug)]
pub(crate) enum Next<E> {
    Event(E),
    /// The end, returned once.
    End(End),
    /// The end was delivered.
    Over,
}

impl<E> Default for State<E> {
    fn default() -> Self {
        Self {
            events: VecDeque::new(),
            bytes: 0,
            end: None,
            over: false,
            cut: false,
            full: false,
            reader: Reader::default(),
        }
    }
}

impl Reader {
    /// Notes that it has read everything, or reads no more.
    fn has_read(&mut self, turn: &Turn) {
        if let Some(number) = self.turn.take() {
            turn.has_read(number);
        }
    }
}

impl<E: Message> State<E> {
    fn take(&mut self, turn: &Turn, budget: usize) -> Option<Taken<E>> {
        let next = self.next(turn)?;
        let has_room = self.bytes <= budget / 2 || self.end.is_some() || self.over;
        let room_made = has_room && std::mem::take(&mut self.full);
        Some(Taken { next, room_made })
    }

    fn next(&mut self, turn: &Turn) -> Option<Next<E>> {
        self.reader.reads = true;
        if let Some(event) = self.events.pop_front() {
            self.bytes -= event.weight();
            if event.is_last() {
                self.reader.has_read(turn);
            }
            return Some(Next::Event(event));
        }
        self.reader.has_read(turn);
        if self.over {
            return Some(Next::Over);
        }
        let end = self.end.clone()?;
        self.over = true;
        Some(Next::End(end))
    }
}

impl<E: Message> Inbox<E> {
    pub(crate) fn new(budget: usize, operation: &'static str) -> Self {
        Self {
            state: Mutex::default(),
            budget,
            operation,
            ended: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<E>> {
        // Nothing panics while it is held, and even a poisoned lock would hold valid data.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event. Returns whether the unread events are still within the budget. The caller must wake the
    /// readers that this adds to `readers`.
    pub(crate) fn push(&self, event: E, readers: &mut Readers) -> bool {
        let mut state = self.state();
        if state.over || state.cut || state.end.is_some() {
            return true;
        }
        let State { events, bytes, .. } = &mut *state;
        if let Some(is_obsolete) = event.obsoletes() {
            let obsolete = events.iter().filter(|earlier| is_obsolete(earlier));
            *bytes -= obsolete.map(Message::weight).sum::<usize>();
            events.retain(|earlier| !is_obsolete(earlier));
        }
        *bytes += event.weight();
        if events.capacity() == 0 {
            // Enough for a reader that keeps up. By itself, the queue would begin with room for four.
            events.reserve_exact(1);
        }
        events.push_back(event);
        if let Some(waker) = state.reader.waker.take() {
            readers.add(waker);
        }
        state.bytes <= self.budget
    }

    /// Makes the driver wait for the reader in this turn, if it has something to read, and reads.
    pub(crate) fn join(&self, turn: &Turn) {
        let mut state = self.state();
        if !state.events.is_empty() && std::mem::take(&mut state.reader.reads) {
            state.reader.turn = Some(turn.number());
            turn.add_reader();
        }
    }

    /// Notes the end. Unread events can still be read.
    pub(crate) fn end(&self, end: End) {
        let mut state = self.state();
        if state.end.is_some() {
            return;
        }
        // Events that the reader should have received were dropped, so this is not a regular end.
        let cut_short = state.cut && matches!(end, End::Done);
        state.end = Some(if cut_short {
            End::Failed(cancelled(self.operation))
        } else {
            end
        });
        self.notify(state);
    }

    /// Drops pending events, and all further ones up to the end.
    pub(crate) fn cut(&self) {
        let mut state = self.state();
        if state.cut || state.over {
            return;
        }
        state.cut = true;
        state.bytes = 0;
        let waited = !state.events.is_empty();
        state.events.clear();
        // It had ended well, but the reader will not see that any more.
        if waited && matches!(state.end, Some(End::Done)) {
            state.end = Some(End::Failed(cancelled(self.operation)));
            self.notify(state);
        }
    }

    /// Wakes the reader, and writers that wait.
    fn notify(&self, state: MutexGuard<'_, State<E>>) {
        wake_reader(state);
        self.ended.notify_waiters();
    }

    /// The reader was dropped.
    pub(crate) fn leave(&self, turn: &Turn) {
        let mut state = self.state();
        state.reader.has_read(turn);
        state.over = true;
        state.events.clear();
        state.bytes = 0;
    }

    /// The next item. When there is none, the reader has read everything of the turn. Then a reader that makes turns
    /// learns whether the next one is due.
    pub(crate) fn poll(&self, cx: &mut Context<'_>, turn: &Turn, makes_turns: bool) -> Found<E> {
        let mut state = self.state();
        if let Some(taken) = state.take(turn, self.budget) {
            return Found::Item(taken);
        }
        if makes_turns && turn.is_over() {
            return Found::TurnIsOver;
        }
        let reader = &mut state.reader;
        match &mut reader.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => reader.waker = Some(cx.waker().clone()),
        }
        Found::Nothing {
            watch_is_due: std::mem::take(&mut reader.watch_is_due),
        }
    }

    /// Whether reading of the connection is suspended for this reader.
    pub(crate) fn is_full(&self) -> bool {
        self.state().full
    }

    /// Notes that the connection is suspended until the reader has made room.
    pub(crate) fn mark_full(&self) {
        self.state().full = true;
    }

    /// Returns the error for writers, once the stream has ended.
    pub(crate) fn ended(&self) -> Option<Error> {
        let state = self.state();
        match &state.end {
            Some(End::Failed(error)) => Some(error.clone()),
            None if !state.over => None,
            _ => Some(Error::new(
                ErrorKind::Closed,
                self.operation,
                "the stream has ended and accepts no more input",
            )),
        }
    }

    /// Waits until it ended.
    pub(crate) async fn wait_for_end(&self) {
        loop {
            let notified = self.ended.notified();
            let mut notified = std::pin::pin!(notified);
            notified.as_mut().enable();
            if self.state().end.is_some() {
                return;
            }
            notified.await;
        }
    }

    /// Returns the number of unread bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.state().bytes
    }
}

/// Wakes the reader to look at its watch. Between two such wakes the reader need not touch its timer, which for each of
/// many readers is cold memory.
impl<E: Message> Wake for Inbox<E> {
    fn wake(self: Arc<Self>) {
        let mut state = self.state();
        state.reader.watch_is_due = true;
        wake_reader(state);
    }
}

/// Wakes the reader if it waits. It may run at once, so the lock is released before.
fn wake_reader<E>(mut state: MutexGuard<'_, State<E>>) {
    let reader = state.reader.waker.take();
    drop(state);
    if let Some(reader) = reader {
        reader.wake();
    }
}

/// The error of a stream that its owner ended.
pub(crate) fn cancelled(operation: &'static str) -> Error {
    Error::new(ErrorKind::Cancelled, operation, "cancelled by the caller")
}
