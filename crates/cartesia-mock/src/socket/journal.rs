//! The messages that clients sent over WebSockets.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

/// Sockets and messages that are kept, and bytes of the messages.
const MOST_SOCKETS: usize = 1_000;
const MOST_MESSAGES: usize = 20_000;
const LARGEST: usize = 64 << 20;

/// A WebSocket that a client opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Socket {
    /// The first of the server has 1.
    pub number: u64,
    /// The `x-request-id` of the handshake; [`MockServer::received`](crate::MockServer::received) has
    /// its request.
    pub request_id: String,
    /// The path of the endpoint, without the query.
    pub path: String,
    /// Whether it is over.
    pub closed: bool,
    /// Code and reason of the client's close frame, if it sent one; 1005 stands for none.
    pub client_close: Option<(u16, String)>,
}

/// A message of a client.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketMessage {
    /// The [`Socket::number`] of the connection.
    pub connection: u64,
    /// The kind of message.
    pub kind: MessageKind,
    /// The `context_id` in it.
    pub context_id: Option<String>,
    /// A text message; empty for other kinds.
    pub text: String,
    /// The length of the message in bytes. Of a binary message only the length is kept.
    pub bytes: usize,
    /// The part of the connection's audio that a binary message holds, where an endpoint takes audio.
    pub audio: Option<AudioTime>,
}

/// A piece of the audio that a client sends over a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AudioTime {
    /// The start of the piece in the audio of the connection, in playing time.
    pub start: Duration,
    /// The end of the piece.
    pub end: Duration,
    /// The time of arrival, counted from the first piece of the connection.
    pub came: Duration,
}

impl AudioTime {
    /// Returns how early the piece came, compared with a client that sends at `speed`: 1 for real time, 2 for
    /// twice as fast.
    ///
    /// A client that sends at exactly that speed is never early. One that fell behind may catch up.
    pub fn early(&self, speed: f64) -> Duration {
        if self.start.is_zero() {
            return Duration::ZERO;
        }
        let due = Duration::try_from_secs_f64(self.start.as_secs_f64() / speed);
        due.unwrap_or(Duration::MAX).saturating_sub(self.came)
    }
}

/// The kinds of WebSocket messages that a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageKind {
    /// Text, which is JSON if the client is well.
    Text,
    /// Bytes: audio, where an endpoint takes it.
    Binary,
    /// A ping frame.
    Ping,
    /// A pong frame.
    Pong,
}

impl MessageKind {
    /// Returns its name in entries of the journal.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Ping => "ping",
            Self::Pong => "pong",
        }
    }
}

impl SocketMessage {
    /// Returns the message as JSON; `None` when it is something else.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.text).ok()
    }
}

impl fmt::Debug for SocketMessage {
    /// Without the text: it holds a transcript.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketMessage")
            .field("connection", &self.connection)
            .field("kind", &self.kind)
            .field("context_id", &self.context_id)
            .field("bytes", &self.bytes)
            .field("audio", &self.audio)
            .finish_non_exhaustive()
    }
}

/// The last sockets and messages, oldest first.
#[derive(Debug, Default)]
pub(crate) struct SocketJournal {
    entries: Mutex<Entries>,
    /// The number of all messages so far.
    count: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Entries {
    sockets: VecDeque<Socket>,
    messages: VecDeque<SocketMessage>,
    bytes: usize,
}

impl SocketJournal {
    pub(super) fn opened(&self, number: u64, request_id: &str, path: &str) {
        let mut entries = self.lock();
        if entries.sockets.len() == MOST_SOCKETS {
            entries.sockets.pop_front();
        }
        entries.sockets.push_back(Socket {
            number,
            request_id: request_id.to_owned(),
            path: path.to_owned(),
            closed: false,
            client_close: None,
        });
    }

    pub(super) fn client_closes(&self, number: u64, close: (u16, String)) {
        self.change(number, |socket| socket.client_close = Some(close));
    }

    pub(super) fn closed(&self, number: u64) {
        self.change(number, |socket| socket.closed = true);
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut Socket)) {
        let mut entries = self.lock();
        let found = entries.sockets.iter_mut().rev();
        if let Some(socket) = found.into_iter().find(|socket| socket.number == number) {
            change(socket);
        }
    }

    pub(super) fn record(&self, message: SocketMessage) {
        let mut entries = self.lock();
        entries.bytes += message.text.len();
        entries.messages.push_back(message);
        while entries.messages.len() > MOST_MESSAGES
            || (entries.bytes > LARGEST && entries.messages.len() > 1)
        {
            let oldest = entries.messages.pop_front();
            entries.bytes -= oldest.map_or(0, |oldest| oldest.text.len());
        }
        drop(entries);
        self.count.send_modify(|count| *count += 1);
    }

    pub(crate) fn sockets(&self) -> Vec<Socket> {
        self.lock().sockets.iter().cloned().collect()
    }

    pub(crate) fn messages(&self) -> Vec<SocketMessage> {
        self.lock().messages.iter().cloned().collect()
    }

    /// Waits until there were so many messages.
    pub(crate) async fn until(&self, count: u64) {
        // The sender lives as long as this future.
        let _ = self.count.subscribe().wait_for(|seen| *seen >= count).await;
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audio_is_early_against_the_speed_that_is_asked() {
        let ms = Duration::from_millis;
        let piece = |start, came| AudioTime {
            start: ms(start),
            end: ms(start + 100),
            came: ms(came),
        };
        for (start, came, speed, early) in [
            (0, 0, 1.0, 0),
            (1_000, 1_000, 1.0, 0),
            (1_000, 1_500, 1.0, 0),
            (1_000, 400, 1.0, 600),
            (1_000, 400, 2.0, 100),
            (1_000, 400, 4.0, 0),
            (1_000, 0, f64::INFINITY, 0),
        ] {
            assert_eq!(
                piece(start, came).early(speed),
                ms(early),
                "{start} {came} {speed}"
            );
        }
        assert!(piece(1_000, 0).early(0.0) > ms(1_000_000));
    }
}
