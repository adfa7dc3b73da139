//! All events in one order, for live readers.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;
use bytes::Bytes;

use super::Received;
use super::content::Content;
use super::entry::{Event, JournalEntry, RequestEvent};
use crate::socket::MessageKind;

/// Entries that are kept, and bytes of them: a server that runs for days does not fill the memory.
const MOST: usize = 20_000;
const LARGEST: usize = 64 << 20;

/// Called with every entry, in their order.
type Observer = Arc<dyn Fn(&JournalEntry) + Send + Sync>;

/// The targets of events.
#[derive(Clone, Default)]
pub(crate) struct LogSettings {
    /// Whether they are looked at at all.
    pub(crate) enabled: bool,
    pub(crate) file: Option<PathBuf>,
    pub(crate) observer: Option<Observer>,
}

impl fmt::Debug for LogSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogSettings")
            .field("enabled", &self.enabled)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// The last events, oldest first, and where they go besides.
///
/// An event is numbered, kept and written under one lock, so that every reader sees the same order. It is
/// written before the response leaves: a client that has the response finds its line in the file.
#[derive(Default)]
pub(crate) struct EventLog {
    /// `None` when the journal is off.
    inner: Option<Mutex<Inner>>,
    observer: Option<Observer>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: VecDeque<JournalEntry>,
    bytes: usize,
    last: u64,
    file: Option<File>,
    /// The request of each WebSocket that is open.
    sockets: HashMap<u64, OpenSocket>,
}

#[derive(Debug)]
struct OpenSocket {
    request_id: Arc<str>,
    /// Whether its end was told already.
    closed: bool,
}

/// The side that closes a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closer {
    Client,
    Server,
}

impl EventLog {
    /// Opens the file, if there is to be one; what it holds stays.
    pub(crate) fn new(settings: LogSettings) -> io::Result<Self> {
        let open = |path: PathBuf| {
            let opened = OpenOptions::new().append(true).create(true).open(&path);
            opened.map_err(|error| {
                let message = format!("cannot record to {}: {error}", path.display());
                io::Error::new(error.kind(), message)
            })
        };
        let file = settings.file.map(open).transpose()?;
        let inner = Inner {
            file,
            ..Inner::default()
        };
        Ok(Self {
            inner: settings.enabled.then(|| Mutex::new(inner)),
            observer: settings.observer,
        })
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.inner.is_some()
    }

    /// The entry's content for a body; the body is not examined when the journal is off.
    pub(crate) async fn content(&self, headers: &HeaderMap, body: &Bytes) -> Option<Content> {
        if self.is_enabled() {
            Content::of_body(headers, body).await
        } else {
            None
        }
    }

    /// A request whose status is known, or that is known to get none.
    pub(crate) fn request(&self, received: &Received, body: Option<Content>) {
        self.with(|inner| self.add(inner, &Event::Request(RequestEvent::new(received, body))));
    }

    pub(crate) fn socket_opened(&self, socket: u64, request_id: &Arc<str>) {
        self.with(|inner| {
            self.add(inner, &Event::SocketOpen { socket, request_id });
            let request_id = Arc::clone(request_id);
            let closed = false;
            inner
                .sockets
                .insert(socket, OpenSocket { request_id, closed });
        });
    }

    /// A message of a client: a text, or the payload of any other kind.
    pub(crate) fn socket_message(&self, socket: u64, kind: MessageKind, payload: &[u8]) {
        self.with(|inner| {
            let Some(open) = inner.sockets.get(&socket) else {
                return;
            };
            let request_id = Arc::clone(&open.request_id);
            let content = match kind {
                MessageKind::Text => Content::of_text(payload),
                _ => Content::of_bytes(payload),
            };
            let event = Event::SocketMessage {
                socket,
                request_id: &request_id,
                kind: kind.name(),
                content,
            };
            self.add(inner, &event);
        });
    }

    /// The first close frame of a WebSocket; those after it are answers, and not told.
    pub(crate) fn socket_closed(&self, socket: u64, by: Closer, code: u16, reason: &str) {
        let by = match by {
            Closer::Client => "client",
            Closer::Server => "server",
        };
        self.close(socket, Some((by, code, reason)));
    }

    /// The end of a WebSocket, told unless a close frame was.
    pub(crate) fn socket_gone(&self, socket: u64) {
        self.close(socket, None);
        self.with(|inner| inner.sockets.remove(&socket));
    }

    fn close(&self, socket: u64, close: Option<(&str, u16, &str)>) {
        self.with(|inner| {
            let Some(open) = inner.sockets.get_mut(&socket) else {
                return;
            };
            if std::mem::replace(&mut open.closed, true) {
                return;
            }
            let request_id = Arc::clone(&open.request_id);
            let event = Event::SocketClose {
                socket,
                request_id: &request_id,
                by: close.map(|(by, ..)| by),
                code: close.map(|(_, code, _)| code),
                reason: close.map(|(.., reason)| reason),
            };
            self.add(inner, &event);
        });
    }

    /// The entries with a number above `after`.
    pub(crate) fn entries(&self, after: u64) -> Vec<JournalEntry> {
        let entries = self.with(|inner| {
            let first = inner
                .entries
                .partition_point(|entry| entry.number() <= after);
            inner.entries.range(first..).cloned().collect()
        });
        entries.unwrap_or_default()
    }

    /// Forgets all entries; numbers go on.
    pub(crate) fn clear(&self) {
        self.with(|inner| {
            inner.entries.clear();
            inner.bytes = 0;
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> Option<T> {
        let inner = self.inner.as_ref()?;
        Some(act(&mut inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)))
    }

    fn add(&self, inner: &mut Inner, event: &Event<'_>) {
        if let Err(error) = self.write(inner, event) {
            inner.file = None;
            let message = error.to_string();
            // Without a file nothing fails.
            drop(self.write(inner, &Event::RecordFailed { message }));
        }
    }

    fn write(&self, inner: &mut Inner, event: &Event<'_>) -> io::Result<()> {
        inner.last += 1;
        let entry = JournalEntry::new(inner.last, event);
        if let Some(observer) = &self.observer {
            observer(&entry);
        }
        // One write for the whole line: a live reader never sees half a line.
        let written = match &mut inner.file {
            Some(file) => file.write_all(format!("{}\n", entry.line()).as_bytes()),
            None => Ok(()),
        };
        inner.bytes += entry.line().len();
        inner.entries.push_back(entry);
        while inner.entries.len() > MOST || (inner.bytes > LARGEST && inner.entries.len() > 1) {
            let oldest = inner.entries.pop_front();
            inner.bytes -= oldest.map_or(0, |oldest| oldest.line().len());
        }
        written
    }
}

impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLog")
            .field("enabled", &self.is_enabled())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> EventLog {
        let settings = LogSettings {
            enabled: true,
            ..LogSettings::default()
        };
        EventLog::new(settings).unwrap()
    }

    #[test]
    fn it_is_bounded_and_numbers_go_on() {
        let log = log();
        log.socket_opened(1, &"r".into());
        for _ in 0..MOST {
            log.socket_message(1, MessageKind::Ping, b"");
        }
        let entries = log.entries(0);
        assert_eq!((entries.len(), entries[0].number()), (MOST, 2));
        assert_eq!(log.entries(MOST as u64).len(), 1);
        log.clear();
        assert!(log.entries(0).is_empty());
        let large = vec![b'x'; 1 << 20];
        for _ in 0..70 {
            log.socket_message(1, MessageKind::Text, &large);
        }
        let entries = log.entries(0);
        assert_eq!(entries.last().unwrap().number(), MOST as u64 + 71);
        let bytes: usize = entries.iter().map(|entry| entry.line().len()).sum();
        assert!(bytes <= LARGEST && entries.len() > 60, "{bytes}");
    }

    #[test]
    fn the_end_of_a_socket_is_reported_once() {
        let log = log();
        log.socket_gone(1);
        log.socket_opened(2, &"r".into());
        log.socket_closed(2, Closer::Server, 1000, "idle");
        log.socket_closed(2, Closer::Client, 1000, "idle");
        log.socket_message(2, MessageKind::Text, b"late");
        log.socket_gone(2);
        log.socket_message(2, MessageKind::Text, b"too late");
        log.socket_opened(3, &"s".into());
        log.socket_gone(3);
        let lines: Vec<_> = log.entries(0).iter().map(|e| e.line().to_owned()).collect();
        assert_eq!(
            lines,
            [
                r#"{"number":1,"event":"socket_open","socket":2,"request_id":"r"}"#,
                r#"{"number":2,"event":"socket_close","socket":2,"request_id":"r","by":"server","code":1000,"reason":"idle"}"#,
                r#"{"number":3,"event":"socket_message","socket":2,"request_id":"r","kind":"text","text":"late"}"#,
                r#"{"number":4,"event":"socket_open","socket":3,"request_id":"s"}"#,
                r#"{"number":5,"event":"socket_close","socket":3,"request_id":"s","by":null,"code":null,"reason":null}"#,
            ]
        );
    }

    /// A device that is always full.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_cannot_be_written_is_reported() {
        let log = EventLog::new(LogSettings {
            enabled: true,
            file: Some("/dev/full".into()),
            ..LogSettings::default()
        });
        let log = log.unwrap();
        log.socket_opened(1, &"r".into());
        log.socket_gone(1);
        let events: Vec<_> = log
            .entries(0)
            .iter()
            .map(|entry| entry.json()["event"].clone())
            .collect();
        assert_eq!(events, ["socket_open", "record_failed", "socket_close"]);
    }

    #[test]
    fn nothing_is_kept_unless_asked_for() {
        let log = EventLog::default();
        log.socket_opened(1, &"r".into());
        assert!(log.entries(0).is_empty());
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_an_error() {
        let settings = LogSettings {
            file: Some("no/such/folder/file".into()),
            ..LogSettings::default()
        };
        let message = EventLog::new(settings).unwrap_err().to_string();
        assert!(message.starts_with("cannot record to no/such"), "{message}");
    }
}
