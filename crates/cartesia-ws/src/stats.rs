//! Counters and gauges of connections and pools.

use std::time::Duration;

/// Counters and gauges of a connection.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionStats {
    /// Whether there is a connection right now. Without contexts there need not be one.
    pub is_up: bool,
    /// Contexts that live.
    pub live_contexts: usize,
    /// Connections made so far; every one after the first is a reconnection.
    pub connections: u64,
    /// Contexts that were replayed on another connection, before any audio was delivered.
    pub replays: u64,
    /// The number of contexts that the service ended because no text came for too long.
    pub expirations: u64,
    /// The number of times that such a context was continued under another identifier, when more text came.
    pub continuations: u64,
    /// Attempts of contexts that were rejected because too many ran at once (429), and retried.
    pub rejected: u64,
    /// Messages for contexts that had ended, which were dropped.
    pub late_messages: u64,
    /// Messages for unknown contexts, which were dropped. If one held audio, the contexts that were owed
    /// audio failed or were replayed.
    pub foreign_messages: u64,
    /// Messages that could not be decoded.
    pub undecodable_messages: u64,
}

/// Counters and gauges of a live transcription.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SttStats {
    /// Whether there is a connection right now.
    pub is_up: bool,
    /// Connections made so far; every one after the first is a reconnection.
    pub connections: u64,
    /// Audio that was sent. It goes back when a connection is lost and audio is sent again.
    pub audio_sent: Duration,
    /// Audio that final text covers: it would not be sent again.
    pub audio_covered: Duration,
    /// Bytes of audio in memory: what is to be sent, and what is kept until final text covers it.
    pub buffered_bytes: u64,
}

/// Counters and gauges of a pool.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Connections of the pool, including those that retire for their age.
    pub connections: usize,
    /// Connections that are open now.
    pub open_connections: usize,
    /// Contexts that live.
    pub live_contexts: usize,
    /// The limit of contexts at once, if the pool has one.
    pub max_contexts: Option<usize>,
    /// Callers that wait for a place in the fair queue.
    pub waiting: usize,
    /// Sum of [`ConnectionStats::replays`] over the present connections.
    pub replays: u64,
    /// Sum of [`ConnectionStats::continuations`] over the present connections.
    pub continuations: u64,
    /// Sum of [`ConnectionStats::rejected`] over the present connections.
    pub rejected: u64,
}

impl PoolStats {
    pub(crate) fn add(&mut self, connection: ConnectionStats) {
        self.connections += 1;
        self.open_connections += usize::from(connection.is_up);
        self.live_contexts += connection.live_contexts;
        self.replays += connection.replays;
        self.continuations += connection.continuations;
        self.rejected += connection.rejected;
    }
}
