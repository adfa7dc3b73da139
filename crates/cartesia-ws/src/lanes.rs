//! The handle of a connection, and the two halves of a stream on it: the same for every protocol.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker, ready};

use cartesia_core::limiter::{Permit, Permits, Workload};
use tokio::runtime;
use tokio::sync::{mpsc, watch};

use crate::driver::{Control, Driver, Gauges, Gone, SharedDriver, Status, Task, gone};
use crate::handshake::Handshake;
use crate::inbox::{End, Found, Inbox, Next, Taken};
use crate::protocol::{Key, Message as _, Protocol};
use crate::pulse::{Watch, stands_still, standstill};
use crate::shared::Shared;
use crate::{Error, Result};

/// Commands that may wait in the data lane, over all streams, before callers wait.
const DATA_LANE: usize = 64;

/// Turns of the driver that a reader makes before other tasks run: about 1 MiB of messages.
const TURNS: u32 = 8;

/// Names streams within the process.
static NEXT_KEY: AtomicU64 = AtomicU64::new(0);

/// A key that no other stream has.
pub(crate) fn new_key() -> Key {
    NEXT_KEY.fetch_add(1, Ordering::Relaxed)
}

/// The runtime that the caller runs on.
pub(crate) fn runtime(operation: &'static str) -> Result<runtime::Handle> {
    cartesia_core::runtime::require(operation, "to run the connection on")?;
    Ok(runtime::Handle::current())
}

/// The lanes to the task of a connection. The task ends when the last handle and stream are gone, or when the
/// connection is closed.
pub(crate) struct Lanes<P: Protocol> {
    buffer_bytes: usize,
    data: mpsc::Sender<(Key, P::Command)>,
    status: watch::Receiver<Status>,
    remote: Arc<Remote<P>>,
}

/// What handles and streams of a connection have in common. The task ends when the last of them is gone.
struct Remote<P: Protocol> {
    control: mpsc::UnboundedSender<Control<P>>,
    gauges: Arc<Gauges<P::Stats>>,
    driver: Arc<SharedDriver<P>>,
}

impl<P: Protocol> Remote<P> {
    /// Sends a command to the task that overtakes the commands of streams.
    fn control(&self, control: Control<P>) -> std::result::Result<(), Gone> {
        self.control.send(control).map_err(|_| Gone)
    }

    /// The same, and carries it out on this thread if it can.
    fn order(&self, control: Control<P>) -> std::result::Result<(), Gone> {
        self.driver.control(&self.control, control)
    }

    async fn stands_still(&self) {
        stands_still(&self.gauges.pulse, &self.control).await;
    }
}

impl<P: Protocol> Lanes<P> {
    /// Starts the task of a connection.
    pub(crate) fn start(shared: Arc<Shared>, runtime: &runtime::Handle, session: P) -> Arc<Self> {
        let (data, commands) = mpsc::channel(DATA_LANE);
        #[expect(
            clippy::disallowed_methods,
            reason = "a handful of messages for each stream and connection; see `Control`"
        )]
        let (control, orders) = mpsc::unbounded_channel();
        let (status_sender, status) = watch::channel(Status::default());
        let gauges = Arc::new(Gauges::default());
        let buffer_bytes = shared.policy.buffer_bytes;
        let driver = Driver::new(
            shared,
            session,
            commands,
            orders,
            status_sender,
            Arc::clone(&gauges),
        );
        let driver = Arc::new(SharedDriver::new(driver, runtime.clone()));
        runtime.spawn(Task(Arc::clone(&driver)));
        Arc::new(Self {
            buffer_bytes,
            data,
            status,
            remote: Arc::new(Remote {
                control,
                gauges,
                driver,
            }),
        })
    }

    /// Opens a stream. The permit is held for as long as the stream lives.
    pub(crate) fn open(
        self: &Arc<Self>,
        key: Key,
        opening: P::Opening,
        permit: Option<Permit>,
    ) -> (Input<P>, Output<P>) {
        let inbox = Arc::new(Inbox::new(self.buffer_bytes, P::STREAM));
        let live = &self.remote.gauges.live;
        live.fetch_add(1, Ordering::Relaxed);
        let open = Control::Open(key, Box::new(opening), Arc::clone(&inbox), permit);
        if self.remote.order(open).is_err() {
            live.fetch_sub(1, Ordering::Relaxed);
            inbox.end(End::Failed(gone(P::CONNECTION)));
        }
        let stopper = Stopper {
            key,
            inbox,
            remote: Arc::clone(&self.remote),
        };
        let input = Input {
            sender: Sender {
                stopper: stopper.clone(),
                data: self.data.clone(),
            },
            needed: None,
            sent: 0,
            finished: false,
        };
        let output = Output {
            stopper,
            watch: Watch::default(),
            turns: 0,
            over: false,
        };
        (input, output)
    }

    /// Waits until the connection is open, and opens it if it is not.
    pub(crate) async fn ready(&self) -> Result<()> {
        let mut status = self.status.clone();
        let tries = status.borrow_and_update().tries;
        self.remote
            .control(Control::Warm)
            .map_err(|_| self.why_ended())?;
        let outcome = tokio::select! {
            biased;
            state = status.wait_for(|state| state.up || state.closed || state.tries > tries) => state,
            () = self.remote.stands_still() => return Err(standstill(P::CONNECT)),
        };
        let Ok(state) = outcome else {
            return Err(self.why_ended());
        };
        match &state.error {
            _ if state.up => Ok(()),
            Some(error) => Err(error.clone()),
            // It was open, and is lost again: its streams know why.
            None if state.tries > tries => Ok(()),
            None => Err(gone(P::CONNECTION)),
        }
    }

    /// Returns why the task has ended. A refused connection may end it before the caller looks.
    fn why_ended(&self) -> Error {
        let error = self.status.borrow().error.clone();
        error.unwrap_or_else(|| gone(P::CONNECTION))
    }

    /// Waits until the task has ended.
    pub(crate) async fn closed(&self) {
        let mut status = self.status.clone();
        tokio::select! {
            biased;
            // An error means that the task has ended.
            _ = status.wait_for(|status| status.closed) => {}
            () = self.remote.stands_still() => tracing::warn!(error = %standstill(P::CONNECT)),
        }
    }

    /// Sends a command to the task that overtakes the commands of streams.
    pub(crate) fn control(&self, control: Control<P>) {
        let _ = self.remote.control(control);
    }

    /// Returns the service's answer to the opening of the current connection, or else of the last one.
    pub(crate) fn handshake(&self) -> Option<Handshake> {
        self.status.borrow().handshake.clone()
    }

    pub(crate) fn stats(&self) -> P::Stats {
        self.remote.gauges.stats()
    }

    /// Streams that live.
    pub(crate) fn live(&self) -> usize {
        self.remote.gauges.live.load(Ordering::Relaxed)
    }

    pub(crate) fn is_up(&self) -> bool {
        self.status.borrow().up
    }

    /// Whether it was closed for good.
    pub(crate) fn is_closed(&self) -> bool {
        self.status.borrow().closed
    }
}

/// Ends a stream from anywhere.
pub(crate) struct Stopper<P: Protocol> {
    key: Key,
    inbox: Arc<Inbox<P::Event>>,
    remote: Arc<Remote<P>>,
}

impl<P: Protocol> Clone for Stopper<P> {
    fn clone(&self) -> Self {
        Self {
            key: self.key,
            inbox: Arc::clone(&self.inbox),
            remote: Arc::clone(&self.remote),
        }
    }
}

impl<P: Protocol> Stopper<P> {
    /// Returns the error for commands to a stream that has ended.
    fn how_it_ended(&self) -> Error {
        self.inbox.ended().unwrap_or_else(|| gone(P::CONNECTION))
    }

    /// Ends the stream at once: pending events are dropped, and its output ends with `Cancelled`.
    pub(crate) fn cancel(&self) {
        self.inbox.cut();
        if self.remote.order(Control::Cancel(self.key)).is_err() {
            self.inbox.end(End::Failed(gone(P::CONNECTION)));
        }
    }
}

/// Sends commands of a stream through the data lane, from anywhere. Dropping it does nothing.
pub(crate) struct Sender<P: Protocol> {
    stopper: Stopper<P>,
    data: mpsc::Sender<(Key, P::Command)>,
}

impl<P: Protocol> Clone for Sender<P> {
    fn clone(&self) -> Self {
        Self {
            stopper: self.stopper.clone(),
            data: self.data.clone(),
        }
    }
}

impl<P: Protocol> Sender<P> {
    /// Sends a command once there is room, whole or not at all.
    pub(crate) async fn send(&self, command: impl FnOnce(Key) -> P::Command) -> Result<()> {
        let Stopper { key, inbox, remote } = &self.stopper;
        if let Some(error) = inbox.ended() {
            return Err(error);
        }
        let mut command = command(*key);
        if P::WRITES_AT_ONCE {
            match remote.driver.command(*key, command) {
                Ok(()) => return Ok(()),
                Err(returned) => command = returned,
            }
        }
        let room = match self.data.try_reserve() {
            Ok(room) => room,
            // Boxed: callers keep no memory for what is rare.
            Err(_) => Box::pin(self.wait_for_room()).await?,
        };
        room.send((*key, command));
        Ok(())
    }

    /// Waits for a permit, which the stream then holds.
    async fn acquire(&self, permits: &Permits, workload: Workload) -> Result<()> {
        let Stopper { key, inbox, remote } = &self.stopper;
        if let Some(error) = inbox.ended() {
            return Err(error);
        }
        let permit = tokio::select! {
            biased;
            () = inbox.wait_for_end() => return Err(self.stopper.how_it_ended()),
            permit = permits.acquire(P::STREAM, workload) => permit?,
        };
        if let Some(permit) = permit {
            let _ = remote.order(Control::Hold(*key, permit));
        }
        Ok(())
    }

    async fn wait_for_room(&self) -> Result<mpsc::Permit<'_, (Key, P::Command)>> {
        let Stopper { inbox, remote, .. } = &self.stopper;
        tokio::select! {
            biased;
            () = inbox.wait_for_end() => Err(self.stopper.how_it_ended()),
            room = self.data.reserve() => room.map_err(|_| gone(P::CONNECTION)),
            () = remote.stands_still() => Err(standstill(P::STREAM)),
        }
    }
}

/// The writing half of a stream: sends its commands. Dropping it completes the input.
pub(crate) struct Input<P: Protocol> {
    sender: Sender<P>,
    /// The permit that the first command waits for.
    needed: Option<(Permits, Workload)>,
    /// Commands that were sent.
    sent: u64,
    finished: bool,
}

impl<P: Protocol> Input<P> {
    /// Makes the first command wait for a permit, which the stream then holds for as long as it lives.
    pub(crate) fn wait_for_permit(&mut self, permits: &Permits, workload: Workload) {
        self.needed = permits.are_needed().then(|| (permits.clone(), workload));
    }

    /// Sends a command once there is room, whole or not at all.
    pub(crate) async fn send(&mut self, command: impl FnOnce(Key) -> P::Command) -> Result<()> {
        if let Some((permits, workload)) = &self.needed {
            // Boxed: later commands need no memory for it.
            Box::pin(self.sender.acquire(permits, *workload)).await?;
            self.needed = None;
        }
        self.sender.send(command).await?;
        self.sent += 1;
        Ok(())
    }

    /// Notes that the last command was sent, so that dropping it sends nothing more.
    pub(crate) fn set_finished(&mut self) {
        self.finished = true;
    }

    pub(crate) fn stopper(&self) -> Stopper<P> {
        self.sender.stopper.clone()
    }

    /// A handle that sends commands beside this one. They do not count as its own: if they come last,
    /// the input may be complete before them.
    pub(crate) fn sender(&self) -> Sender<P> {
        self.sender.clone()
    }
}

impl<P: Protocol> Drop for Input<P> {
    fn drop(&mut self) {
        if !self.finished {
            // Its commands may still wait in the other lane.
            let stopper = &self.sender.stopper;
            let finish = Control::FinishAfter(stopper.key, self.sent);
            let _ = stopper.remote.order(finish);
        }
    }
}

/// The reading half of a stream: returns its events. Dropping it cancels the stream.
pub(crate) struct Output<P: Protocol> {
    stopper: Stopper<P>,
    watch: Watch,
    /// Turns of the driver that were made since this last waited.
    turns: u32,
    /// The end was delivered, or an error in its place.
    over: bool,
}

impl<P: Protocol> Output<P> {
    /// Returns the next event; `None` after the last, or after an error.
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<P::Event>>> {
        if self.over {
            return Poll::Ready(Ok(None));
        }
        let Stopper { inbox, remote, .. } = &self.stopper;
        let turn = &remote.gauges.turn;
        let mut makes_turns = self.turns < TURNS;
        let Taken { next, room_made } = loop {
            match inbox.poll(cx, turn, makes_turns) {
                Found::Item(taken) => break taken,
                Found::TurnIsOver => {
                    let made = remote.driver.continue_turn();
                    self.turns += u32::from(made);
                    makes_turns = made && self.turns < TURNS;
                }
                Found::Nothing { watch_is_due } => {
                    if std::mem::take(&mut self.turns) == TURNS {
                        cx.waker().wake_by_ref();
                    }
                    let pulse = &remote.gauges.pulse;
                    if self.watch.enter(pulse) || watch_is_due {
                        let waker = Waker::from(Arc::clone(inbox));
                        let cx = &mut Context::from_waker(&waker);
                        ready!(self.watch.poll(cx, pulse, &remote.control));
                        self.leave();
                        return Poll::Ready(Err(standstill(P::STREAM)));
                    }
                    return Poll::Pending;
                }
            }
        };
        if room_made {
            let _ = remote.control(Control::RoomMade);
        }
        Poll::Ready(match next {
            Next::Event(event) => {
                self.over = event.is_last();
                Ok(Some(event))
            }
            Next::End(End::Failed(error)) => {
                self.over = true;
                Err(error)
            }
            Next::End(End::Done) | Next::Over => {
                self.over = true;
                Ok(None)
            }
        })
    }

    /// Cancels the stream, unless it has ended, and reads no more.
    pub(crate) fn leave(&mut self) {
        if !std::mem::replace(&mut self.over, true) {
            let Stopper { key, inbox, remote } = &self.stopper;
            inbox.leave(&remote.gauges.turn);
            let _ = remote.order(Control::Cancel(*key));
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Bytes that wait to be read.
    pub(crate) fn bytes_waiting(&self) -> usize {
        self.stopper.inbox.bytes()
    }

    pub(crate) fn stopper(&self) -> Stopper<P> {
        self.stopper.clone()
    }
}

impl<P: Protocol> Drop for Output<P> {
    fn drop(&mut self) {
        self.leave();
    }
}
