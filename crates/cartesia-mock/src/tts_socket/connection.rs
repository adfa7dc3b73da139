//! One connection: reads what the client says, writes what the contexts have to say.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::contexts::{Contexts, Step};
use super::journal::{MessageKind, SocketMessage};
use super::messages::Message;
use super::outbox::Outbox;
use super::request::{self, Refusal, Request};
use super::script::Moment;
use super::wire::{Incoming, Reader};
use crate::hash;
use crate::journal::Closer;
use crate::rejection::Rejection;
use crate::state::State;

/// How long the other side may take to answer a close frame.
const CLOSING: Duration = Duration::from_secs(1);

/// A WebSocket after its handshake.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) state: Arc<State>,
    pub(super) version: ApiVersion,
    request_id: Arc<str>,
    pub(super) number: u64,
    pub(super) contexts: Contexts,
    pub(super) outbox: Outbox,
    /// When it is closed for want of traffic.
    idle: Instant,
    phase: Phase,
    exit: Exit,
    errors: u64,
    pub(super) manners: Manners,
}

/// What a script lets a connection do to all that is said on it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Manners {
    pub(super) no_pong: bool,
    pub(super) unknown_fields: bool,
    pub(super) null_optionals: bool,
}

/// How the connection ends once everything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// In order.
    Shutdown,
    Reset,
    /// It does not end, but nothing happens on it any more.
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// A close frame is on its way; the client has until then to answer.
    Closing(Instant),
    /// What waits is written, and then it is over.
    Leaving,
    Over,
}

impl Connection {
    pub(super) fn new(
        state: Arc<State>,
        version: ApiVersion,
        request_id: Arc<str>,
        number: u64,
    ) -> Self {
        Self {
            contexts: Contexts::new(Arc::clone(&state), &request_id),
            idle: Instant::now() + state.settings.socket.idle,
            state,
            version,
            request_id,
            number,
            outbox: Outbox::default(),
            phase: Phase::Open,
            exit: Exit::Shutdown,
            errors: 0,
            manners: Manners::default(),
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
        let mut reader = Reader::new(read, ahead).await;
        let mut stop = pin!(stop);
        let mut stopping = false;
        self.play(Moment::Connect, None);
        loop {
            self.work();
            match self.phase {
                Phase::Over => break,
                Phase::Leaving if self.outbox.is_empty() => break,
                _ => {}
            }
            let open = self.phase == Phase::Open;
            let next = self.contexts.next_due().filter(|_| self.outbox.has_room());
            let limit = match self.phase {
                Phase::Closing(until) => until,
                _ => self.idle,
            };
            let reads = self.phase != Phase::Leaving && !self.outbox.is_crammed();
            tokio::select! {
                incoming = reader.next(), if reads => self.receive(incoming),
                written = write.write(self.outbox.waiting()), if !self.outbox.is_empty() => match written {
                    Ok(bytes) if bytes > 0 => {
                        self.outbox.wrote(bytes);
                        // As long as the client reads, this never waits, and others may share the thread.
                        tokio::task::yield_now().await;
                    }
                    _ => break,
                },
                () = sleep_until(next.unwrap_or(limit)), if next.is_some() => {}
                () = sleep_until(limit) => match self.phase {
                    Phase::Open => self.close(1000, "connection idle timeout"),
                    _ => break,
                },
                () = &mut stop, if open && !stopping => {
                    stopping = true;
                    self.close(1001, "the server stops");
                }
            }
        }
        // In each case the client may be gone already.
        match self.exit {
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

    /// Makes what is due, as long as there is room.
    fn work(&mut self) {
        while self.phase == Phase::Open && self.outbox.has_room() {
            let Some(step) = self.contexts.step(Instant::now()) else {
                return;
            };
            self.tell(step);
        }
    }

    /// Says what a context has to say, as far as the script lets it.
    fn tell(&mut self, step: Step) {
        let context = (step.key, &step.id);
        for message in step.messages {
            if matches!(message, Message::Done { .. }) {
                if self.contexts.announces_end(step.key) {
                    self.play(Moment::Done, Some(context));
                }
                if !self.contexts.is_alive(step.key) || self.contexts.is_held(step.key) {
                    return;
                }
                self.contexts.remove(step.key);
            }
            self.say_of(&step.id, &message);
            if matches!(message, Message::Chunk { .. }) {
                self.play(Moment::Chunks(step.chunks), Some(context));
            }
            if !self.contexts.is_alive(step.key) {
                return;
            }
        }
    }

    /// Whether anything is to be said any more.
    pub(super) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    pub(super) fn say_of(&mut self, context_id: &str, message: &Message) {
        self.say(message.render(context_id, self.version));
    }

    pub(super) fn say(&mut self, text: String) {
        if !self.is_open() {
            return;
        }
        self.traffic();
        let text = self.mannered(text);
        self.outbox.text(text);
    }

    fn traffic(&mut self) {
        self.idle = Instant::now() + self.state.settings.socket.idle;
    }

    fn receive(&mut self, incoming: Incoming) {
        let journal = &self.state.sockets.journal;
        match incoming {
            Incoming::Text(text) => {
                self.traffic();
                self.receive_text(text);
            }
            Incoming::Binary(bytes) => {
                self.traffic();
                self.record_bytes(MessageKind::Binary, &bytes);
                let bytes = bytes.len();
                let message = format!("{bytes} bytes came as a binary message; send JSON as text");
                self.refuse(Rejection::bad_request(message).into());
            }
            // Pings do not count as traffic: clients that send them were closed all the same.
            Incoming::Ping(payload) => {
                self.record_bytes(MessageKind::Ping, &payload);
                if !self.manners.no_pong {
                    self.outbox.pong(payload);
                }
            }
            Incoming::Pong(payload) => self.record_bytes(MessageKind::Pong, &payload),
            Incoming::Close(close) => {
                let (code, reason) = close.unwrap_or((1005, String::new()));
                journal.client_closes(self.number, (code, reason.clone()));
                let log = &self.state.log;
                log.socket_closed(self.number, Closer::Client, code, &reason);
                if self.phase == Phase::Open {
                    // 1005 stands for no code, and is never sent.
                    let code = if code == 1005 { 1000 } else { code };
                    self.outbox.close(code, &reason);
                }
                self.leave();
            }
            Incoming::Broken(code, reason) => {
                if self.phase == Phase::Open {
                    self.outbox.close(code, &reason);
                    let log = &self.state.log;
                    log.socket_closed(self.number, Closer::Server, code, &reason);
                }
                self.leave();
            }
            Incoming::Gone => self.phase = Phase::Over,
        }
    }

    fn receive_text(&mut self, text: String) {
        let value = serde_json::from_str::<Value>(&text);
        let context_id = value
            .as_ref()
            .ok()
            .and_then(|value| value.get("context_id")?.as_str().map(str::to_owned));
        let log = &self.state.log;
        log.socket_message(self.number, MessageKind::Text, text.as_bytes());
        self.record(MessageKind::Text, context_id, text);
        if self.phase != Phase::Open {
            return;
        }
        let now = Instant::now();
        let outcome = match value {
            Err(error) => {
                let message = format!("the message is not JSON: {error}");
                Err(Rejection::bad_request(message).into())
            }
            Ok(value) => match request::read(&value, self.version, &self.state) {
                Ok(Request::Input(input)) => self.contexts.receive(*input, now).map(|taken| {
                    let context = (taken.key, &taken.id);
                    if taken.is_new {
                        self.play(Moment::Chunks(0), Some(context));
                    }
                    self.play(Moment::Input, Some(context));
                }),
                Ok(Request::Cancel { context_id }) => {
                    let key = self.contexts.key(&context_id).unwrap_or_default();
                    let id = context_id.into();
                    self.play(Moment::Cancel, Some((key, &id)));
                    self.contexts.cancel(key, now);
                    Ok(())
                }
                Err(refusal) => Err(refusal),
            },
        };
        if let Err(refusal) = outcome {
            self.refuse(refusal);
        }
    }

    /// Says no. The context is over, the connection is not.
    fn refuse(&mut self, refusal: Refusal) {
        let Refusal {
            context_id,
            rejection,
        } = refusal;
        if let Some(key) = context_id.as_deref().and_then(|id| self.contexts.key(id)) {
            self.contexts.remove(key);
        }
        let structured = self.version >= ApiVersion::V2026_03_01;
        self.say_error(&rejection.on_socket(), structured, context_id.as_deref());
    }

    pub(super) fn say_error(
        &mut self,
        rejection: &Rejection,
        structured: bool,
        context_id: Option<&str>,
    ) {
        self.errors += 1;
        let request_id = match context_id {
            None => self.request_id.to_string(),
            Some(id) => {
                let last = hash::stable(&[self.request_id.as_bytes(), &self.errors.to_le_bytes()]);
                format!("{}:{id}:{}", self.request_id, hash::uuid(last))
            }
        };
        self.say(rejection.message(structured, &request_id, context_id));
    }

    pub(super) fn close(&mut self, code: u16, reason: &str) {
        self.contexts.clear();
        self.outbox.close(code, reason);
        let log = &self.state.log;
        log.socket_closed(self.number, Closer::Server, code, reason);
        self.phase = Phase::Closing(Instant::now() + CLOSING);
    }

    fn leave(&mut self) {
        self.contexts.clear();
        self.phase = Phase::Leaving;
    }

    /// Ends the connection once everything is written.
    pub(super) fn exit(&mut self, exit: Exit) {
        self.phase = Phase::Leaving;
        self.exit = exit;
    }

    fn record_bytes(&self, kind: MessageKind, payload: &[u8]) {
        self.state.log.socket_message(self.number, kind, payload);
        self.record(kind, None, String::new());
    }

    fn record(&self, kind: MessageKind, context_id: Option<String>, text: String) {
        self.state.sockets.journal.record(SocketMessage {
            connection: self.number,
            kind,
            context_id,
            text,
        });
        self.state.changed.send_replace(());
    }
}
