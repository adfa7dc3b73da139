//! The protocol on a connection, as the driver sees it.
//!
//! Connections are the same for all protocols: [`Link`] is the state (attempts, pings, idle limit, close
//! procedure), the driver is the task, [`Lanes`](crate::lanes::Lanes) are the handle of its callers. It
//! carries *streams*: a context of speech is one. Each stream has an [`Input`] half, which sends commands
//! directly or over the data lane, and an [`Output`] half, which reads events from an inbox and ends exactly
//! once. Many streams may share a connection, or there may be one.
//!
//! A new protocol is a state machine without socket or clock:
//!
//! 1. Give its events [`Message`], and write a struct that owns a [`Link`] and the state of its streams.
//! 2. Implement [`Protocol`]. Every method gets the time and pushes [`Effect`]s; the driver performs them
//!    in order. Call the method of `Link` of the same name first: it says what remains to be decided.
//! 3. Open it with `Lanes::start(shared, runtime, session)`, and a stream with `Lanes::open(opening)`.
//! 4. Wrap the two halves in public types that document their errors.
//!
//! `session/` (text to speech, many streams) and `stt/` (speech to text, one stream) are examples.
//!
//! [`Input`]: crate::lanes::Input
//! [`Output`]: crate::lanes::Output

use std::borrow::Cow;
use std::time::Instant;

use bytes::Bytes;
use cartesia_core::Secret;
use cartesia_types::ErrorKind;
use rustc_hash::FxHashMap;

use crate::link::Link;
use crate::{CloseInfo, Error};

/// Identifies a stream within the process. Never sent.
pub(crate) type Key = u64;
/// Something of each stream.
pub(crate) type KeyMap<T> = FxHashMap<Key, T>;

/// The properties of an event that the inbox needs.
pub(crate) trait Message: Send + Unpin + 'static {
    /// Bytes that it takes while it waits, roughly.
    fn weight(&self) -> usize;

    /// Returns whether it is the announced end of its stream.
    fn is_last(&self) -> bool;

    /// Returns which earlier events it replaces: the inbox drops those that were not read yet.
    fn obsoletes(&self) -> Option<fn(&Self) -> bool> {
        None
    }
}

/// The commands that all protocols share.
pub(crate) enum Order<O> {
    /// A stream begins.
    Open(Key, Box<O>),
    /// The input of a stream was dropped; it counts as complete.
    Finish(Key),
    /// End a stream at once.
    Cancel(Key),
    /// Connect if there is no connection.
    Warm,
    /// Take no new streams; close when the last one has ended.
    Drain,
    /// End all streams, and close.
    Close,
}

/// The effects that the driver performs.
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Effect<E> {
    /// Make a connection, and report how it went.
    Connect,
    /// Send a text message of a stream.
    Send(Key, String),
    /// Send a binary message of a stream.
    SendAudio(Key, Bytes),
    /// Send the cancel of a stream, before whatever waits to be sent, and nothing more of that stream.
    Cancel(Key, String),
    Ping,
    /// Send a ping that carries this number, behind everything so far. Its answer says that the service has
    /// read that.
    Mark(u64),
    /// Give an event to the reader of a stream.
    Deliver(Key, E),
    /// The service has ended a stream that was cancelled: release its permits.
    Release(Key),
    /// End a stream for its reader: done, or with this error.
    End(Key, Option<Error>),
    /// Send a close frame; the connection is no longer the session's, which may make another.
    Retire,
    /// Send a close frame, and report when the other side has answered.
    Close,
    /// Drop the connection as it is.
    Abandon,
}

/// The protocol on a connection: a state machine without socket or clock.
pub(crate) trait Protocol: Sized + Send + Unpin + 'static {
    /// The operation in errors of opening the connection, for example `tts.connect`.
    const CONNECT: &'static str;
    /// The operation in errors of the connection.
    const CONNECTION: &'static str;
    /// The operation in errors of a stream.
    const STREAM: &'static str;
    /// Whether commands are written on the thread of their caller when the driver is free. Otherwise its task collects
    /// them, and writes many at once: for audio that costs less.
    const WRITES_AT_ONCE: bool = false;

    type Event: Message;
    /// Everything about a stream that is known at its start.
    type Opening: Send;
    /// The commands of a caller, and those that the driver sends on its behalf.
    type Command: From<Order<Self::Opening>> + Send;
    /// The counters that a handle can read.
    type Stats: Copy + Default + Send;

    fn link(&self) -> &Link;
    fn link_mut(&mut self) -> &mut Link;
    fn stats(&self) -> Self::Stats;

    /// Path and query of the next connection.
    fn path(&self) -> Cow<'static, str>;

    /// Whether the driver may take more commands from callers, who wait otherwise.
    fn wants_input(&self) -> bool {
        true
    }

    fn on_command(
        &mut self,
        now: Instant,
        command: Self::Command,
        out: &mut Vec<Effect<Self::Event>>,
    );

    fn on_connected(
        &mut self,
        now: Instant,
        request_id: Option<String>,
        secret: Secret,
        out: &mut Vec<Effect<Self::Event>>,
    );

    /// An attempt to connect failed.
    fn on_connect_failed(
        &mut self,
        now: Instant,
        error: &Error,
        out: &mut Vec<Effect<Self::Event>>,
    );

    fn on_text(&mut self, now: Instant, text: &str, out: &mut Vec<Effect<Self::Event>>);

    fn on_binary(&mut self, now: Instant, data: &[u8], out: &mut Vec<Effect<Self::Event>>);

    /// A mark is answered: the service has read what was sent before it.
    fn on_mark(&mut self, _now: Instant, _mark: u64) {}

    /// The connection ended without our doing.
    fn on_closed(
        &mut self,
        now: Instant,
        close: CloseInfo,
        why: Option<(ErrorKind, String)>,
        out: &mut Vec<Effect<Self::Event>>,
    );

    /// The reader of a stream fell behind.
    fn on_overflow(&mut self, now: Instant, key: Key, out: &mut Vec<Effect<Self::Event>>);

    /// Notes that reading was suspended, or continues.
    fn set_paused(&mut self, now: Instant, paused: bool);

    /// When [`on_timeout`](Self::on_timeout) is to be called next.
    fn poll_timeout(&self) -> Option<Instant>;

    fn on_timeout(&mut self, now: Instant, out: &mut Vec<Effect<Self::Event>>);
}
