//! The server side of one WebSocket: what an endpoint writes to, and the protocol of each endpoint.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cartesia_types::ApiVersion;
use tokio::time::Instant;

use super::journal::{AudioTime, MessageKind, SocketMessage};
use super::options::MessageOptions;
use super::outbox::Outbox;
use super::script::{Action, ContextName, ErrorShape, Moment, Occasion};
use super::settings::Idle;
use super::valve::Valve;
use crate::clock;
use crate::fault::{Damaged, Failure, Messages, Outgoing, Then, damage, unknown_type};
use crate::journal::Closer;
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::state::State;

/// The time limit for the answer to a close frame.
const CLOSING: Duration = Duration::from_secs(1);

/// The protocol that the server speaks on a WebSocket.
pub(crate) trait Endpoint: fmt::Debug + Send {
    /// The connection is open, and nothing was read.
    fn open(&mut self, channel: &mut Channel);

    /// The client sent a text, which is still to be noted with [`Channel::heard_text`].
    fn text(&mut self, channel: &mut Channel, text: String);

    /// The client sent bytes, which were noted.
    fn binary(&mut self, channel: &mut Channel, bytes: Bytes);

    /// Bytes in a second of the audio that comes as binary messages, where an endpoint takes it.
    fn byte_rate(&self) -> Option<u64> {
        None
    }

    /// When there is something to say without having been asked.
    fn next_due(&self) -> Option<Instant> {
        None
    }

    /// Says what is due; `false` when nothing is.
    fn work(&mut self, _: &mut Channel) -> bool {
        false
    }

    /// Ends it: no more messages can be sent.
    fn end(&mut self) {}

    /// Does what a script can do at this endpoint alone.
    fn act(&mut self, _: &mut Channel, _: Action) {}

    /// Performs the actions of the script for this moment.
    fn play(&mut self, channel: &mut Channel, moment: Moment) {
        for action in channel.actions(moment, None) {
            if channel.is_open()
                && let Some(action) = channel.act(action)
            {
                self.act(channel, action);
            }
        }
    }
}

/// A WebSocket after its handshake.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) state: Arc<State>,
    pub(crate) version: ApiVersion,
    pub(crate) request_id: Arc<str>,
    /// The first of the server has 1.
    pub(crate) number: u64,
    path: Arc<str>,
    pub(super) outbox: Outbox,
    idle: Idle,
    /// When it is closed for want of traffic.
    idle_at: Instant,
    pub(super) phase: Phase,
    pub(super) exit: Exit,
    options: MessageOptions,
    messages: Messages,
    pub(super) valve: Valve,
    /// The interval and the next time of pings, once nothing else is sent any more.
    pub(super) keep_alive: Option<(Duration, Instant)>,
    /// When the first audio came, and how many bytes so far.
    audio: Option<(Instant, u64)>,
}

/// The end of the connection once everything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// A regular end.
    Shutdown,
    Reset,
    /// No end: the connection stays open without traffic.
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// A close frame was sent; the client has until then to answer.
    Closing(Instant),
    /// Pending messages are written, then the connection ends.
    Leaving,
    Over,
}

impl Channel {
    pub(super) fn new(
        state: Arc<State>,
        caller: Caller,
        number: u64,
        path: Arc<str>,
        idle: Idle,
    ) -> Self {
        let idle = Idle {
            after: state.settings.socket.idle.unwrap_or(idle.after),
            ..idle
        };
        Self {
            state,
            version: caller.version,
            request_id: caller.request_id,
            number,
            path,
            outbox: Outbox::default(),
            idle,
            idle_at: clock::after(Instant::now(), idle.after),
            phase: Phase::Open,
            exit: Exit::Shutdown,
            options: MessageOptions::default(),
            valve: Valve::new(caller.fault.as_ref()),
            messages: Messages::new(caller.fault),
            keep_alive: None,
            audio: None,
        }
    }

    /// Whether anything is to be said any more.
    pub(crate) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Says a message, in the manner of the script.
    pub(crate) fn say(&mut self, text: String) {
        if !self.is_open() || self.keep_alive.is_some() {
            return;
        }
        if self.idle.answers {
            self.traffic();
        }
        let hit = self
            .messages
            .next(&self.state, self.number, &self.path, &text);
        if hit.silenced {
            return;
        }
        if hit.actions.is_empty() {
            let text = self.options.applied(text);
            self.outbox.text(text);
            return;
        }
        let context_id = hit.context_id.as_deref();
        let damaged = damage(hit.actions, text, context_id, |failure, context_id| {
            self.error_text(failure, context_id)
        });
        self.send_damaged(damaged, hit.context_id);
    }

    /// An error message in the shape of the endpoint and its version.
    fn error_text(&self, failure: Failure, context_id: Option<&str>) -> String {
        let (status, code, shape) = failure;
        let rejection = Rejection::scripted(status, code);
        let structured = match shape {
            Some(shape) => shape == ErrorShape::Structured,
            None => self.version >= ApiVersion::V2026_03_01,
        };
        if self.path.starts_with("/stt/") {
            rejection.stt_message(structured, &self.request_id)
        } else {
            rejection.message(structured, &self.request_id, context_id)
        }
    }

    fn send_damaged(&mut self, damaged: Damaged, context_id: Option<String>) {
        for outgoing in damaged.outgoing {
            match outgoing {
                Outgoing::Text(text) => {
                    let text = self.options.applied(text);
                    self.outbox.text(text);
                }
                Outgoing::NotUtf8(bytes) => self.outbox.text(bytes),
                Outgoing::Binary(bytes) => self.outbox.binary(bytes),
            }
        }
        match damaged.then {
            Then::GoOn => {}
            Then::Silence | Then::End => self.messages.silence(context_id),
            Then::Close(code, reason) => self.close(code, &reason),
            Then::HangUp => self.exit(Exit::Shutdown),
            Then::Reset => self.exit(Exit::Reset),
            Then::Stall => self.exit(Exit::Never),
            Then::KeepAlive(every) => {
                let now = Instant::now();
                self.keep_alive = Some((every, now));
            }
        }
    }

    /// Sends the ping that is due, if any.
    pub(super) fn keep_alive(&mut self) {
        let now = Instant::now();
        if let Some((every, next)) = &mut self.keep_alive
            && *next <= now
        {
            *next = clock::after(now, *every);
            self.outbox.ping();
            self.traffic();
        }
    }

    /// Closes with a close frame.
    pub(crate) fn close(&mut self, code: u16, reason: &str) {
        self.outbox.close(code, reason);
        let log = &self.state.log;
        log.socket_closed(self.number, Closer::Server, code, reason);
        self.phase = Phase::Closing(Instant::now() + CLOSING);
    }

    /// Notes what the client said, and whose it was.
    pub(crate) fn heard_text(&self, context_id: Option<String>, text: String) {
        let log = &self.state.log;
        log.socket_message(self.number, MessageKind::Text, text.as_bytes());
        self.record(MessageKind::Text, context_id, text.len(), text);
    }

    pub(super) fn heard_bytes(&self, kind: MessageKind, payload: &[u8]) {
        self.state.log.socket_message(self.number, kind, payload);
        self.record(kind, None, payload.len(), String::new());
    }

    /// Notes a binary message; with bytes in a second if it is audio.
    pub(super) fn heard_binary(&mut self, payload: &[u8], byte_rate: Option<u64>) {
        self.state
            .log
            .socket_message(self.number, MessageKind::Binary, payload);
        let audio = byte_rate.map(|byte_rate| self.time_of_audio(payload.len(), byte_rate));
        self.journal(SocketMessage {
            audio,
            ..self.message(MessageKind::Binary, payload.len())
        });
    }

    fn time_of_audio(&mut self, bytes: usize, byte_rate: u64) -> AudioTime {
        let now = Instant::now();
        let (first, before) = self.audio.get_or_insert((now, 0));
        let playing = |bytes: u64| {
            let micros = bytes.saturating_mul(1_000_000) / byte_rate.max(1);
            Duration::from_micros(micros)
        };
        let time = AudioTime {
            start: playing(*before),
            end: playing(*before + bytes as u64),
            came: now.duration_since(*first),
        };
        *before += bytes as u64;
        time
    }

    fn record(&self, kind: MessageKind, context_id: Option<String>, bytes: usize, text: String) {
        self.journal(SocketMessage {
            context_id,
            text,
            ..self.message(kind, bytes)
        });
    }

    fn message(&self, kind: MessageKind, bytes: usize) -> SocketMessage {
        SocketMessage {
            connection: self.number,
            kind,
            context_id: None,
            text: String::new(),
            bytes,
            audio: None,
        }
    }

    fn journal(&self, message: SocketMessage) {
        self.state.sockets.journal.record(message);
        self.state.changed.send_replace(());
    }

    /// Restarts the wait for the next traffic.
    pub(super) fn traffic(&mut self) {
        self.idle_at = clock::after(Instant::now(), self.idle.after);
    }

    pub(super) fn pinged(&mut self, payload: &[u8]) {
        self.heard_bytes(MessageKind::Ping, payload);
        if self.idle.pings {
            self.traffic();
        }
        if !self.options.no_pong {
            self.outbox.pong(payload);
        }
    }

    /// When it is over, if nothing happens.
    pub(super) fn limit(&self) -> Instant {
        match self.phase {
            Phase::Closing(until) => until,
            _ => self.idle_at,
        }
    }

    pub(super) fn leave(&mut self) {
        self.phase = Phase::Leaving;
    }

    /// Ends the connection once everything is written.
    pub(super) fn exit(&mut self, exit: Exit) {
        self.phase = Phase::Leaving;
        self.exit = exit;
    }

    /// The actions of the script for this moment.
    pub(crate) fn actions(&self, moment: Moment, context: Option<ContextName<'_>>) -> Vec<Action> {
        self.state.sockets.script.take(Occasion {
            moment,
            connection: self.number,
            path: &self.path,
            context,
        })
    }

    /// Does what a script can do at every endpoint, and gives back what it cannot.
    pub(crate) fn act(&mut self, action: Action) -> Option<Action> {
        match action {
            Action::Reset => self.exit(Exit::Reset),
            Action::HangUp => self.exit(Exit::Shutdown),
            Action::StallSocket => self.exit(Exit::Never),
            Action::Close { code, reason } => self.close(code, &reason),
            Action::NoPong => self.options.no_pong = true,
            Action::Fragment { frames, pings } => self.outbox.cut(frames, pings),
            Action::UnknownFields => self.options.unknown_fields = true,
            Action::NullOptionals => self.options.null_optionals = true,
            Action::MalformedJson => {
                self.outbox.text(r#"{"type":"chunk","status_code":206,"da"#);
            }
            Action::Say { text } => self.outbox.text(text),
            Action::Binary { bytes } => self.outbox.binary(bytes),
            other => return Some(other),
        }
        None
    }

    /// Says a message of a type that no client knows.
    pub(crate) fn say_unknown(&mut self, context_id: Option<&str>) {
        self.say(unknown_type(context_id));
    }
}
