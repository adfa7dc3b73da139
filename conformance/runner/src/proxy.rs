//! A server between a driver and the mock server that changes one name in what goes by.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::frames;
use crate::Result;

/// What could be the beginning of a name waits for the rest of it no longer than this.
const PATIENCE: Duration = Duration::from_millis(100);

/// Which way something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the driver to the mock server.
    Request,
    /// From the mock server to the driver.
    Answer,
}

/// A name that is to be another one. Both are written in double quotes, as names are in JSON and in
/// forms, and as long as each other: no length that was announced becomes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rename {
    direction: Direction,
    from: Vec<u8>,
    to: Vec<u8>,
}

impl Rename {
    /// Changes the last letter of a name.
    pub(super) fn of(direction: Direction, name: &str) -> Self {
        let mut to = name.to_owned();
        let last = to.pop();
        to.push(if last == Some('x') { 'y' } else { 'x' });
        let quoted = |name: &str| format!("\"{name}\"").into_bytes();
        Self {
            direction,
            from: quoted(name),
            to: quoted(&to),
        }
    }

    /// Takes from `waiting` what can be passed on, changed, and returns how often it was changed. What could be
    /// the beginning of the name stays.
    fn apply(&self, waiting: &mut Vec<u8>) -> (Vec<u8>, usize) {
        let (mut ready, mut count, mut at) = (Vec::with_capacity(waiting.len()), 0, 0);
        while at < waiting.len() {
            let rest = &waiting[at..];
            if rest.starts_with(&self.from) {
                ready.extend_from_slice(&self.to);
                (at, count) = (at + self.from.len(), count + 1);
            } else if self.from.starts_with(rest) {
                break;
            } else {
                ready.push(rest[0]);
                at += 1;
            }
        }
        waiting.drain(..at);
        (ready, count)
    }
}

/// What all connections look at.
#[derive(Debug, Default)]
struct Shared {
    rename: Mutex<Option<Rename>>,
    hits: AtomicUsize,
    /// Names in answers that went by as they were.
    names: Mutex<BTreeSet<String>>,
    over: AtomicBool,
}

impl Shared {
    fn change(&self, direction: Direction, waiting: &mut Vec<u8>) -> Vec<u8> {
        let rename = self.rename.lock().unwrap_or_else(PoisonError::into_inner);
        match rename.as_ref() {
            Some(rename) if rename.direction == direction => {
                let (ready, count) = rename.apply(waiting);
                self.hits.fetch_add(count, Ordering::Relaxed);
                ready
            }
            _ => {
                if direction == Direction::Answer {
                    let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
                    names.extend(names_in(waiting));
                }
                std::mem::take(waiting)
            }
        }
    }
}

/// The names of fields in what may be JSON.
fn names_in(bytes: &[u8]) -> impl Iterator<Item = String> {
    let is_name = |name: &&[u8]| {
        !name.is_empty()
            && name
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let mut quoted = bytes.split(|byte| *byte == b'"').peekable();
    std::iter::from_fn(move || {
        let text = quoted.next()?;
        let ends = quoted.peek().is_some_and(|next| next.starts_with(b":"));
        Some(Some(text).filter(|_| ends))
    })
    .flatten()
    .filter(is_name)
    .map(|name| String::from_utf8_lossy(name).into_owned())
}

/// A proxy to one server. It takes no connections any more when this is dropped.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    pub(super) fn start(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                if of_thread.over.load(Ordering::Relaxed) {
                    break;
                }
                // One connection that fails is the driver's to report.
                if let Ok(client) = client {
                    let _ = connect(client, server, &of_thread);
                }
            }
        });
        Ok(Self { address, shared })
    }

    /// From now on; `None` lets everything through as it is.
    pub(super) fn set(&self, rename: Option<Rename>) {
        let mut current = self
            .shared
            .rename
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *current = rename;
        self.shared.hits.store(0, Ordering::Relaxed);
    }

    /// The names of fields in answers that went by as they were since the last time.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let names = &self.shared.names;
        std::mem::take(&mut *names.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many names were changed since they were last [`set`](Self::set).
    pub(super) fn hits(&self) -> usize {
        self.shared.hits.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for one; without it, it would end with the program.
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
    }
}

fn connect(client: TcpStream, server: SocketAddr, shared: &Arc<Shared>) -> std::io::Result<()> {
    let server = TcpStream::connect(server)?;
    for stream in [&client, &server] {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
    }
    for (from, to, direction) in [
        (client.try_clone()?, server.try_clone()?, Direction::Request),
        (server, client, Direction::Answer),
    ] {
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // Either side may be gone at any time.
            let _ = pump(&from, &to, direction, &shared);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
    Ok(())
}

/// Until one side ends.
fn pump(
    mut from: impl Read,
    mut to: impl Write,
    direction: Direction,
    shared: &Shared,
) -> std::io::Result<()> {
    let mut waiting = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    let mut has_frames = false;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return to.write_all(&waiting),
            Ok(length) => {
                let read = &buffer[..length];
                waiting.extend_from_slice(read);
                let ready = if has_frames {
                    frames::changed(&mut waiting, |payload| {
                        let mut changed = shared.change(direction, payload);
                        changed.append(payload);
                        *payload = changed;
                    })
                } else {
                    shared.change(direction, &mut waiting)
                };
                to.write_all(&ready)?;
                has_frames |= direction == Direction::Request && asks_for_frames(read);
            }
            // Nothing more for now: it was no beginning of the name.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if !has_frames {
                    to.write_all(&std::mem::take(&mut waiting))?;
                }
                if shared.over.load(Ordering::Relaxed) {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether this is a request to become a WebSocket. It comes in one piece, and nothing follows it
/// before it was answered.
fn asks_for_frames(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    text.starts_with("get ") && text.contains("\r\nupgrade: websocket\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(direction: Direction, name: &str) -> Shared {
        Shared {
            rename: Mutex::new(Some(Rename::of(direction, name))),
            ..Shared::default()
        }
    }

    /// What comes out when `pieces` go in one by one.
    fn pumped(pieces: &[&str], shared: &Shared) -> String {
        let mut waiting = Vec::new();
        let mut out = Vec::new();
        for piece in pieces {
            waiting.extend_from_slice(piece.as_bytes());
            out.extend(shared.change(Direction::Answer, &mut waiting));
        }
        out.extend(waiting);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn names_are_changed_wherever_they_are_cut() {
        let text = r#"{"name": "name", "names": ["nam", "name"], name: """name"}"#;
        let expected = r#"{"namx": "namx", "names": ["nam", "namx"], name: """namx"}"#;
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let pieces = [&text[..first], &text[first..second], &text[second..]];
                let shared = shared(Direction::Answer, "name");
                assert_eq!(pumped(&pieces, &shared), expected, "{first} {second}");
                assert_eq!(shared.hits.load(Ordering::Relaxed), 4);
            }
        }
    }

    #[test]
    fn a_name_is_always_changed_and_never_its_length() {
        for name in ["x", "id", "max"] {
            let rename = Rename::of(Direction::Answer, name);
            assert_ne!(rename.from, rename.to);
            assert_eq!(rename.from.len(), rename.to.len());
        }
    }

    #[test]
    fn names_of_fields_are_found() {
        let text = br#"event: a
data: {"one": [{"two_2":"x"}], "not this", "and:not": 1, "": 2, "th"#;
        let names: Vec<_> = names_in(text).collect();
        assert_eq!(names, ["one", "two_2"]);
        assert_eq!(names_in(b"\xff\"\xff\":").count(), 0);
    }

    #[test]
    fn the_other_direction_is_left_alone() {
        let shared = shared(Direction::Request, "name");
        assert_eq!(pumped(&["\"name", "\""], &shared), "\"name\"");
    }

    /// What a pump makes of what a client sends.
    fn sent(pieces: &[&[u8]]) -> Vec<u8> {
        struct Pieces<'p>(std::slice::Iter<'p, &'p [u8]>);
        impl Read for Pieces<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let Some(piece) = self.0.next() else {
                    return Ok(0);
                };
                buffer[..piece.len()].copy_from_slice(piece);
                Ok(piece.len())
            }
        }
        let mut out = Vec::new();
        let shared = shared(Direction::Request, "name");
        pump(Pieces(pieces.iter()), &mut out, Direction::Request, &shared).unwrap();
        out
    }

    #[test]
    fn messages_of_a_client_are_changed_behind_their_masks() {
        let handshake = b"GET /tts/websocket HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
        // With a mask of zeros the text is to be seen.
        let frame = b"\x81\x86\0\0\0\0\"name\"";
        let changed = b"\x81\x86\0\0\0\0\"namx\"";
        let out = sent(&[handshake, &frame[..9], &frame[9..]]);
        assert_eq!(out, [&handshake[..], changed].concat());
        // With another it is not, but is changed as well.
        let masked = |text: &[u8]| -> Vec<u8> {
            let head = b"\x81\x86\x11\x11\x11\x11".iter().copied();
            head.chain(text.iter().map(|byte| byte ^ 0x11)).collect()
        };
        let out = sent(&[handshake, &masked(b"\"name\"")]);
        assert_eq!(out, [&handshake[..], &masked(b"\"namx\"")].concat());
        // Without a handshake there are no frames.
        assert_eq!(sent(&[b"POST / \"name\" x"]), b"POST / \"namx\" x");
    }

    #[test]
    fn connections_go_through() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let proxy = Proxy::start(server.local_addr().unwrap()).unwrap();
        proxy.set(Some(Rename::of(Direction::Answer, "a")));
        let answering = thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(5)))
                .unwrap();
            let mut asked = [0; 3];
            stream.read_exact(&mut asked).unwrap();
            // The end looks like the beginning of a name, and must come all the same.
            stream.write_all(b"\"a\" \"").unwrap();
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).unwrap();
            (asked, rest)
        });
        let mut client = TcpStream::connect(proxy.address).unwrap();
        client
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        client.write_all(b"\"a\"").unwrap();
        let mut answer = [0; 5];
        client.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"\"x\" \"");
        assert_eq!(proxy.hits(), 1);
        client.shutdown(Shutdown::Write).unwrap();
        let (asked, rest) = answering.join().unwrap();
        assert_eq!((&asked, rest.len()), (b"\"a\"", 0));
    }
}
