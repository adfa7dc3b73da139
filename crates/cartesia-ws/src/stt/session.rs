//! A transcription on a connection, as a state machine without socket or clock: one stream, whatever the
//! socket.
//!
//! Audio goes through the [`AudioLog`]. Sent audio stays there until final text covers it. After a lost
//! connection, the next one is sent all audio from there on, so only time is lost. How far the service has
//! read is known by *marks*, pings that are sent along with the audio.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cartesia_core::time::{deadline_after, overdue};
use cartesia_core::{ReconnectPolicy, Secret, Timeouts};
use cartesia_types::ErrorKind;
use cartesia_types::stt::{Gap, SttFormat};

use super::dialect::{Dialect, Meaning};
use super::log::AudioLog;
use super::timeline::Timeline;
use crate::audio::{Pacer, Rate};
use crate::inbox::cancelled;
use crate::link::{Lapse, Link, may_help};
use crate::protocol::{self, Key, Order, Protocol};
use crate::stats::SttStats;
use crate::{CloseInfo, Deadline, Error};

/// The effects that the driver performs.
pub(super) type Effect<D> = protocol::Effect<<D as Dialect>::Event>;

/// How much faster than live audio is sent again after a loss, in seconds of audio per second.
const CATCH_UP: f64 = 4.0;
/// Audio that may wait on a connection before callers wait.
const AHEAD: Duration = Duration::from_secs(2);

/// The rules of the session.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) timeouts: Timeouts,
    pub(crate) reconnect: ReconnectPolicy,
    /// Audio that is kept until final text covers it.
    pub(crate) buffer: Duration,
}

/// The commands of a caller.
#[derive(Debug)]
pub(crate) enum Command<S> {
    Open(Key),
    Audio(Bytes, Rate),
    Finalize,
    Set(S),
    /// The audio is complete.
    Finish,
    Cancel,
    Warm,
    Close,
}

impl<S> From<Order<()>> for Command<S> {
    fn from(order: Order<()>) -> Self {
        match order {
            Order::Open(key, _) => Self::Open(key),
            Order::Finish(_) => Self::Finish,
            Order::Cancel(_) => Self::Cancel,
            Order::Warm => Self::Warm,
            Order::Drain | Order::Close => Self::Close,
        }
    }
}

/// Whether more audio may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audio {
    Open,
    Complete,
    /// Complete, and this connection was told.
    Closed,
}

/// The state of a transcription and of its connection.
pub(crate) struct Transcriber<D: Dialect> {
    pub(super) dialect: D,
    pub(super) rules: Rules,
    pub(super) link: Link,
    /// The stream, while it lives.
    pub(super) key: Option<Key>,
    /// The stream has begun: without it, nothing needs the connection any more.
    pub(super) begun: bool,
    pub(super) format: SttFormat,
    pub(super) log: AudioLog,
    pub(super) timeline: Timeline,
    /// Where the next connection begins in the audio, in bytes.
    base: u64,
    pub(super) audio: Audio,
    pub(super) pacer: Pacer,
    /// When audio or silence was last sent.
    pub(super) last_out: Instant,
    /// A pause of the source is being filled.
    pub(super) filling: bool,
    /// Since when an answer is due, counted from the last message.
    pub(super) awaiting: Option<Instant>,
    greeting: Option<Instant>,
    /// Up to where the service has read the audio, and where the last mark is.
    read: u64,
    pub(super) marked: u64,
    /// Connections lost since final text last covered more audio.
    losses: u32,
    delivered: bool,
    events: Vec<D::Event>,
}

impl<D: Dialect> Transcriber<D> {
    /// A session without a connection. `seed` decides the jitter.
    pub(crate) fn new(dialect: D, rules: Rules, now: Instant, seed: u64) -> Self {
        let format = dialect.format();
        Self {
            link: Link::new(D::CONNECTION, rules.timeouts, rules.reconnect.clone(), seed),
            log: AudioLog::new(format, rules.buffer),
            dialect,
            rules,
            key: None,
            begun: false,
            format,
            timeline: Timeline::default(),
            base: 0,
            audio: Audio::Open,
            pacer: Pacer::default(),
            last_out: now,
            filling: false,
            awaiting: None,
            greeting: None,
            read: 0,
            marked: 0,
            losses: 0,
            delivered: false,
            events: Vec::new(),
        }
    }

    pub(super) fn time_of(&self, position: u64) -> Duration {
        self.format.duration_of_bytes(position)
    }

    /// The position that is nearest to a time.
    fn position_of(&self, time: Duration) -> u64 {
        let half_a_sample = Duration::from_secs(1) / self.format.sample_rate.max(1) / 2;
        self.format.bytes_in(time + half_a_sample)
    }

    /// Limits that have passed without an answer.
    fn answer_due(&self) -> Option<Instant> {
        let limit = self.rules.timeouts.silence;
        let due = self.awaiting.and_then(|since| deadline_after(since, limit));
        due.filter(|_| self.link.is_watched())
    }

    fn greeting_due(&self) -> Option<Instant> {
        let limit = self.rules.timeouts.first_audio;
        let due = self.greeting.and_then(|since| deadline_after(since, limit));
        due.filter(|_| self.link.is_watched())
    }

    fn push_gap(&mut self, start: u64, end: u64) {
        if start < end {
            let gap = Gap::new(self.time_of(start), self.time_of(end));
            self.events.push(D::gap(gap));
        }
    }

    fn deliver(&mut self, out: &mut Vec<Effect<D>>) {
        for event in self.events.drain(..) {
            if let Some(key) = self.key {
                self.delivered = true;
                out.push(Effect::<D>::Deliver(key, event));
            }
        }
    }

    fn on_message(&mut self, now: Instant, message: &[u8], out: &mut Vec<Effect<D>>) {
        self.link.on_proof(now);
        let event = match D::decode(message) {
            Ok(event) => event,
            Err(error) => {
                let error = Error::new(ErrorKind::Decode, D::STREAM, error.to_string());
                return self.fail(error, out);
            }
        };
        let meaning = self.dialect.take(event, &self.timeline, &mut self.events);
        if meaning == Meaning::Done && !self.is_all_read() {
            // This does not answer the end of the audio.
            self.events.clear();
            let message = "the service ended the transcription before the audio was complete";
            let error = Error::new(ErrorKind::Closed, D::STREAM, message);
            return self.drop_connection(now, &error, out);
        }
        self.deliver(out);
        if meaning != Meaning::Noise {
            self.greeting = None;
            self.awaiting = self.awaiting.map(|_| now);
        }
        match meaning {
            Meaning::Nothing | Meaning::Noise => {}
            Meaning::Covers(time) => self.cover(self.position_of(time)),
            Meaning::CoversRead => self.cover(self.read),
            Meaning::Answered => self.log.answer_finalize(),
            Meaning::Done => self.end(None, out),
            Meaning::Refused(error) => {
                let error = match self.link.secret() {
                    Some(secret) => error.without_secret(secret.expose()),
                    None => error,
                };
                self.events.push(D::refused(error));
                self.deliver(out);
            }
            Meaning::Failed(error) => {
                let error = Error::api(D::STREAM, error);
                let error = match self.link.secret() {
                    Some(secret) => error.without_secret(secret.expose()),
                    None => error,
                };
                if may_help(&error) {
                    self.drop_connection(now, &error, out);
                } else {
                    self.fail(error, out);
                }
            }
        }
        if self.audio != Audio::Closed && !self.log.awaits_answer() {
            self.awaiting = None;
        }
    }

    /// Whether the service was told that the audio is complete, and has read all of it.
    fn is_all_read(&self) -> bool {
        self.audio == Audio::Closed && self.read >= self.log.sent()
    }

    /// Final text covers the audio up to this position.
    fn cover(&mut self, position: u64) {
        let before = self.log.covered();
        self.log.cover(position);
        if self.log.covered() > before {
            self.losses = 0;
        }
    }

    /// Gives up a connection that is still there.
    fn drop_connection(&mut self, now: Instant, error: &Error, out: &mut Vec<Effect<D>>) {
        self.link.abandon(now, out);
        self.lose(now, error, out);
    }

    /// The connection is lost: the next one is sent what final text does not cover.
    fn lose(&mut self, now: Instant, error: &Error, out: &mut Vec<Effect<D>>) {
        if self.key.is_none() {
            return;
        }
        self.losses += 1;
        self.dialect.lose(&mut self.events);
        let covered = self.log.covered();
        self.base = self.log.rewind(CATCH_UP);
        self.push_gap(covered, self.base);
        self.deliver(out);
        if self.audio == Audio::Closed {
            self.audio = Audio::Complete;
        }
        self.awaiting = None;
        self.greeting = None;
        let needed = self.losses < self.rules.reconnect.max_attempts;
        if let Some(error) = self.link.try_again(now, error, needed) {
            self.fail(error, out);
        }
    }

    fn fail(&mut self, error: Error, out: &mut Vec<Effect<D>>) {
        // The transcription has delivered events, so its reader gets an incomplete stream.
        let kind = match error.kind() {
            ErrorKind::Closed if self.delivered => ErrorKind::Incomplete,
            kind => kind,
        };
        let request_id = error.request_id().or(self.link.request_id());
        let request_id = request_id.map(str::to_owned);
        self.end(Some(error.with_kind(kind).with_request_id(request_id)), out);
    }

    fn end(&mut self, error: Option<Error>, out: &mut Vec<Effect<D>>) {
        if let Some(key) = self.key.take() {
            out.push(Effect::<D>::End(key, error));
        }
    }

    /// Applies the consequences of any change.
    fn after(&mut self, now: Instant, out: &mut Vec<Effect<D>>) {
        let live = self.key.is_some();
        self.link.set_in_use(now, live || !self.begun);
        if self.begun && !live {
            self.log.clear();
            self.link.close(now, out);
        }
    }
}

impl<D: Dialect> Protocol for Transcriber<D> {
    const CONNECT: &'static str = D::CONNECT;
    const CONNECTION: &'static str = D::CONNECTION;
    const STREAM: &'static str = D::STREAM;

    type Event = D::Event;
    type Opening = ();
    type Command = Command<D::Setting>;
    type Stats = SttStats;

    fn link(&self) -> &Link {
        &self.link
    }

    fn link_mut(&mut self) -> &mut Link {
        &mut self.link
    }

    fn stats(&self) -> SttStats {
        SttStats {
            is_up: self.link.is_up(),
            connections: self.link.connections(),
            audio_sent: self.time_of(self.log.sent()),
            audio_covered: self.time_of(self.log.covered()),
            buffered_bytes: self.log.held(),
        }
    }

    fn path(&self) -> Cow<'static, str> {
        self.dialect.path().into()
    }

    fn wants_input(&self) -> bool {
        let ahead = self.format.bytes_in(AHEAD);
        let room = if self.link.is_up() {
            ahead
        } else {
            ahead.max(self.log.capacity())
        };
        self.log.waiting() < room
    }

    fn on_command(&mut self, now: Instant, command: Self::Command, out: &mut Vec<Effect<D>>) {
        match command {
            Command::Open(key) => {
                self.key = Some(key);
                self.begun = true;
            }
            Command::Audio(data, rate) if self.audio == Audio::Open => self.log.push(data, rate),
            Command::Finalize if self.audio == Audio::Open => self.log.push_finalize(),
            Command::Set(setting) => {
                let message = self.dialect.set(setting);
                if let Some(key) = self.key.filter(|_| self.link.is_up()) {
                    out.push(Effect::<D>::Send(key, message));
                }
            }
            Command::Finish if self.audio == Audio::Open => {
                self.log.flush();
                self.audio = Audio::Complete;
            }
            Command::Audio(..) | Command::Finalize | Command::Finish | Command::Warm => {}
            Command::Cancel => self.end(Some(cancelled(D::STREAM)), out),
            Command::Close => {
                self.begun = true;
                self.end(Some(cancelled(D::STREAM)), out);
            }
        }
        if self.key.is_some() || !self.begun {
            self.link.connect_if_down(out);
        }
        self.pump(now, out);
        self.after(now, out);
    }

    fn on_connected(
        &mut self,
        now: Instant,
        request_id: Option<String>,
        secret: Secret,
        out: &mut Vec<Effect<D>>,
    ) {
        if !self.link.on_connected(now, request_id, secret) {
            return;
        }
        self.timeline = Timeline::starting_at(self.time_of(self.base));
        self.read = self.base;
        self.marked = self.base;
        self.pacer = Pacer::default();
        self.last_out = now;
        self.filling = false;
        self.greeting = self.dialect.awaits_greeting().then_some(now);
        self.pump(now, out);
        self.after(now, out);
    }

    fn on_connect_failed(&mut self, now: Instant, error: &Error, out: &mut Vec<Effect<D>>) {
        if !self.link.on_connect_failed() {
            return;
        }
        if let Some(error) = self.link.try_again(now, error, self.key.is_some()) {
            self.fail(error, out);
        }
        self.after(now, out);
    }

    fn on_text(&mut self, now: Instant, text: &str, out: &mut Vec<Effect<D>>) {
        self.on_message(now, text.as_bytes(), out);
        self.after(now, out);
    }

    fn on_binary(&mut self, now: Instant, data: &[u8], out: &mut Vec<Effect<D>>) {
        self.on_message(now, data, out);
        self.after(now, out);
    }

    fn on_mark(&mut self, _: Instant, mark: u64) {
        self.read = self.read.max(mark.min(self.marked));
        // The service has read it long ago and reports no words: nothing was said.
        if !self.dialect.has_pending_text() {
            let recent = self.log.capacity() / 2;
            self.cover(self.log.sent().saturating_sub(recent).min(self.read));
        }
    }

    fn on_closed(
        &mut self,
        now: Instant,
        close: CloseInfo,
        why: Option<(ErrorKind, String)>,
        out: &mut Vec<Effect<D>>,
    ) {
        if let Some(error) = self.link.on_closed(now, close, why) {
            let code = error.closed().and_then(|closed| closed.code);
            // A close frame in the middle of the audio, or without a greeting, is no answer.
            let has_read = self.is_all_read() && !self.dialect.awaits_greeting();
            let is_open = self.dialect.has_pending_text();
            let agreed = has_read && (code == Some(1000) || (code.is_none() && !is_open));
            if agreed && self.dialect.end(&mut self.events) {
                if is_open {
                    self.push_gap(self.log.covered(), self.log.sent());
                }
                self.deliver(out);
                self.end(None, out);
            } else {
                self.lose(now, &error, out);
            }
        }
        self.after(now, out);
    }

    fn on_overflow(&mut self, now: Instant, _: Key, out: &mut Vec<Effect<D>>) {
        let message = "the reader fell behind: more unread text than the budget allows";
        self.fail(Error::new(ErrorKind::SlowConsumer, D::STREAM, message), out);
        self.after(now, out);
    }

    fn set_paused(&mut self, now: Instant, paused: bool) {
        if self.link.set_paused(now, paused) {
            self.awaiting = self.awaiting.map(|_| now);
            self.greeting = self.greeting.map(|_| now);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        [
            self.link.poll_timeout(),
            self.pace_due(),
            self.silence_due(),
            self.answer_due(),
            self.greeting_due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn on_timeout(&mut self, now: Instant, out: &mut Vec<Effect<D>>) {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        while let Some(lapse) = self.link.on_timeout(now, out) {
            if let Lapse::Dead(error) = lapse {
                self.lose(now, &error, out);
            }
        }
        let limits = self.rules.timeouts;
        if is_due(self.answer_due()) {
            let what = "the service did not answer a command";
            let error = overdue(D::STREAM, Deadline::Silence, limits.silence, what);
            // The connection may be half open. If a new one does not answer either, the service is at fault.
            if self.losses == 0 {
                self.drop_connection(now, &error, out);
            } else {
                self.fail(error, out);
            }
        }
        if is_due(self.greeting_due()) {
            let what = "the service did not report that it is ready";
            let limit = limits.first_audio;
            let error = overdue(D::CONNECTION, Deadline::FirstAudio, limit, what);
            self.drop_connection(now, &error, out);
        }
        self.pump(now, out);
        if is_due(self.silence_due()) {
            self.send_silence(now, out);
        }
        self.after(now, out);
    }
}
