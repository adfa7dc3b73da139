//! One connection: reads what the client says, writes what is said to it.

use std::pin::pin;

use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::journal::MessageKind;
use super::line::{Exit, Line, Phase, Talk};
use super::wire::{Incoming, Reader};
use crate::journal::Closer;

/// A WebSocket after its handshake, and who talks on it.
#[derive(Debug)]
pub(super) struct Connection {
    line: Line,
    talk: Box<dyn Talk>,
    /// Whether the talk knows that it is over.
    ended: bool,
}

impl Connection {
    pub(super) fn new(line: Line, talk: Box<dyn Talk>) -> Self {
        let ended = false;
        Self { line, talk, ended }
    }

    /// Talks until either side ends it, or `stop` is ready.
    pub(super) async fn run(
        mut self,
        stream: TcpStream,
        ahead: Bytes,
        stop: impl Future<Output = ()>,
    ) {
        let (read, mut write) = stream.into_split();
        let mut reader = Reader::new(read, ahead);
        let mut stop = pin!(stop);
        let mut stopping = false;
        self.talk.open(&mut self.line);
        loop {
            self.work();
            self.line.keep_alive();
            if self.line.phase != Phase::Over
                && let Some(exit) = self.line.valve.closed(self.line.outbox.waiting().len())
            {
                self.line.outbox.clear();
                self.line.exit(exit);
                continue;
            }
            let outbox = &self.line.outbox;
            match self.line.phase {
                Phase::Over => break,
                Phase::Leaving if outbox.is_empty() => break,
                _ => {}
            }
            let open = self.line.is_open();
            let next = self.talk.next_due().filter(|_| open && outbox.has_room());
            let limit = self.line.limit();
            let ping = self.line.keep_alive.filter(|_| open).map(|(_, next)| next);
            let allowed = self.line.valve.allowed(outbox.waiting().len());
            let write_at = self.line.valve.next();
            let writes = allowed > 0 && write_at <= Instant::now();
            let reads = self.line.phase != Phase::Leaving && !outbox.is_crammed();
            tokio::select! {
                incoming = reader.next(), if reads => self.receive(incoming),
                written = write.write(&outbox.waiting()[..allowed]), if writes => match written {
                    Ok(bytes) if bytes > 0 => {
                        self.line.outbox.wrote(bytes);
                        self.line.valve.passed(bytes);
                        // As long as the client reads, this never waits, and others may share the thread.
                        tokio::task::yield_now().await;
                    }
                    _ => break,
                },
                () = sleep_until(write_at), if allowed > 0 && !writes => {}
                () = sleep_until(ping.unwrap_or(limit)), if ping.is_some() => {}
                () = sleep_until(next.unwrap_or(limit)), if next.is_some() => {}
                () = sleep_until(limit) => match self.line.phase {
                    Phase::Open => self.line.close(1000, "connection idle timeout"),
                    _ => break,
                },
                () = &mut stop, if open && !stopping => {
                    stopping = true;
                    self.line.close(1001, "the server stops");
                }
            }
        }
        // In each case the client may be gone already.
        match self.line.exit {
            Exit::Shutdown => drop(write.shutdown().await),
            Exit::Reset => {
                drop(write.as_ref().set_zero_linger());
                // Without the farewell that dropping it would send.
                write.forget();
            }
            Exit::Never if stopping => {}
            Exit::Never => stop.await,
        }
    }

    /// Lets what is due be said, as long as there is room.
    fn work(&mut self) {
        while self.line.is_open() && self.line.outbox.has_room() && self.talk.work(&mut self.line) {
        }
        if !self.line.is_open() && !std::mem::replace(&mut self.ended, true) {
            self.talk.end();
        }
    }

    fn receive(&mut self, incoming: Incoming) {
        let line = &mut self.line;
        match incoming {
            Incoming::Text(text) => {
                line.traffic();
                self.talk.text(line, text);
            }
            Incoming::Binary(bytes) => {
                line.traffic();
                line.heard_bytes(MessageKind::Binary, &bytes);
                self.talk.binary(line, bytes);
            }
            Incoming::Ping(payload) => line.pinged(&payload),
            Incoming::Pong(payload) => line.heard_bytes(MessageKind::Pong, &payload),
            Incoming::Close(close) => {
                let (code, reason) = close.unwrap_or((1005, String::new()));
                let journal = &line.state.sockets.journal;
                journal.client_closes(line.number, (code, reason.clone()));
                let log = &line.state.log;
                log.socket_closed(line.number, Closer::Client, code, &reason);
                if line.is_open() {
                    // 1005 stands for no code, and is never sent.
                    let code = if code == 1005 { 1000 } else { code };
                    line.outbox.close(code, &reason);
                }
                line.leave();
            }
            Incoming::Broken(code, reason) => {
                if line.is_open() {
                    line.outbox.close(code, &reason);
                    let log = &line.state.log;
                    log.socket_closed(line.number, Closer::Server, code, &reason);
                }
                line.leave();
            }
            Incoming::Gone => line.phase = Phase::Over,
        }
    }
}
