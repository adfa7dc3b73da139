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
    /// The number of connections opened so far; each one after the first is a reconnection.
    pub connections: u64,
    /// The number of contexts that were replayed on another connection, before any audio was delivered.
    pub replays: u64,
    /// The number of contexts that the service ended because no text came for too long.
    pub expirations: u64,
    /// The number of times that such a context was continued under another identifier, when more text came.
    pub continuations: u64,
    /// The number of attempts that were rejected because too many contexts ran at once (429), and retried.
    pub rejected: u64,
    /// Messages for contexts that had ended, which were dropped.
    pub late_messages: u64,
    /// Messages for unknown contexts, which were dropped. If one held audio, the contexts that were waiting
    /// for audio failed or were replayed.
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
    /// The number of connections opened so far; each one after the first is a reconnection.
    pub connections: u64,
    /// The length of the audio sent. It decreases when a connection is lost and audio is sent again.
    pub audio_sent: Duration,
    /// The length of the audio that final text covers, which is never sent again.
    pub audio_covered: Duration,
    /// The bytes of audio in memory: audio to send, and audio kept until final text covers it.
    pub buffered_bytes: u64,
}

/// Counters and gauges of a pool.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// The number of connections, including those that are being retired for their age.
    pub connections: usize,
    /// Connections that are open now.
    pub open_connections: usize,
    /// Contexts that live.
    pub live_contexts: usize,
    /// The limit of contexts at once, if the pool has one.
    pub max_contexts: Option<usize>,
    /// The number of callers that wait in the queue.
    pub waiting: usize,
    /// Sum of [`ConnectionStats::replays`] over the current connections.
    pub replays: u64,
    /// Sum of [`ConnectionStats::continuations`] over the current connections.
    pub continuations: u64,
    /// Sum of [`ConnectionStats::rejected`] over the current connections.
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
