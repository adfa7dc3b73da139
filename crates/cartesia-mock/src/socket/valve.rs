//! A limit for the bytes of a connection, and their rate.

use std::time::Duration;

use tokio::time::Instant;

use super::channel::Exit;
use crate::clock;
use crate::fault::Fault;

/// Lets bytes of the server through, until a fault of the request closes it.
#[derive(Debug)]
pub(super) struct Valve {
    /// Bytes that are still let through.
    left: Option<u64>,
    /// The end of the connection after them.
    exit: Exit,
    /// The wait before each byte.
    drip: Option<Duration>,
    next: Instant,
}

impl Valve {
    pub(super) fn new(fault: Option<&Fault>) -> Self {
        let (left, exit, drip) = match fault {
            Some(Fault::CutBody { after }) => (Some(*after), Exit::Shutdown, None),
            Some(Fault::StallBody { after }) => (Some(*after), Exit::Never, None),
            Some(Fault::DripBody { every }) => (None, Exit::Shutdown, Some(*every)),
            _ => (None, Exit::Shutdown, None),
        };
        Self {
            left,
            exit,
            drip,
            next: Instant::now(),
        }
    }

    /// Returns the number of waiting bytes that may still be sent.
    pub(super) fn allowed(&self, waiting: usize) -> usize {
        let most = if self.drip.is_some() { 1 } else { waiting };
        let left = self
            .left
            .map_or(waiting, |left| usize::try_from(left).unwrap_or(waiting));
        waiting.min(most).min(left)
    }

    /// Returns the end of the connection, once no more bytes may be sent although some wait.
    pub(super) fn closed(&self, waiting: usize) -> Option<Exit> {
        (waiting > 0 && self.left == Some(0)).then_some(self.exit)
    }

    /// When the next byte may leave.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// Counts bytes that left.
    pub(super) fn passed(&mut self, bytes: usize) {
        self.left = self.left.map(|left| left.saturating_sub(bytes as u64));
        if let Some(drip) = self.drip {
            self.next = clock::after(Instant::now(), drip);
        }
    }
}
