//! One connection: reads the client's messages, writes those of the endpoint.

use std::pin::pin;

use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::channel::{Channel, Endpoint, Exit, Phase};
use super::journal::MessageKind;
use super::wire::{Incoming, Reader};
use crate::journal::Closer;

/// A WebSocket after its handshake, and who talks on it.
#[derive(Debug)]
pub(super) struct Connection {
    channel: Channel,
    endpoint: Box<dyn Endpoint>,
    /// Whether the endpoint knows that it is over.
    ended: bool,
}

impl Connection {
    pub(super) fn new(channel: Channel, endpoint: Box<dyn Endpoint>) -> Self {
        let ended = false;
        Self {
            channel,
            endpoint,
            ended,
        }
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
        self.endpoint.open(&mut self.channel);
        loop {
            self.work();
            self.channel.keep_alive();
            if self.channel.phase != Phase::Over
                && let Some(exit) = self
                    .channel
                    .valve
                    .closed(self.channel.outbox.waiting().len())
            {
                self.channel.outbox.clear();
                self.channel.exit(exit);
                continue;
            }
            let outbox = &self.channel.outbox;
            match self.channel.phase {
                Phase::Over => break,
                Phase::Leaving if outbox.is_empty() => break,
                _ => {}
            }
            let open = self.channel.is_open();
            let next = self
                .endpoint
                .next_due()
                .filter(|_| open && outbox.has_room());
            let limit = self.channel.limit();
            let ping = self
                .channel
                .keep_alive
                .filter(|_| open)
                .map(|(_, next)| next);
            let allowed = self.channel.valve.allowed(outbox.waiting().len());
            let write_at = self.channel.valve.next();
            let writes = allowed > 0 && write_at <= Instant::now();
            let reads = self.channel.phase != Phase::Leaving && !outbox.is_crammed();
            tokio::select! {
                incoming = reader.next(), if reads => self.receive(incoming),
                written = write.write(&outbox.waiting()[..allowed]), if writes => match written {
                    Ok(bytes) if bytes > 0 => {
                        self.channel.outbox.wrote(bytes);
                        self.channel.valve.passed(bytes);
                        // As long as the client reads, this never waits, and others may share the thread.
                        tokio::task::yield_now().await;
                    }
                    _ => break,
                },
                () = sleep_until(write_at), if allowed > 0 && !writes => {}
                () = sleep_until(ping.unwrap_or(limit)), if ping.is_some() => {}
                () = sleep_until(next.unwrap_or(limit)), if next.is_some() => {}
                () = sleep_until(limit) => match self.channel.phase {
                    Phase::Open => self.channel.close(1000, "connection idle timeout"),
                    _ => break,
                },
                () = &mut stop, if open && !stopping => {
                    stopping = true;
                    self.channel.close(1001, "the server stops");
                }
            }
        }
        // In each case the client may be gone already.
        match self.channel.exit {
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
        while self.channel.is_open()
            && self.channel.outbox.has_room()
            && self.endpoint.work(&mut self.channel)
        {}
        if !self.channel.is_open() && !std::mem::replace(&mut self.ended, true) {
            self.endpoint.end();
        }
    }

    fn receive(&mut self, incoming: Incoming) {
        let channel = &mut self.channel;
        match incoming {
            Incoming::Text(text) => {
                channel.traffic();
                self.endpoint.text(channel, text);
            }
            Incoming::Binary(bytes) => {
                channel.traffic();
                channel.heard_binary(&bytes, self.endpoint.byte_rate());
                self.endpoint.binary(channel, bytes);
            }
            Incoming::Ping(payload) => channel.pinged(&payload),
            Incoming::Pong(payload) => channel.heard_bytes(MessageKind::Pong, &payload),
            Incoming::Close(close) => {
                let (code, reason) = close.unwrap_or((1005, String::new()));
                let journal = &channel.state.sockets.journal;
                journal.client_closes(channel.number, (code, reason.clone()));
                let log = &channel.state.log;
                log.socket_closed(channel.number, Closer::Client, code, &reason);
                if channel.is_open() {
                    // 1005 stands for no code, and is never sent.
                    let code = if code == 1005 { 1000 } else { code };
                    channel.outbox.close(code, &reason);
                }
                channel.leave();
            }
            Incoming::Broken(code, reason) => {
                if channel.is_open() {
                    channel.outbox.close(code, &reason);
                    let log = &channel.state.log;
                    log.socket_closed(channel.number, Closer::Server, code, &reason);
                }
                channel.leave();
            }
            Incoming::Gone => channel.phase = Phase::Over,
        }
    }
}
