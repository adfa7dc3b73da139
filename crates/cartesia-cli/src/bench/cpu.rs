//! The CPU time of this process.

use std::time::Duration;

/// The CPU time of all threads so far; `None` where it cannot be told.
#[cfg(unix)]
pub(super) fn time() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).ok()
}

/// The CPU time of all threads so far; `None` where it cannot be told.
#[cfg(not(unix))]
pub(super) fn time() -> Option<Duration> {
    None
}
