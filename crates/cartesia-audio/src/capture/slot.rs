//! Passes a [`Tap`] to a running callback, which takes it without waiting and returns the earlier one, so
//! that none is freed on the thread of the device.

use ringbuf::traits::{Consumer as _, Observer as _, Producer as _, Split as _};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use super::tap::Tap;

/// Taps that wait for a callback at most.
const WAITING: usize = 4;

/// The side of those who have taps.
pub(crate) struct TapSender {
    next: HeapProd<Tap>,
    old: HeapCons<Tap>,
}

/// The side of the callback.
pub(crate) struct TapSlot {
    next: HeapCons<Tap>,
    old: HeapProd<Tap>,
}

pub(crate) fn tap_slot() -> (TapSender, TapSlot) {
    let (next_in, next_out) = HeapRb::new(WAITING).split();
    // Each tap that waits replaces one at most.
    let (old_in, old_out) = HeapRb::new(WAITING).split();
    let sender = TapSender {
        next: next_in,
        old: old_out,
    };
    let slot = TapSlot {
        next: next_out,
        old: old_in,
    };
    (sender, slot)
}

impl TapSender {
    /// Has the callback use this one from its next buffer on; `false` when too many wait for a callback that
    /// does not run.
    pub(crate) fn send(&mut self, tap: Tap) -> bool {
        // What was replaced is freed here.
        drop(self.old.pop_iter().collect::<Vec<_>>());
        !self.next.is_full() && self.next.try_push(tap).is_ok()
    }
}

impl TapSlot {
    /// Puts the next tap in the place of the present one.
    pub(crate) fn replace(&mut self, tap: &mut Option<Tap>) {
        // Without room for the old one, the next one waits.
        if self.old.is_full() {
            return;
        }
        if let Some(next) = self.next.try_pop()
            && let Some(old) = tap.replace(next)
        {
            // There is room: this is its only writer.
            _ = self.old.try_push(old);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn each_tap_is_used_and_the_one_before_it_comes_back() {
        let (mut sender, mut slot) = tap_slot();
        let (mut used, mut sent) = (None, Vec::new());
        for round in 0..20 {
            let (tap, _, shared) = Tap::new(8, 1);
            assert!(sender.send(tap), "{round}");
            sent.push(shared);
            slot.replace(&mut used);
            used.as_mut().unwrap().capture(&[0.5], 0);
            assert_eq!(sent[round].anchor(), (0, 0));
            // The one before waits to be freed, those before that are.
            let alive = sent.iter().filter(|shared| Arc::strong_count(shared) > 1);
            assert!(alive.count() <= 2, "{round}");
        }
    }

    #[test]
    fn a_callback_that_does_not_run_is_given_only_a_few() {
        let (mut sender, mut slot) = tap_slot();
        let results: Vec<bool> = (0..6).map(|_| sender.send(Tap::new(8, 1).0)).collect();
        assert_eq!(results, [true, true, true, true, false, false]);
        let mut used = None;
        for _ in 0..6 {
            slot.replace(&mut used);
        }
        assert!(used.is_some());
        assert!(sender.send(Tap::new(8, 1).0));
    }
}
