//! The connection as the session sees it: whether there is one, and whether it is alive.

use std::time::{Duration, Instant};

use cartesia_core::time::deadline_after;

/// Where the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionState {
    /// There is none, and no context needs one.
    Down,
    /// The next attempt begins at this time.
    Waiting {
        until: Instant,
    },
    /// Being made; the driver has its deadline.
    Connecting,
    Up(Health),
    /// The close frame is on its way; what comes back is awaited until this time.
    Closing {
        until: Option<Instant>,
    },
    /// For good.
    Closed,
}

/// Signs of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Health {
    /// When the connection was made.
    pub(super) since: Instant,
    /// When something last arrived.
    received: Instant,
    /// When a ping was sent, if nothing has arrived since.
    pinged: Option<Instant>,
    /// Since when no context lives; `None` while one does.
    pub(super) idle_since: Option<Instant>,
}

/// What a live connection needs at a certain time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Ping,
    /// It did not answer a ping: it is dead.
    Abandon,
    /// It was idle for so long that the service will close it soon.
    Retire,
}

impl Health {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            since: now,
            received: now,
            pinged: None,
            idle_since: Some(now),
        }
    }

    /// Something arrived.
    pub(super) fn received(&mut self, now: Instant) {
        self.received = now;
        self.pinged = None;
    }

    pub(super) fn pinged(&mut self, now: Instant) {
        self.pinged = Some(now);
    }

    pub(super) fn next(
        &self,
        interval: Option<Duration>,
        pong: Option<Duration>,
        idle: Option<Duration>,
    ) -> Option<(Instant, Need)> {
        let life = match self.pinged {
            Some(pinged) => deadline_after(pinged, pong).map(|at| (at, Need::Abandon)),
            None => deadline_after(self.received, interval).map(|at| (at, Need::Ping)),
        };
        let idle_since = self.idle_since;
        let retire = idle_since.and_then(|since| deadline_after(since, idle));
        let retire = retire.map(|at| (at, Need::Retire));
        [life, retire]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
    }
}
