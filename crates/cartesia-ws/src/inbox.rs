//! What has arrived for a context and was not read yet.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use cartesia_types::ErrorKind;
use cartesia_types::tts::Event;
use tokio::sync::Notify;

use crate::error::Error;

/// What an event takes besides its audio, roughly.
const OVERHEAD: usize = 256;

/// The way from the driver to the reader of one context.
///
/// The lock is held for a few instructions at a time, never while waiting.
#[derive(Debug)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    budget: usize,
    /// Wakes writers that wait for room, when there is no point in writing any more.
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Event>,
    bytes: usize,
    /// How it ended: with everything said, or with an error.
    end: Option<End>,
    /// The reader was told of the end, or went away.
    over: bool,
    /// The context was cancelled: whatever still comes is dropped.
    cut: bool,
    /// Reading of the connection was suspended for this reader, which has not said yet that it made room.
    full: bool,
    reader: Option<Waker>,
}

/// How a context ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    /// Everything was said.
    Done,
    Failed(Error),
}

/// What the reader gets.
#[derive(Debug)]
pub(crate) enum Next {
    Event(Event),
    /// The end, told once.
    End(End),
    /// After the end.
    Over,
}

impl Inbox {
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            state: Mutex::default(),
            budget,
            ended: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; a poisoned lock would hold valid data all the same.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event. Returns whether what waits is still within the budget.
    pub(crate) fn push(&self, event: Event) -> bool {
        let mut state = self.state();
        if state.over || state.cut || state.end.is_some() {
            return true;
        }
        state.bytes += weight(&event);
        state.events.push_back(event);
        let within = state.bytes <= self.budget;
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
        within
    }

    /// Nothing more follows; what waits can still be read.
    pub(crate) fn end(&self, end: End) {
        let mut state = self.state();
        if state.end.is_some() {
            return;
        }
        // What would have been read was dropped: that is no good end.
        let cut_short = state.cut && matches!(end, End::Done);
        state.end = Some(if cut_short {
            End::Failed(cancelled())
        } else {
            end
        });
        self.tell(state);
    }

    /// Drops what waits and whatever comes until the end is told.
    pub(crate) fn cut(&self) {
        let mut state = self.state();
        if state.cut || state.over {
            return;
        }
        state.cut = true;
        state.bytes = 0;
        let waited = !state.events.is_empty();
        state.events.clear();
        // It had ended well, but nobody will see that any more.
        if waited && matches!(state.end, Some(End::Done)) {
            state.end = Some(End::Failed(cancelled()));
            self.tell(state);
        }
    }

    /// Wakes everybody who waits for something to happen.
    fn tell(&self, mut state: MutexGuard<'_, State>) {
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
        self.ended.notify_waiters();
    }

    /// The reader goes away.
    pub(crate) fn leave(&self) {
        let mut state = self.state();
        state.over = true;
        state.events.clear();
        state.bytes = 0;
    }

    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Next> {
        let mut state = self.state();
        if let Some(event) = state.events.pop_front() {
            state.bytes -= weight(&event);
            return Poll::Ready(Next::Event(event));
        }
        if state.over {
            return Poll::Ready(Next::Over);
        }
        if let Some(end) = state.end.clone() {
            state.over = true;
            return Poll::Ready(Next::End(end));
        }
        if !state
            .reader
            .as_ref()
            .is_some_and(|reader| reader.will_wake(cx.waker()))
        {
            state.reader = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Whether reading of the connection can go on as far as this reader is concerned; told once.
    pub(crate) fn take_relief(&self) -> bool {
        let mut state = self.state();
        let roomy = state.bytes <= self.budget / 2 || state.end.is_some() || state.over;
        roomy && std::mem::replace(&mut state.full, false)
    }

    /// Whether reading of the connection is suspended for this reader.
    pub(crate) fn is_full(&self) -> bool {
        self.state().full
    }

    /// Notes that the connection is suspended until the reader has made room.
    pub(crate) fn mark_full(&self) {
        self.state().full = true;
    }

    /// The error that a writer gets, once it ended.
    pub(crate) fn ended(&self, operation: &'static str) -> Option<Error> {
        let state = self.state();
        match &state.end {
            Some(End::Failed(error)) => Some(error.clone()),
            None if !state.over => None,
            _ => Some(Error::new(
                ErrorKind::Closed,
                operation,
                "the context has ended",
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

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.state().bytes
    }
}

/// The error of a context that its owner ended.
pub(crate) fn cancelled() -> Error {
    Error::new(
        ErrorKind::Cancelled,
        "tts.context",
        "cancelled by the caller",
    )
}

fn weight(event: &Event) -> usize {
    let content = match event {
        Event::Chunk(chunk) => chunk.data.len(),
        Event::Timestamps(timestamps) => timestamps
            .words
            .iter()
            .map(|word| 64 + word.word.len())
            .sum(),
        Event::PhonemeTimestamps(timestamps) => timestamps.phonemes.len() * 64,
        Event::Unknown(unknown) => unknown.raw().len(),
        _ => 0,
    };
    OVERHEAD + content
}
