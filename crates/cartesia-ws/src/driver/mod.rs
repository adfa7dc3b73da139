//! The driver of a connection: it does what the session says, and tells it what happens. The session can be any
//! [`Protocol`]. A task polls it; in between, readers do so, and callers give it orders ([`SharedDriver`]).
//!
//! One loop polls everything: commands, socket, timer. Nothing in it awaits, so that nothing waits for
//! something else: a message that cannot be written yet does not keep the next one from being read.

mod effects;
mod gauges;
mod shared;
#[cfg(test)]
mod tests;

pub(crate) use gauges::{Gauges, Status};
pub(crate) use shared::{Gone, SharedDriver, Task};

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use cartesia_core::Alarm;
use cartesia_core::limiter::Permit;
use cartesia_types::ErrorKind;
use tokio::sync::{mpsc, watch};

use crate::Error;
use crate::Result;
use crate::connect::Connected;
use crate::inbox::{End, Inbox};
use crate::outbox::{Outbox, Outgoing};
use crate::protocol::{Effect, Key, KeyMap, Order, Protocol};
use crate::shared::Shared;
use crate::socket::{self, Received, Socket};
use crate::turn::Readers;

/// While so many bytes wait to be written, no more text is taken from callers: they wait.
const MAX_UNWRITTEN: usize = 64 * 1024;
/// Rounds before other tasks get their turn.
const ROUNDS: usize = 8;
/// Messages that are read before other tasks get their turn, readers above all.
const MAX_READ_MESSAGES: usize = 32;
/// Bytes of messages that are read before then. Audio that is read from the inbox soon is still in the cache of
/// the processor, and its memory is used again for the audio that comes next. Without this limit, a fast server
/// makes the process map new memory for nearly every message.
const MAX_READ_BYTES: usize = 128 * 1024;
/// The longest turn of the readers.
const READERS_TURN: Duration = Duration::from_millis(1);

/// What overtakes the commands that wait. There is at most a handful for each stream and connection, so
/// its queue needs no bound, and dropping a handle can use it without waiting.
pub(crate) enum Control<P: Protocol> {
    Open(Key, Box<P::Opening>, Arc<Inbox<P::Event>>, Option<Permit>),
    /// A permit for a stream that began without one.
    Hold(Key, Permit),
    Cancel(Key),
    /// The input of a stream was dropped after it had sent so many commands.
    FinishAfter(Key, u64),
    /// A reader made room.
    RoomMade,
    /// A handle wants to know whether the task still runs.
    Wake,
    Warm,
    Drain,
    Close,
}

/// The other end of a stream.
struct Slot<E> {
    inbox: Arc<Inbox<E>>,
    /// Its places among the streams that may live at once.
    permits: Vec<Permit>,
    /// The service was asked to cancel it, and works on it until it has.
    cancelled: bool,
    commands: u64,
    finish_after: Option<u64>,
}

type Connecting = Pin<Box<dyn Future<Output = Result<Connected>> + Send>>;

/// The socket, or the way to one.
enum Connection {
    Down,
    Connecting(Connecting),
    Up(Box<Socket>),
}

/// Why reading stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// The socket has no message, or none may be read. The task is woken when that changes.
    Idle,
    /// The limit of a turn: other tasks run first.
    Yields,
    /// The connection opened, or ended.
    Changed,
}

/// The state of the task.
pub(crate) struct Driver<P: Protocol> {
    shared: Arc<Shared>,
    session: P,
    slots: KeyMap<Slot<P::Event>>,
    /// Permits of cancelled streams that the service still works on.
    lingering: KeyMap<Vec<Permit>>,
    data: mpsc::Receiver<(Key, P::Command)>,
    control: mpsc::UnboundedReceiver<Control<P>>,
    /// Neither connection handles nor streams are left.
    abandoned: bool,
    connection: Connection,
    /// Connections that are closing.
    retiring: Vec<Pin<Box<dyn Future<Output = ()> + Send>>>,
    outbox: Outbox,
    /// Taken from the outbox, not yet taken by the socket.
    next: Option<Outgoing>,
    flushed: bool,
    timer: Alarm,
    /// The time that the timer is set to.
    armed: Option<Instant>,
    /// The end of the turn of the readers, if they do not end it.
    turn_timer: Alarm,
    turn_end: Instant,
    effects: Vec<Effect<P::Event>>,
    /// Readers to wake when everything that has arrived is in their inboxes.
    readers: Readers,
    /// Streams that got events in this turn.
    delivered: Vec<Key>,
    /// Streams that reading is suspended for.
    suspended: Vec<Key>,
    status: watch::Sender<Status>,
    gauges: Arc<Gauges<P::Stats>>,
    /// Wakes the task that polls this.
    task: Option<Waker>,
}

/// Gets another turn, after other tasks, and after the main future of a runtime with one thread, had theirs. A
/// task that wakes itself runs again up to 60 times before that future does.
fn yield_now(cx: &mut Context<'_>) {
    let turn = std::pin::pin!(tokio::task::yield_now());
    if turn.poll(cx).is_ready() {
        cx.waker().wake_by_ref();
    }
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl<P: Protocol> Driver<P> {
    pub(crate) fn new(
        shared: Arc<Shared>,
        session: P,
        data: mpsc::Receiver<(Key, P::Command)>,
        control: mpsc::UnboundedReceiver<Control<P>>,
        status: watch::Sender<Status>,
        gauges: Arc<Gauges<P::Stats>>,
    ) -> Self {
        Self {
            shared,
            session,
            slots: KeyMap::default(),
            lingering: KeyMap::default(),
            data,
            control,
            abandoned: false,
            connection: Connection::Down,
            retiring: Vec::new(),
            outbox: Outbox::default(),
            next: None,
            flushed: true,
            timer: Alarm::at(now()),
            armed: None,
            turn_timer: Alarm::at(now()),
            turn_end: now(),
            effects: Vec::new(),
            readers: Readers::default(),
            delivered: Vec::new(),
            suspended: Vec::new(),
            status,
            gauges,
            task: None,
        }
    }

    fn poll_control(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut progress = false;
        while !self.abandoned {
            let Poll::Ready(control) = self.control.poll_recv(cx) else {
                break;
            };
            progress = true;
            if let Some(control) = control {
                self.obey(now, control);
            } else {
                self.abandoned = true;
                self.order(now, Order::Close);
            }
        }
        progress
    }

    fn obey(&mut self, now: Instant, control: Control<P>) {
        match control {
            Control::Open(key, opening, inbox, permit) => {
                let slot = Slot {
                    inbox,
                    permits: permit.into_iter().collect(),
                    cancelled: false,
                    commands: 0,
                    finish_after: None,
                };
                self.slots.insert(key, slot);
                self.order(now, Order::Open(key, opening));
            }
            Control::Hold(key, permit) => {
                // If the stream has ended, dropping the permit releases it.
                if let Some(slot) = self.slots.get_mut(&key) {
                    slot.permits.push(permit);
                }
            }
            Control::Cancel(key) => self.order(now, Order::Cancel(key)),
            Control::FinishAfter(key, commands) => {
                if let Some(slot) = self.slots.get_mut(&key) {
                    if slot.commands >= commands {
                        self.order(now, Order::Finish(key));
                    } else {
                        slot.finish_after = Some(commands);
                    }
                }
            }
            Control::RoomMade => self.resume(now),
            // Reading this command answers it.
            Control::Wake => {}
            Control::Warm => self.order(now, Order::Warm),
            Control::Drain => self.order(now, Order::Drain),
            Control::Close => self.order(now, Order::Close),
        }
    }

    /// Whether callers want something.
    fn has_orders(&self) -> bool {
        !self.control.is_empty() || (self.takes_data() && !self.data.is_empty())
    }

    /// Whether commands of callers are taken, or have to wait.
    fn takes_data(&self) -> bool {
        self.outbox.bytes() < MAX_UNWRITTEN && self.session.wants_input()
    }

    fn poll_data(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut progress = false;
        while self.takes_data() {
            let Poll::Ready(Some((key, command))) = self.data.poll_recv(cx) else {
                break;
            };
            progress = true;
            if !self.slots.contains_key(&key) {
                // Either its stream has ended, or it began after the other lane was looked at: that was
                // sent before the text, and so is there by now. `try_recv` finds it in any case; a poll
                // may put it off, so that other tasks get their turn.
                while let Ok(control) = self.control.try_recv() {
                    self.obey(now, control);
                }
            }
            self.take_command(now, key, command);
        }
        progress
    }

    /// Takes a command of a caller.
    fn take_command(&mut self, now: Instant, key: Key, command: P::Command) {
        self.command(now, command);
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.commands += 1;
            if slot.finish_after == Some(slot.commands) {
                self.order(now, Order::Finish(key));
            }
        }
    }

    /// Whether an order can be taken from a caller directly: no other waits, which it would overtake, and it can be written at once.
    fn takes_orders(&self) -> bool {
        matches!(self.connection, Connection::Up(_))
            && self.takes_data()
            && self.control.is_empty()
            && self.data.is_empty()
    }

    /// Takes an order from a caller, and does what follows from it. Whatever takes longer wakes the task.
    fn take_order(&mut self, cx: &mut Context<'_>, take: impl FnOnce(&mut Self, Instant)) {
        let now = now();
        take(self, now);
        let more = self.poll_write(cx, now) | self.poll_timer(cx, now);
        self.publish();
        if more || !matches!(self.connection, Connection::Up(_)) {
            cx.waker().wake_by_ref();
        }
    }

    fn order(&mut self, now: Instant, order: Order<P::Opening>) {
        self.command(now, order.into());
    }

    fn command(&mut self, now: Instant, command: P::Command) {
        self.session.on_command(now, command, &mut self.effects);
        self.apply(now);
    }

    /// Connects, or reads what has arrived.
    fn poll_connection(&mut self, cx: &mut Context<'_>, now: Instant) -> Reading {
        match &mut self.connection {
            Connection::Down => Reading::Idle,
            Connection::Connecting(connecting) => {
                let Poll::Ready(outcome) = connecting.as_mut().poll(cx) else {
                    return Reading::Idle;
                };
                self.on_connect_outcome(now, outcome);
                Reading::Changed
            }
            Connection::Up(_) => self.read(cx, now),
        }
    }

    fn on_connect_outcome(&mut self, now: Instant, outcome: Result<Connected>) {
        match outcome {
            Ok(connected) => {
                let handshake = connected.handshake;
                self.connection = Connection::Up(Box::new(connected.socket));
                let request_id = handshake.request_id().map(str::to_owned);
                self.session
                    .on_connected(now, request_id, connected.secret, &mut self.effects);
                // Updated before waiters are woken, since another thread may read it at once.
                self.publish();
                self.status.send_modify(|status| {
                    status.up = true;
                    status.tries += 1;
                    status.handshake = Some(handshake);
                    status.error = None;
                });
            }
            Err(error) => {
                self.connection = Connection::Down;
                tracing::debug!(kind = %error.kind(), "connecting failed");
                self.status.send_modify(|status| {
                    status.tries += 1;
                    status.error = Some(error.clone());
                });
                self.session
                    .on_connect_failed(now, &error, &mut self.effects);
            }
        }
        self.apply(now);
    }

    fn read(&mut self, cx: &mut Context<'_>, now: Instant) -> Reading {
        let mut bytes = 0;
        for _ in 0..MAX_READ_MESSAGES {
            // Each message may end the connection or suspend reading.
            let Connection::Up(socket) = &mut self.connection else {
                return Reading::Changed;
            };
            if !self.suspended.is_empty() {
                return Reading::Idle;
            }
            let Poll::Ready(received) = socket.poll_receive(cx) else {
                return Reading::Idle;
            };
            match received {
                // The text goes at once, so that the buffer that it lies in can be used again.
                Ok(Received::Text(text)) => {
                    bytes += text.as_str().len();
                    self.session.on_text(now, text.as_str(), &mut self.effects);
                }
                Ok(Received::Binary(data)) => {
                    bytes += data.len();
                    self.session.on_binary(now, &data, &mut self.effects);
                }
                Ok(Received::Mark(mark)) => {
                    self.session.link_mut().on_sign_of_life(now);
                    self.session.on_mark(now, mark);
                }
                Ok(Received::SignOfLife) => self.session.link_mut().on_sign_of_life(now),
                Err(ended) => self.on_ended(now, ended),
            }
            self.apply(now);
            if bytes >= MAX_READ_BYTES {
                break;
            }
        }
        Reading::Yields
    }

    /// Lets the readers read before this reads on.
    fn end_turn(&mut self, cx: &mut Context<'_>) {
        let turn = &self.gauges.turn;
        turn.begin();
        for key in self.delivered.drain(..) {
            if let Some(slot) = self.slots.get(&key) {
                slot.inbox.join(turn);
            }
        }
        if !turn.waits_for_readers() {
            return yield_now(cx);
        }
        self.turn_end = now() + READERS_TURN;
        // Set only after it has fired: that costs less than setting it for each turn.
        if self.turn_timer.poll(cx).is_ready() {
            self.turn_timer.reset(self.turn_end);
            if self.turn_timer.poll(cx).is_ready() {
                // This thread was held up, and the turn is over already.
                yield_now(cx);
            }
        }
    }

    /// Whether nothing is to be done before some readers have read everything, and these have time left. If so, the
    /// task is woken at its end.
    fn leaves_turn_to_readers(&mut self, cx: &mut Context<'_>) -> bool {
        let turn = &self.gauges.turn;
        let is_due = !turn.waits() || turn.is_over() || now() >= self.turn_end;
        if is_due || self.has_orders() {
            return false;
        }
        self.turn_timer.reset(self.turn_end);
        self.turn_timer.poll(cx).is_pending()
    }

    fn on_ended(&mut self, now: Instant, ended: socket::Ended) {
        let close = self.session.link().scrubbed(ended.close);
        tracing::debug!(%close, "connection ended");
        self.disconnect();
        self.session
            .on_closed(now, close, ended.why, &mut self.effects);
    }

    /// Writes what is to be sent, as far as the socket takes it.
    fn poll_write(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        loop {
            let Connection::Up(socket) = &mut self.connection else {
                return false;
            };
            if self.next.is_none() {
                self.next = self.outbox.pop();
            }
            let polled = if self.next.is_some() {
                let polled = socket.poll_send(cx, &mut self.next);
                if polled.is_ready() {
                    self.flushed = false;
                }
                polled
            } else if self.flushed {
                return false;
            } else {
                let polled = socket.poll_flush(cx);
                self.flushed = polled.is_ready();
                polled
            };
            match polled {
                Poll::Pending => return false,
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(ended)) => {
                    // The last messages of the other side, such as its close frame, may still be unread.
                    self.drain_connection(cx, now);
                    if matches!(self.connection, Connection::Up(_)) {
                        self.on_ended(now, ended);
                        self.apply(now);
                    }
                    return true;
                }
            }
        }
    }

    /// Reads what has arrived on a connection that cannot be written to any more.
    fn drain_connection(&mut self, cx: &mut Context<'_>, now: Instant) {
        while matches!(self.connection, Connection::Up(_)) && self.read(cx, now) == Reading::Yields
        {
        }
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let Some(at) = self.session.poll_timeout() else {
            return false;
        };
        if at <= now {
            self.session.on_timeout(now, &mut self.effects);
            self.apply(now);
            return true;
        }
        // A timer that fires too early costs less than resetting it with every message.
        if self.armed.is_none_or(|armed| at < armed || armed <= now) {
            self.armed = Some(at);
            self.timer.reset(at);
        }
        if self.timer.poll(cx).is_ready() {
            self.armed = None;
            return true;
        }
        false
    }

    fn publish(&self) {
        self.gauges.publish(self.session.stats());
    }
}

impl<P: Protocol> Driver<P> {
    /// Does everything that can be done now, for one turn. The caller then wakes the readers. Ready once the connection is closed for good.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.gauges.pulse.beat();
        self.gauges.turn.end();
        self.delivered.clear();
        let mut progress = true;
        let mut yields = false;
        let mut rounds = 0;
        while progress && !yields && rounds < ROUNDS {
            rounds += 1;
            let now = now();
            progress = self.poll_control(cx, now);
            let reading = self.poll_connection(cx, now);
            progress |= reading == Reading::Changed;
            yields = reading == Reading::Yields;
            progress |= self.poll_data(cx, now);
            progress |= self.poll_timer(cx, now);
            // Commands may have had to wait until something was written.
            let takes_data = self.takes_data();
            progress |= self.poll_write(cx, now);
            progress |= !takes_data && self.takes_data();
        }
        self.retiring
            .retain_mut(|goodbye| goodbye.as_mut().poll(cx).is_pending());
        self.publish();
        if self.session.link().is_closed() {
            self.disconnect();
            if self.retiring.is_empty() {
                return Poll::Ready(());
            }
        } else if yields {
            self.end_turn(cx);
        } else if progress {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl<P: Protocol> Drop for Driver<P> {
    /// Notifies every waiting handle, whatever ended the task.
    fn drop(&mut self) {
        if let Some(reader) = self.readers.wake_others() {
            reader.wake();
        }
        self.control.close();
        while let Ok(control) = self.control.try_recv() {
            if let Control::Open(_, _, inbox, _) = control {
                inbox.end(End::Failed(gone(P::CONNECTION)));
            }
        }
        for slot in std::mem::take(&mut self.slots).into_values() {
            slot.inbox.end(End::Failed(gone(P::CONNECTION)));
        }
        self.gauges.live.store(0, Ordering::Relaxed);
        self.status.send_modify(|status| {
            status.up = false;
            status.closed = true;
        });
    }
}

/// The error of whatever a connection that is gone can no longer do.
pub(crate) fn gone(operation: &'static str) -> Error {
    let message = "the connection was closed, or the runtime that it ran on ended";
    Error::new(ErrorKind::Closed, operation, message)
}
