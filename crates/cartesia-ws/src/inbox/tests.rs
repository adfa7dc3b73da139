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
    let within_budget = inbox.push(event, &mut readers);
    if let Some(reader) = readers.wake_others() {
        reader.wake();
    }
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

fn poll(inbox: &Inbox<Event>, waker: &Waker, turn: &Turn) -> Found<Event> {
    inbox.poll(&mut Context::from_waker(waker), turn, true)
}

/// Whether there is an item to read.
fn reads_one(inbox: &Inbox<Event>, turn: &Turn) -> bool {
    matches!(poll(inbox, Waker::noop(), turn), Found::Item(_))
}

/// What a reader sees next, in words.
fn read(inbox: &Inbox<Event>, bell: &Arc<Bell>) -> String {
    match poll(inbox, &bell.waker(), &Turn::default()) {
        Found::TurnIsOver => "the next turn is due".to_owned(),
        Found::Nothing { watch_is_due } => if watch_is_due {
            "the watch is due"
        } else {
            "nothing yet"
        }
        .to_owned(),
        Found::Item(taken) => match taken.next {
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
    let push = || {
        push(&inbox, chunk(1));
        push(&inbox, chunk(1));
        ends_turn(&inbox, &turn)
    };
    let read = || reads_one(&inbox, &turn);
    assert!(!push(), "none has read");
    assert!(read());
    assert!(push());
    assert!(!push(), "it has not read since");
    assert!((0..5).all(|_| read()));
    assert!(push());
    assert!((0..2).all(|_| read()));
    assert!(!turn.is_over(), "it has not asked for more");
    assert!(!read());
    assert!(turn.is_over());
    // It waits for the next one.
    assert!(push());
    inbox.end(End::Done);
    assert!((0..3).all(|_| read()));
    assert!(turn.is_over(), "it has seen the end");
}

/// Ends the turn of the driver. Returns whether it waits for the reader.
fn ends_turn(inbox: &Inbox<Event>, turn: &Turn) -> bool {
    turn.end();
    turn.begin();
    inbox.join(turn);
    // Many events of a turn may be for the same reader.
    inbox.join(turn);
    turn.waits_for_readers() && !turn.is_over()
}

/// It may not have had the time to read, so it is waited for once.
#[test]
fn a_reader_of_turns_that_nothing_waited_for_is_waited_for() {
    let (inbox, turn) = (of_budget(1_000), Turn::default());
    assert!(!reads_one(&inbox, &turn));
    for _ in 0..3 {
        push(&inbox, chunk(1));
    }
    assert!(ends_turn(&inbox, &turn));
    push(&inbox, chunk(1));
    assert!(!ends_turn(&inbox, &turn), "it was waited for already");
}

#[test]
fn a_reader_that_has_read_everything_before_the_turn_ends_is_not_waited_for() {
    let (inbox, turn) = (of_budget(1_000), Turn::default());
    push(&inbox, chunk(1));
    assert!(reads_one(&inbox, &turn));
    assert!(!ends_turn(&inbox, &turn));
}

/// It makes the next turn, unless it has made enough of them.
#[test]
fn a_reader_that_has_read_everything_learns_that_the_next_turn_is_due() {
    let (inbox, turn, bell) = (of_budget(1_000), Turn::default(), Arc::<Bell>::default());
    let poll = |makes_turns| {
        let waker = bell.waker();
        inbox.poll(&mut Context::from_waker(&waker), &turn, makes_turns)
    };
    assert!(matches!(poll(true), Found::Nothing { .. }));
    push(&inbox, chunk(1));
    assert_eq!(bell.rings(), 1);
    assert!(ends_turn(&inbox, &turn));
    assert!(matches!(poll(true), Found::Item(_)));
    assert!(matches!(poll(true), Found::TurnIsOver));
    push(&inbox, chunk(1));
    assert_eq!(bell.rings(), 0, "it does not wait");
    assert!(matches!(poll(true), Found::Item(_)));
    assert!(matches!(poll(false), Found::Nothing { .. }));
    push(&inbox, chunk(1));
    assert_eq!(bell.rings(), 1);
}

#[test]
fn a_reader_looks_at_its_watch_when_that_is_due() {
    let inbox = Arc::new(of_budget(1_000));
    let (bell, watch) = (Arc::<Bell>::default(), Waker::from(Arc::clone(&inbox)));
    // It does not wait yet.
    watch.wake_by_ref();
    assert_eq!(read(&inbox, &bell), "the watch is due");
    assert_eq!(read(&inbox, &bell), "nothing yet");
    watch.wake_by_ref();
    assert_eq!(bell.rings(), 1);
    // An event comes before that.
    push(&inbox, chunk(1));
    assert_eq!(read(&inbox, &bell), "chunk");
    assert_eq!(read(&inbox, &bell), "the watch is due");
}

#[test]
fn a_reader_that_reads_no_more_is_not_waited_for() {
    for leaves in [false, true] {
        let (inbox, turn) = (of_budget(1_000), Turn::default());
        assert!(!reads_one(&inbox, &turn));
        push(&inbox, done());
        assert!(ends_turn(&inbox, &turn));
        if leaves {
            inbox.leave(&turn);
        } else {
            // Many a reader stops here, and does not ask for what comes after the last event.
            assert!(reads_one(&inbox, &turn));
        }
        assert!(turn.is_over(), "{leaves}");
    }
}

/// Reads the next item, and whether that made room.
#[track_caller]
fn makes_room(inbox: &Inbox<Event>) -> bool {
    match poll(inbox, Waker::noop(), &Turn::default()) {
        Found::Item(taken) => taken.room_made,
        other => panic!("something waits, not {other:?}"),
    }
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
            inbox.leave(&Turn::default());
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
    inbox.leave(&Turn::default());
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
    inbox.leave(&Turn::default());
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
