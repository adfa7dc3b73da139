//! Time as nanoseconds from some start: the machine's, or one that an offline output moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Where the time comes from. Reading it is safe on the thread of the audio device.
#[derive(Debug, Clone)]
pub(crate) enum Clock {
    /// Since this instant.
    System(Instant),
    /// A clock that is moved by hand.
    Virtual(Arc<AtomicU64>),
}

impl Clock {
    pub(crate) fn system() -> Self {
        Self::System(Instant::now())
    }

    pub(crate) fn stopped() -> Self {
        Self::Virtual(Arc::default())
    }

    pub(crate) fn now(&self) -> u64 {
        match self {
            Self::System(start) => nanos(start.elapsed()),
            Self::Virtual(time) => time.load(Ordering::Acquire),
        }
    }

    /// Moves a virtual clock; the machine's moves by itself.
    pub(crate) fn advance(&self, by: u64) {
        if let Self::Virtual(time) = self {
            time.fetch_add(by, Ordering::AcqRel);
        }
    }
}

/// A duration in nanoseconds; saturates after 584 years.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
