//! The machine's clock, with one start for the whole process.

use std::sync::OnceLock;
use std::time::Instant;

use crate::clock::Clock;

impl Clock {
    /// The machine's clock, from the same start for all players and recorders: their times can be compared.
    pub(crate) fn system() -> Self {
        static START: OnceLock<Instant> = OnceLock::new();
        Self::System(*START.get_or_init(Instant::now))
    }
}
