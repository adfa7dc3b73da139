//! Events of a stream that have arrived and were not read yet.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

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
    /// It has read something since the last event was added, or waits.
    reads: bool,
    /// The turn that it counts for, until it has read everything.
    turn: Option<Number>,
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
            return Some(Next::Event(event));
        }
        if let Some(number) = self.reader.turn.take() {
            turn.has_read(number);
        }
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
    pub(crate) fn push(&self, event: E, readers: &mut Readers, turn: &Turn) -> bool {
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
        let reader = &mut state.reader;
        if let Some(waker) = reader.waker.take() {
            readers.add(waker);
        }
        let number = Some(turn.number());
        if std::mem::take(&mut reader.reads) && reader.turn != number {
            reader.turn = number;
            turn.add_reader();
        }
        state.bytes <= self.budget
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
    fn notify(&self, mut state: MutexGuard<'_, State<E>>) {
        let reader = state.reader.waker.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
        self.ended.notify_waiters();
    }

    /// The reader was dropped.
    pub(crate) fn leave(&self) {
        let mut state = self.state();
        state.over = true;
        state.events.clear();
        state.bytes = 0;
    }

    /// The next item. When there is none, the reader has read everything of the turn, and counts for the next.
    pub(crate) fn take(&self, turn: &Turn) -> Option<Taken<E>> {
        self.state().take(turn, self.budget)
    }

    /// The same; when there is none, the reader is woken by the next one.
    pub(crate) fn poll_next(&self, cx: &mut Context<'_>, turn: &Turn) -> Poll<Taken<E>> {
        let mut state = self.state();
        if let Some(taken) = state.take(turn, self.budget) {
            return Poll::Ready(taken);
        }
        let reader = &mut state.reader;
        match &mut reader.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => reader.waker = Some(cx.waker().clone()),
        }
        Poll::Pending
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

/// The error of a stream that its owner ended.
pub(crate) fn cancelled(operation: &'static str) -> Error {
    Error::new(ErrorKind::Cancelled, operation, "cancelled by the caller")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use cartesia_types::tts::{
        Chunk, Done, Event, PhonemeTimestamps, PhonemeTiming, Timestamps, WordTiming,
    };

    use super::*;
    use crate::bell::Bell;
    use crate::session::OVERHEAD;

    fn of_budget(budget: usize) -> Inbox<Event> {
        Inbox::new(budget, "tts.context")
    }

    fn push(inbox: &Inbox<Event>, event: Event) -> bool {
        let mut readers = Readers::default();
        let within_budget = inbox.push(event, &mut readers, &Turn::default());
        readers.wake();
        within_budget
    }

    fn chunk(bytes: usize) -> Event {
        Event::Chunk(Chunk::new(vec![0; bytes]))
    }

    fn done() -> Event {
        Event::Done(Done::default())
    }

    fn failed(kind: ErrorKind) -> End {
        End::Failed(Error::new(kind, "tts.context", "why"))
    }

    /// What a reader sees next, in words.
    fn read(inbox: &Inbox<Event>, bell: &Arc<Bell>) -> String {
        match inbox.poll_next(&mut Context::from_waker(&bell.waker()), &Turn::default()) {
            Poll::Pending => "nothing yet".to_owned(),
            Poll::Ready(taken) => match taken.next {
                Next::Event(event) => event.kind().to_owned(),
                Next::End(End::Done) => "end".to_owned(),
                Next::End(End::Failed(error)) => format!("{:?}", error.kind()),
                Next::Over => "over".to_owned(),
            },
        }
    }

    #[track_caller]
    fn reads(inbox: &Inbox<Event>, expected: &[&str]) {
        let bell = Arc::default();
        let seen: Vec<_> = expected.iter().map(|_| read(inbox, &bell)).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_waits_is_read_in_order_and_the_end_is_reported_once() {
        let inbox = of_budget(1 << 20);
        assert!(push(&inbox, chunk(10)));
        assert!(push(&inbox, done()));
        inbox.end(End::Done);
        // The first end counts, and nothing follows it.
        inbox.end(failed(ErrorKind::Closed));
        assert!(push(&inbox, chunk(10)));
        reads(&inbox, &["chunk", "done", "end", "over", "over"]);
        assert_eq!(inbox.bytes(), 0);
    }

    #[test]
    fn what_arrived_before_a_failure_can_be_read() {
        let inbox = of_budget(1 << 20);
        push(&inbox, chunk(10));
        inbox.end(failed(ErrorKind::Incomplete));
        reads(&inbox, &["chunk", "Incomplete", "over"]);
    }

    #[test]
    fn the_budget_counts_everything_that_waits() {
        let inbox = of_budget(2 * (OVERHEAD + 100));
        assert!(push(&inbox, chunk(100)));
        assert!(push(&inbox, chunk(100)));
        assert_eq!(inbox.bytes(), 2 * (OVERHEAD + 100));
        // What is too much is kept: what to do about it is not for the inbox to say.
        assert!(!push(&inbox, chunk(0)));
        reads(&inbox, &["chunk", "chunk"]);
        assert!(push(&inbox, chunk(100)));
        reads(&inbox, &["chunk", "chunk", "nothing yet"]);
        assert_eq!(inbox.bytes(), 0);
    }

    #[test]
    fn what_has_no_audio_has_a_weight() {
        let word = WordTiming::new("word", Duration::ZERO, Duration::ZERO);
        let phoneme = PhonemeTiming::new("w", Duration::ZERO, Duration::ZERO);
        let unknown = Event::from_json(br#"{"type":"news","text":"long"}"#).unwrap();
        for (event, content) in [
            (Event::Timestamps(Timestamps::new(vec![word; 3])), 3 * 68),
            (
                Event::PhonemeTimestamps(PhonemeTimestamps::new(vec![phoneme; 3])),
                3 * 64,
            ),
            (unknown, 29),
            (done(), 0),
        ] {
            let inbox = of_budget(0);
            assert!(!push(&inbox, event));
            assert_eq!(inbox.bytes(), OVERHEAD + content);
            let _ = read(&inbox, &Arc::default());
            assert_eq!(inbox.bytes(), 0);
        }
    }

    #[test]
    fn a_cut_drops_what_waits_and_what_comes() {
        let inbox = of_budget(1_000);
        push(&inbox, chunk(100));
        inbox.cut();
        assert_eq!(inbox.bytes(), 0);
        assert!(push(&inbox, chunk(10_000)));
        assert_eq!(inbox.bytes(), 0);
        reads(&inbox, &["nothing yet"]);
        inbox.end(End::Failed(cancelled("tts.context")));
        reads(&inbox, &["Cancelled", "over"]);
        inbox.cut();
        reads(&inbox, &["over"]);
    }

    #[test]
    fn a_cut_is_no_good_end() {
        // It ended well, but what waited is lost.
        let inbox = of_budget(1_000);
        push(&inbox, done());
        inbox.end(End::Done);
        inbox.cut();
        reads(&inbox, &["Cancelled", "over"]);
        // It ended well after the cut: what came was dropped.
        let inbox = of_budget(1_000);
        inbox.cut();
        push(&inbox, chunk(10));
        push(&inbox, done());
        inbox.end(End::Done);
        reads(&inbox, &["Cancelled", "over"]);
        // Everything was read before.
        let inbox = of_budget(1_000);
        push(&inbox, done());
        inbox.end(End::Done);
        reads(&inbox, &["done"]);
        inbox.cut();
        reads(&inbox, &["end", "over"]);
        // How it failed is more than that it was cancelled.
        let inbox = of_budget(1_000);
        push(&inbox, chunk(10));
        inbox.end(failed(ErrorKind::Server));
        inbox.cut();
        reads(&inbox, &["Server", "over"]);
    }

    #[test]
    fn a_reader_is_woken_by_whatever_it_can_read() {
        let inbox = of_budget(1_000);
        let (first, second) = (Arc::<Bell>::default(), Arc::<Bell>::default());
        assert_eq!(read(&inbox, &first), "nothing yet");
        assert_eq!(read(&inbox, &second), "nothing yet");
        push(&inbox, chunk(1));
        // The one that asked last waits.
        assert_eq!((first.rings(), second.rings()), (0, 1));
        push(&inbox, chunk(1));
        assert_eq!(second.rings(), 0, "nobody waits");
        assert_eq!(read(&inbox, &second), "chunk");
        assert_eq!(read(&inbox, &second), "chunk");
        assert_eq!(read(&inbox, &second), "nothing yet");
        assert_eq!(read(&inbox, &second), "nothing yet");
        inbox.end(End::Done);
        assert_eq!(second.rings(), 1);
        assert_eq!(read(&inbox, &second), "end");
    }

    /// A reader counts for a turn when it waits for events or has read some, and until it has read everything. So one
    /// that does not read is not waited for.
    #[test]
    fn only_a_reader_that_reads_is_waited_for() {
        let (inbox, turn) = (of_budget(1_000), Turn::default());
        let waits = |turn: &Turn| turn.waits_for_readers() && !turn.is_over();
        let push = || {
            turn.begin();
            let mut readers = Readers::default();
            inbox.push(chunk(1), &mut readers, &turn);
            inbox.push(chunk(1), &mut readers, &turn);
        };
        let read = || inbox.poll_next(&mut Context::from_waker(Waker::noop()), &turn);
        push();
        assert!(!waits(&turn), "none has read");
        assert!(read().is_ready());
        push();
        assert!(waits(&turn));
        push();
        assert!(!waits(&turn), "it has not read since");
        assert!((0..5).all(|_| read().is_ready()));
        push();
        assert!(waits(&turn));
        assert!((0..2).all(|_| read().is_ready()));
        assert!(waits(&turn), "it has not asked for more");
        assert!(read().is_pending());
        assert!(!waits(&turn));
        // It waits for the next one.
        push();
        assert!(waits(&turn));
        inbox.end(End::Done);
        assert!((0..3).all(|_| read().is_ready()));
        assert!(!waits(&turn), "it has seen the end");
    }

    /// Reads the next item, and whether that made room.
    #[track_caller]
    fn makes_room(inbox: &Inbox<Event>) -> bool {
        inbox
            .take(&Turn::default())
            .expect("something waits")
            .room_made
    }

    #[test]
    fn relief_is_reported_once_there_is_room() {
        let inbox = of_budget(1_000);
        for bytes in [300, 300, 501, 500] {
            push(&inbox, chunk(bytes - OVERHEAD));
        }
        assert!(!makes_room(&inbox), "reading was not suspended");
        inbox.mark_full();
        assert!(!makes_room(&inbox), "1,001 of 1,000 wait");
        // 500 of 1,000 wait.
        assert!(inbox.is_full() && makes_room(&inbox));
        assert!(!inbox.is_full() && !makes_room(&inbox));
    }

    #[test]
    fn nobody_waits_for_room_after_the_end() {
        for leave in [false, true] {
            let inbox = of_budget(100);
            push(&inbox, chunk(1_000));
            push(&inbox, chunk(1_000));
            inbox.mark_full();
            assert!(!makes_room(&inbox));
            if leave {
                inbox.leave();
            } else {
                inbox.end(End::Done);
            }
            assert!(makes_room(&inbox));
        }
    }

    #[test]
    fn a_reader_that_leaves_keeps_nothing() {
        let inbox = of_budget(1_000);
        push(&inbox, chunk(100));
        inbox.leave();
        assert_eq!(inbox.bytes(), 0);
        assert!(push(&inbox, chunk(10_000)));
        assert_eq!(inbox.bytes(), 0);
        reads(&inbox, &["over"]);
    }

    #[test]
    fn writers_learn_how_it_ended() {
        let kind = |inbox: &Inbox<Event>| inbox.ended().map(|error| error.kind());
        let inbox = of_budget(1_000);
        assert_eq!(kind(&inbox), None);
        inbox.end(failed(ErrorKind::RateLimited));
        assert_eq!(kind(&inbox), Some(ErrorKind::RateLimited));
        let inbox = of_budget(1_000);
        inbox.end(End::Done);
        assert_eq!(kind(&inbox), Some(ErrorKind::Closed));
        let inbox = of_budget(1_000);
        inbox.leave();
        assert_eq!(kind(&inbox), Some(ErrorKind::Closed));
    }

    #[tokio::test]
    async fn all_writers_are_woken_by_the_end() {
        let inbox = Arc::new(of_budget(1_000));
        let (one, other) = (inbox.wait_for_end(), inbox.wait_for_end());
        let ends = async {
            tokio::task::yield_now().await;
            inbox.end(End::Done);
        };
        let all = async { tokio::join!(one, other, ends) };
        tokio::time::timeout(Duration::from_secs(5), all)
            .await
            .unwrap();
        // It had ended already.
        let again = inbox.wait_for_end();
        tokio::time::timeout(Duration::from_secs(5), again)
            .await
            .unwrap();
    }
}
