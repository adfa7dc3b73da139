//! What of a signal arrived, and what is wrong with it: every lost, doubled and inserted sample is
//! found.

use std::fmt;

/// How a signal is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matching {
    /// Samples in a row by which a place in the signal is recognized.
    pub(super) window: usize,
    /// How far a sample may be off.
    pub(super) tolerance: u16,
}

impl Matching {
    /// Bit by bit, for noise.
    pub(super) const EXACT: Self = Self {
        window: 4,
        tolerance: 0,
    };
    /// After a conversion of the sample rate, for a chord: rounding there and at the sound card.
    pub(super) const CONVERTED: Self = Self {
        window: 64,
        tolerance: 3,
    };

    fn same(self, a: i16, b: i16) -> bool {
        a.abs_diff(b) <= self.tolerance
    }

    fn all_same(self, a: &[i16], b: &[i16]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.same(*a, *b))
    }
}

/// A part of the signal that arrived in one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    /// Where it begins in what was captured.
    pub(super) captured: usize,
    /// Where it begins in the signal.
    pub(super) expected: usize,
    /// Its length.
    pub(super) length: usize,
}

/// What arrived of a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Samples that were sent.
    pub(super) sent: usize,
    /// The parts that arrived, in the order in which they did.
    pub(super) segments: Vec<Segment>,
}

impl Verdict {
    /// Compares a signal with what was captured, which may begin earlier and end later.
    pub(super) fn new(expected: &[i16], captured: &[i16], matching: Matching) -> Self {
        let places = Places::new(expected);
        let mut segments: Vec<Segment> = Vec::new();
        let (mut at, mut next) = (0, 0);
        while at + matching.window <= captured.len() {
            let window = &captured[at..at + matching.window];
            // Silence is no part of the signal, and it is not looked for everywhere.
            let silent = window.iter().all(|sample| *sample == 0);
            let place = if silent {
                None
            } else {
                places.find(window, next, matching)
            };
            let Some(place) = place else {
                at += 1;
                continue;
            };
            let length = captured[at..]
                .iter()
                .zip(&expected[place..])
                .take_while(|(a, b)| matching.same(**a, **b))
                .count();
            segments.push(Segment {
                captured: at,
                expected: place,
                length,
            });
            at += length;
            next = place + length;
        }
        Self {
            sent: expected.len(),
            segments,
        }
    }

    /// Samples that arrived.
    pub(super) fn matched(&self) -> usize {
        self.segments.iter().map(|segment| segment.length).sum()
    }

    /// Samples between the first and the last that do not belong there.
    pub(super) fn inserted(&self) -> usize {
        self.gaps(|before, after| {
            after
                .captured
                .saturating_sub(before.captured + before.length)
        })
    }

    /// Samples of the signal that are missing, at its ends too.
    pub(super) fn lost(&self) -> usize {
        let start = self
            .segments
            .first()
            .map_or(self.sent, |first| first.expected);
        let end = self
            .segments
            .last()
            .map_or(0, |last| self.sent - last.expected - last.length);
        start
            + end
            + self.gaps(|before, after| {
                after
                    .expected
                    .saturating_sub(before.expected + before.length)
            })
    }

    /// Samples that arrived more than once.
    pub(super) fn doubled(&self) -> usize {
        self.gaps(|before, after| (before.expected + before.length).saturating_sub(after.expected))
    }

    fn gaps(&self, between: fn(&Segment, &Segment) -> usize) -> usize {
        self.segments
            .windows(2)
            .map(|pair| between(&pair[0], &pair[1]))
            .sum()
    }

    /// Every sample once and in order; silence between them is allowed. A part that is shorter than
    /// a window cannot be recognized, so that much may be missing where there is a gap.
    pub(super) fn is_complete(&self, matching: Matching) -> bool {
        let unrecognizable = (matching.window - 1) * self.segments.len().saturating_sub(1);
        !self.segments.is_empty() && self.doubled() == 0 && self.lost() <= unrecognizable
    }

    /// Whether the card was starved, and all that is missing was lost there: at most `limit` samples,
    /// between pieces that silence parts, and nothing came twice.
    pub(super) fn lost_where_it_starved(&self, limit: usize) -> bool {
        let without_silence = self.gaps(|before, after| {
            let parted = after.captured > before.captured + before.length;
            let lost = after
                .expected
                .saturating_sub(before.expected + before.length);
            if parted { 0 } else { lost }
        });
        let at_gaps = self.gaps(|before, after| {
            after
                .expected
                .saturating_sub(before.expected + before.length)
        });
        let lost = self.lost();
        self.doubled() == 0 && without_silence == 0 && lost == at_gaps && lost <= limit
    }

    /// Complete, and in one piece.
    pub(super) fn is_contiguous(&self) -> bool {
        self.segments.len() == 1 && self.lost() == 0
    }
}

/// A signal, and where in it each value occurs.
struct Places<'s> {
    expected: &'s [i16],
    /// In the order of the values, and for each of them in that of the places.
    by_value: Vec<(i16, usize)>,
}

impl<'s> Places<'s> {
    fn new(expected: &'s [i16]) -> Self {
        let mut by_value: Vec<(i16, usize)> = expected
            .iter()
            .enumerate()
            .map(|(place, sample)| (*sample, place))
            .collect();
        by_value.sort_unstable();
        Self { expected, by_value }
    }

    /// The first place at or after `from` where the window occurs, or else the first of all.
    fn find(&self, window: &[i16], from: usize, matching: Matching) -> Option<usize> {
        let first = *window.first()?;
        let low = first.saturating_sub_unsigned(matching.tolerance);
        let high = first.saturating_add_unsigned(matching.tolerance);
        let start = self.by_value.partition_point(|(value, _)| *value < low);
        self.by_value[start..]
            .iter()
            .take_while(|(value, _)| *value <= high)
            .map(|(_, place)| *place)
            .filter(|place| {
                self.expected
                    .get(*place..place + window.len())
                    .is_some_and(|part| matching.all_same(window, part))
            })
            .min_by_key(|place| (*place < from, *place))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} frames arrived in {} pieces; lost {}, doubled {}, inserted {}",
            self.matched(),
            self.sent,
            self.segments.len(),
            self.lost(),
            self.doubled(),
            self.inserted()
        )?;
        let (Some(first), Some(last)) = (self.segments.first(), self.segments.last()) else {
            return Ok(());
        };
        let (start, end) = (first.expected, last.expected + last.length);
        if start > 0 || end < self.sent {
            write!(f, "; what arrived is frame {start} to {end}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::signal::{chord, noise};
    use super::*;

    fn verdict(captured: &[i16]) -> Verdict {
        Verdict::new(&noise(1_000), captured, Matching::EXACT)
    }

    /// The signal with silence around it, and `change` made to it.
    fn capture(change: impl FnOnce(&mut Vec<i16>)) -> Vec<i16> {
        let mut captured = noise(1_000);
        change(&mut captured);
        [vec![0; 50], captured, vec![0; 50]].concat()
    }

    #[test]
    fn what_arrives_as_it_was_sent_is_contiguous() {
        let verdict = verdict(&capture(|_| ()));
        assert!(verdict.is_contiguous() && verdict.is_complete(Matching::EXACT));
        assert_eq!(verdict.matched(), 1_000);
    }

    #[test]
    fn a_lost_sample_is_found() {
        let verdict = verdict(&capture(|signal| {
            signal.remove(500);
        }));
        assert_eq!((verdict.lost(), verdict.matched()), (1, 999));
        assert_eq!(verdict.segments[1].expected, 501);
        assert!(!verdict.is_contiguous());
    }

    #[test]
    fn a_lost_start_and_a_lost_end_are_found() {
        let verdict = verdict(&capture(|signal| {
            signal.truncate(990);
            signal.drain(..20);
        }));
        assert_eq!(verdict.lost(), 30);
        assert!(!verdict.is_complete(Matching::EXACT));
    }

    #[test]
    fn doubled_samples_are_found() {
        let verdict = verdict(&capture(|signal| {
            let again = signal[300..340].to_vec();
            signal.splice(340..340, again);
        }));
        assert_eq!((verdict.doubled(), verdict.lost()), (40, 0));
        assert!(!verdict.is_complete(Matching::EXACT));
    }

    #[test]
    fn inserted_silence_leaves_the_signal_complete() {
        let verdict = verdict(&capture(|signal| {
            signal.splice(400..400, [0; 77]);
        }));
        assert_eq!((verdict.inserted(), verdict.lost()), (77, 0));
        assert!(verdict.is_complete(Matching::EXACT) && !verdict.is_contiguous());
    }

    #[test]
    fn a_loss_is_the_fault_of_the_card_only_where_it_starved() {
        let starved = |lost: usize, silence: usize| {
            verdict(&capture(|signal| {
                signal.splice(400..400 + lost, vec![0; silence]);
            }))
        };
        assert!(starved(64, 80).lost_where_it_starved(64));
        assert!(!starved(65, 80).lost_where_it_starved(64));
        assert!(!starved(64, 0).lost_where_it_starved(64));
        let again = verdict(&capture(|signal| {
            let again = signal[300..340].to_vec();
            signal.splice(340..340, [vec![0; 9], again].concat());
        }));
        assert!(!again.lost_where_it_starved(64));
        for cut in [&noise(1_000)[7..], &noise(1_000)[..990], &[]] {
            assert!(!verdict(cut).lost_where_it_starved(64));
        }
    }

    #[test]
    fn a_piece_shorter_than_a_window_may_be_missed_between_two_gaps() {
        let verdict = verdict(&capture(|signal| {
            signal.splice(503..503, [0; 5]);
            signal.splice(500..500, [0; 5]);
        }));
        assert_eq!((verdict.lost(), verdict.segments.len()), (3, 2));
        assert!(verdict.is_complete(Matching::EXACT));
    }

    #[test]
    fn nothing_and_something_else_are_reported() {
        for captured in [vec![0; 500], noise(2_000)[1_000..].to_vec(), Vec::new()] {
            let verdict = verdict(&captured);
            assert_eq!((verdict.matched(), verdict.lost()), (0, 1_000));
            assert!(!verdict.is_complete(Matching::EXACT) && !verdict.is_contiguous());
        }
    }

    #[test]
    fn a_chord_is_found_though_it_was_rounded_and_a_hole_in_it_too() {
        let signal = chord(48_000, 0.5);
        let rounded = |signal: &[i16]| -> Vec<i16> {
            let off = |(n, sample): (usize, &i16)| sample + [0, 1, -1][n % 3];
            signal.iter().enumerate().map(off).collect()
        };
        let whole = Verdict::new(&signal, &rounded(&signal), Matching::CONVERTED);
        assert!(whole.is_contiguous(), "{whole}");
        let mut holed = signal.clone();
        holed.drain(9_000..9_010);
        let holed = Verdict::new(&signal, &rounded(&holed), Matching::CONVERTED);
        assert!(!holed.is_contiguous() && holed.lost() >= 10, "{holed}");
    }

    #[test]
    fn it_is_reported_in_one_line() {
        assert_eq!(
            verdict(&capture(|signal| {
                signal.remove(500);
            }))
            .to_string(),
            "999 of 1000 frames arrived in 2 pieces; lost 1, doubled 0, inserted 0"
        );
        let cut = verdict(&noise(1_000)[7..]).to_string();
        assert!(cut.ends_with("; what arrived is frame 7 to 1000"), "{cut}");
    }
}
