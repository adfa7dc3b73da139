//! What can be watched.

/// What a connection has done, and does.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionStats {
    /// Whether there is a connection right now. Without contexts there need not be one.
    pub is_up: bool,
    /// Contexts that live.
    pub live_contexts: usize,
    /// Connections made so far; every one after the first is a reconnection.
    pub connections: u64,
    /// Contexts that were said again on another connection, before anything of them was heard.
    pub replays: u64,
    /// How often the service ended a context before its text was complete, for want of text.
    pub expirations: u64,
    /// How often such a context was continued under another identifier, when text came again.
    pub continuations: u64,
    /// How often a context was turned away because too many ran, and tried again.
    pub turned_away: u64,
    /// Messages that came for contexts that had ended, and were dropped.
    pub late_messages: u64,
    /// Messages that came for contexts that were never known, and were dropped.
    pub foreign_messages: u64,
    /// Messages that could not be decoded.
    pub undecodable_messages: u64,
}

/// What a pool does.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Connections that the pool has.
    pub connections: usize,
    /// Those of them that are open right now.
    pub open_connections: usize,
    /// Contexts that live.
    pub live_contexts: usize,
    /// How many may live at once, if the pool counts them.
    pub max_contexts: Option<usize>,
    /// Contexts that wait in line.
    pub waiting: usize,
    /// The sums of [`ConnectionStats::replays`], over the connections that the pool has now.
    pub replays: u64,
    /// Likewise.
    pub continuations: u64,
    /// Likewise.
    pub turned_away: u64,
}

impl PoolStats {
    pub(crate) fn add(&mut self, connection: ConnectionStats) {
        self.connections += 1;
        self.open_connections += usize::from(connection.is_up);
        self.live_contexts += connection.live_contexts;
        self.replays += connection.replays;
        self.continuations += connection.continuations;
        self.turned_away += connection.turned_away;
    }
}
