//! Cuts: ranges of the ring that were cancelled or interrupted after they were pushed.
//!
//! Requests to the render function and its answers travel through two more rings, so that none is lost, and a
//! request never affects frames that were pushed after it.

use ringbuf::traits::{Consumer as _, Producer as _, Split as _};
use ringbuf::{HeapCons, HeapProd, HeapRb};

/// Requests that are not answered at most. More wait on the player's side.
const IN_FLIGHT: usize = 32;

/// Answers that were not read at most: one for each request, and with room for those to requests that an
/// answer to another one has settled already.
const ANSWERS: usize = 4 * IN_FLIGHT;

/// Frames of the ring from `from` to before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

/// A range that is done: the sound went on at `resumed`, having stopped at `stopped`. Both are the same
/// when it was played before it could be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) stopped: u64,
    pub(crate) resumed: u64,
    /// Frames given up in all, this range included.
    pub(crate) total: u64,
    /// When the last of the sound before it leaves the speaker, fade included, in nanoseconds of the clock.
    pub(crate) leaves_at: u64,
}

/// The player's side.
pub(crate) struct Cutter {
    requests: HeapProd<Range>,
    answers: HeapCons<Skipped>,
    /// Requests without an answer.
    pending: Vec<Range>,
    /// How many of them, from the first on, were sent.
    sent: usize,
    /// The end of all cut ranges so far.
    end: u64,
}

/// The render function's side. It neither allocates nor waits.
pub(crate) struct Cuts {
    requests: HeapCons<Range>,
    answers: HeapProd<Skipped>,
    ranges: [Option<Range>; IN_FLIGHT],
    /// The end of all cut ranges so far.
    end: u64,
    total: u64,
}

pub(crate) fn pair() -> (Cutter, Cuts) {
    let (request_in, request_out) = HeapRb::new(IN_FLIGHT).split();
    let (answer_in, answer_out) = HeapRb::new(ANSWERS).split();
    let cutter = Cutter {
        requests: request_in,
        answers: answer_out,
        pending: Vec::new(),
        sent: 0,
        end: 0,
    };
    let cuts = Cuts {
        requests: request_out,
        answers: answer_in,
        ranges: [None; IN_FLIGHT],
        end: 0,
        total: 0,
    };
    (cutter, cuts)
}

impl Cutter {
    /// Cuts a range that was pushed.
    pub(crate) fn cut(&mut self, range: Range) {
        self.pending.push(range);
        self.end = self.end.max(range.to);
        self.send();
    }

    fn send(&mut self) {
        while let Some(range) = self.pending.get(self.sent).copied() {
            // More answers fit than requests, so the other side never has to wait.
            if self.sent >= IN_FLIGHT || self.requests.try_push(range).is_err() {
                break;
            }
            self.sent += 1;
        }
    }

    pub(crate) fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The end of all cut ranges so far.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    pub(crate) fn next_answer(&mut self) -> Option<Skipped> {
        let skipped = self.answers.try_pop()?;
        let done = |range: &Range| range.to <= skipped.resumed;
        let answered = self
            .pending
            .iter()
            .take(self.sent)
            .filter(|range| done(range));
        self.sent -= answered.count();
        // A request that is complete before it was sent need not be sent.
        self.pending.retain(|range| !done(range));
        self.send();
        Some(skipped)
    }
}

impl Cuts {
    /// Receives new requests. Ranges before `position` are over.
    pub(crate) fn update(&mut self, position: u64, leaves_at: u64) {
        while let Some(free) = self.ranges.iter_mut().find(|range| range.is_none()) {
            let Some(range) = self.requests.try_pop() else {
                break;
            };
            *free = Some(range);
            self.end = self.end.max(range.to);
        }
        self.played_to(position, leaves_at);
    }

    /// Answers requests for ranges that were played to their end.
    pub(crate) fn played_to(&mut self, position: u64, leaves_at: u64) {
        let mut last = None;
        for slot in &mut self.ranges {
            if let Some(range) = slot.take_if(|range| range.to <= position) {
                last = last.max(Some(range.to));
            }
        }
        if let Some(to) = last {
            self.answer(to, to, leaves_at);
        }
    }

    /// The sound stopped at `stopped`, and goes on at `resumed`.
    pub(crate) fn skipped(&mut self, stopped: u64, resumed: u64, leaves_at: u64) {
        self.total = self.total.saturating_add(resumed.saturating_sub(stopped));
        for slot in &mut self.ranges {
            slot.take_if(|range| range.to <= resumed);
        }
        self.answer(stopped, resumed, leaves_at);
    }

    fn answer(&mut self, stopped: u64, resumed: u64, leaves_at: u64) {
        // There is room for an answer to every request that is in flight.
        let _ = self.answers.try_push(Skipped {
            stopped,
            resumed,
            total: self.total,
            leaves_at,
        });
    }

    /// The range that `position` lies in; of several, the one that ends last.
    pub(crate) fn around(&self, position: u64) -> Option<Range> {
        let ranges = self.ranges.iter().flatten();
        ranges
            .filter(|range| range.from <= position && position < range.to)
            .max_by_key(|range| range.to)
            .copied()
    }

    /// Where the next range begins.
    pub(crate) fn next_after(&self, position: u64) -> Option<u64> {
        let ranges = self.ranges.iter().flatten();
        ranges
            .map(|range| range.from)
            .filter(|from| *from > position)
            .min()
    }

    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Frames given up in all.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: u64, to: u64) -> Range {
        Range { from, to }
    }

    #[test]
    fn ranges_are_found_in_any_order_of_requests() {
        let (mut cutter, mut cuts) = pair();
        for request in [range(300, 400), range(0, 100), range(350, 360)] {
            cutter.cut(request);
        }
        cuts.update(10, 0);
        assert_eq!(cuts.around(10), Some(range(0, 100)));
        assert_eq!(cuts.next_after(10), Some(300));
        cuts.skipped(15, 100, 7);
        assert_eq!(cuts.around(100), None);
        let answer = cutter.next_answer().unwrap();
        assert_eq!(
            (
                answer.stopped,
                answer.resumed,
                answer.total,
                answer.leaves_at
            ),
            (15, 100, 85, 7)
        );
        assert!(cutter.is_pending());
        assert_eq!(cuts.around(355), Some(range(300, 400)));
        cuts.skipped(355, 400, 0);
        assert_eq!(cutter.next_answer().unwrap().total, 130);
        assert!(!cutter.is_pending());
        assert_eq!(cutter.next_answer(), None);
    }

    #[test]
    fn what_was_played_already_is_answered_too() {
        let (mut cutter, mut cuts) = pair();
        cutter.cut(range(0, 100));
        cuts.update(100, 0);
        let answer = cutter.next_answer().unwrap();
        assert_eq!(
            (answer.stopped, answer.resumed, answer.total),
            (100, 100, 0)
        );
        assert!(!cutter.is_pending());
    }

    #[test]
    fn more_requests_than_fit_are_done_in_the_end() {
        let (mut cutter, mut cuts) = pair();
        for n in (0..200).rev() {
            cutter.cut(range(n * 10, n * 10 + 5));
        }
        let mut answers = 0;
        for _ in 0..400 {
            cuts.update(5_000, 0);
            while cutter.next_answer().is_some() {
                answers += 1;
            }
        }
        assert!(!cutter.is_pending());
        assert!(answers > 0);
    }
}
