//! The parts that all WebSockets share.
//!
//! [`handshake`] makes a WebSocket of a request, [`connection`] reads and writes it, and an [`Endpoint`]
//! speaks its protocol on a [`channel`]. [`outbox`] and [`wire`] make frames; [`limits`] has the limits of plans,
//! [`journal`] keeps what clients sent; [`script`], [`options`] and [`valve`] inject faults.

mod channel;
mod connection;
mod handshake;
mod journal;
mod limits;
mod options;
mod outbox;
mod script;
mod settings;
mod valve;
mod wire;

use std::sync::atomic::{AtomicU64, Ordering};

use crate::stats::Seats;
pub(crate) use channel::{Channel, Endpoint};
pub(crate) use handshake::upgrade;
use journal::SocketJournal;
pub use journal::{AudioTime, MessageKind, Socket, SocketMessage};
pub use limits::{InvalidPlan, Plan};
use script::ActiveScript;
pub use script::{Action, ErrorShape, InvalidScript, Moment, Rule, Script, TurnEvent};
pub(crate) use script::{ContextName, Occasion};
pub(crate) use settings::{Idle, SocketSettings};
#[cfg(feature = "replay")]
pub(crate) use wire::accept_key;

/// Whether credentials and version may come in the query, where they win over headers.
pub(crate) fn is_socket(path: &str) -> bool {
    matches!(
        path,
        "/tts/websocket" | "/stt/websocket" | "/stt/turns/websocket"
    ) || path.starts_with("/agents/stream/")
        || path.starts_with("/v1/agents/websocket/")
}

/// The state that all sockets of a server share.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    /// Open WebSockets for synthesis.
    pub(crate) open: Seats,
    /// The syntheses in flight, also over HTTP.
    pub(crate) contexts: Seats,
    /// The transcriptions in flight, also over HTTP.
    pub(crate) streams: Seats,
    /// Calls with agents in progress.
    pub(crate) calls: Seats,
    opened: AtomicU64,
    pub(crate) journal: SocketJournal,
    pub(crate) script: ActiveScript,
}

impl Sockets {
    /// Counts the use of the plan from now on.
    pub(crate) fn reset_stats(&self) {
        for seats in [&self.open, &self.contexts, &self.streams, &self.calls] {
            seats.reset();
        }
    }

    /// The number of a new connection; the first has 1.
    fn next_number(&self) -> u64 {
        self.opened.fetch_add(1, Ordering::Relaxed) + 1
    }
}
