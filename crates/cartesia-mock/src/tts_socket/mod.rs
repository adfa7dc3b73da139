//! `/tts/websocket`: many contexts on one connection.
//!
//! [`handshake`] makes a WebSocket of a request, [`connection`] reads and writes it, [`request`] reads
//! what the client says, [`contexts`] finds whose it is, [`context`] turns inputs into messages, [`buffering`] holds text back until it
//! is a sentence, [`messages`] writes them as JSON, [`outbox`] and [`wire`] make frames of them;
//! [`script`] says what is to go wrong, and [`play`] does it.

mod buffering;
mod connection;
mod context;
mod contexts;
mod expected;
mod handshake;
mod journal;
mod limits;
mod messages;
mod outbox;
mod play;
mod request;
mod schedule;
mod script;
mod settings;
mod wire;

use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use expected::audio as expected_audio;
pub(crate) use handshake::{AfterResponse, open};
use journal::SocketJournal;
pub use journal::{MessageKind, Socket, SocketMessage};
use limits::Seats;
pub use limits::{InvalidPlan, Plan};
use script::ActiveScript;
pub use script::{Action, ErrorShape, InvalidScript, Moment, Rule, Script};
pub(crate) use settings::SocketSettings;

/// Whether credentials and version may come in the query, where they win over headers.
pub(crate) fn is_socket(path: &str) -> bool {
    path == "/tts/websocket"
}

/// What all sockets of a server share.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    open: Seats,
    contexts: Seats,
    opened: AtomicU64,
    pub(crate) journal: SocketJournal,
    pub(crate) script: ActiveScript,
}

impl Sockets {
    /// The number of a new connection; the first has 1.
    fn next_number(&self) -> u64 {
        self.opened.fetch_add(1, Ordering::Relaxed) + 1
    }
}
