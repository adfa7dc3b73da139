//! Counts steps of work, so that tests can tell linear work from quadratic without a clock.

use std::cell::Cell;

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Notes one step.
pub(super) fn step() {
    STEPS.with(|steps| steps.set(steps.get() + 1));
}

/// The steps on this thread since the last call.
pub(super) fn take() -> u64 {
    STEPS.with(|steps| steps.replace(0))
}
