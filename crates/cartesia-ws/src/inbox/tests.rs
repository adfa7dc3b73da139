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

/// It may not have had the time to read, so it is waited for once.
#[test]
fn a_reader_of_turns_that_nothing_waited_for_is_waited_for() {
    let (inbox, turn) = (of_budget(1_000), Turn::default());
    let push = || {
        turn.begin();
        inbox.push(chunk(1), &mut Readers::default(), &turn);
    };
    let read = || inbox.poll_next(&mut Context::from_waker(Waker::noop()), &turn);
    assert!(read().is_pending());
    push();
    push();
    push();
    assert!(turn.waits_for_readers());
    push();
    assert!(!turn.waits_for_readers(), "it was waited for already");
}

#[test]
fn a_reader_that_reads_no_more_is_not_waited_for() {
    for leaves in [false, true] {
        let (inbox, turn) = (of_budget(1_000), Turn::default());
        let read = || inbox.poll_next(&mut Context::from_waker(Waker::noop()), &turn);
        assert!(read().is_pending());
        turn.begin();
        inbox.push(done(), &mut Readers::default(), &turn);
        assert!(turn.waits_for_readers() && !turn.is_over());
        if leaves {
            inbox.leave(&turn);
        } else {
            // Many a reader stops here, and does not ask for what comes after the last event.
            assert!(read().is_ready());
        }
        assert!(turn.is_over(), "{leaves}");
    }
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
