//! The thread that owns the device: opens it, notices its loss, and reopens it or another one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use cartesia_types::ErrorKind;

use super::opening::{Attempt, Opener, Openings};
use super::watch::{self, Backoff, Signs, TICK, Watch};
use super::{Backend, Health, Playing, Wanted};
use crate::event::Event;
use crate::output::Output;
use crate::player_core::PlayerCore;
use crate::shared::Shared;
use crate::state::PlayerState;
use crate::{Error, Result};

/// The limit for opening the device.
pub(crate) const OPENING: Duration = Duration::from_secs(5);

/// The limit for the fade-out of a closed player.
const FADING: Duration = Duration::from_millis(300);

/// A device that was found again fills its buffers within this time, dead or alive.
const FILLING: Duration = Duration::from_millis(100);

const OPEN: &str = "player.open";

/// Opens the device on a thread of its own, which keeps it until the player is closed. Waits until it
/// plays; the error is that of the first attempt.
pub(crate) fn start<B: Backend>(
    core: &Arc<PlayerCore>,
    wanted: Wanted,
    backend: impl FnOnce() -> B + Send + 'static,
) -> Result<()> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let core = Arc::clone(core);
    spawn("cartesia-audio", move || {
        let mut control = Control {
            backend: backend(),
            core,
            openings: Openings::new(wanted.opening),
            wanted,
            last_name: String::new(),
        };
        let wanted = &control.wanted;
        let opened = open(
            &mut control.backend,
            &control.core,
            wanted,
            false,
            &AtomicBool::new(false),
        );
        let (result, active) = match opened {
            Ok((active, name)) => {
                control.last_name = name;
                (Ok(()), Some(active))
            }
            Err(error) => (Err(error), None),
        };
        // The caller may have given up waiting: then the device is not needed either.
        let wanted = sender.send(result).is_ok();
        if let Some(active) = active {
            if wanted {
                control.run(active);
            } else {
                reap(active);
            }
        }
    })?;
    match receiver.recv_timeout(OPENING) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(too_late()),
        Err(RecvTimeoutError::Disconnected) => Err(Error::new(
            ErrorKind::Device,
            OPEN,
            "the sound system failed while a device was opened",
        )),
    }
}

fn too_late() -> Error {
    Error::new(
        ErrorKind::Device,
        OPEN,
        "the sound system did not open a device within 5 s; check that it runs",
    )
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map(drop).map_err(|error| {
        Error::new(ErrorKind::Device, OPEN, "a thread cannot be started").with_source(error)
    })
}

/// Drops an open device on a thread of its own, since that may hang.
fn reap(active: Active) {
    // Without a thread to spare it is dropped here, by the closure that was not run.
    let _ = spawn("cartesia-reaper", move || drop(active));
}

struct Control<B> {
    backend: B,
    core: Arc<PlayerCore>,
    wanted: Wanted,
    openings: Openings,
    /// The device that plays or played last.
    last_name: String,
}

/// A device that plays.
struct Active {
    // Dropped in this order.
    playing: Box<dyn Playing>,
    _opener: Option<Opener>,
    shared: Weak<Shared>,
    health: Arc<Health>,
    watch: Watch,
    /// The device can be suspended, as far as is known.
    can_be_suspended: bool,
}

impl Active {
    /// Notes the length of the device's buffer. Some systems change it while the device is open.
    fn note_buffer(&self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.set_negotiated(self.playing.buffer_frames());
        }
    }

    /// Returns the device's counters at `now`, in nanoseconds of the player's clock.
    fn signs(&self, now: u64) -> Signs {
        let mut signs = Signs {
            errors: self.health.errors(),
            gone: self.health.is_gone(),
            ..Signs::default()
        };
        if let Some(shared) = self.shared.upgrade() {
            signs.callbacks = shared.callbacks();
            signs.asked = shared.asked();
            signs.ahead = shared.ahead(now);
        }
        signs
    }
}

/// Opens the device, and returns it with its name; with `held`, it gets silence for now. Once it is `abandoned`,
/// it does not touch the player any more.
fn open(
    backend: &mut impl Backend,
    core: &PlayerCore,
    wanted: &Wanted,
    held: bool,
    abandoned: &AtomicBool,
) -> Result<(Active, String)> {
    let mut device = backend.find(wanted)?;
    let sample_rate = device.sample_rate();
    // Both sides look at `abandoned` under the lock of the state.
    let is_abandoned = || abandoned.load(Ordering::Acquire);
    let (renderer, shared) = core
        .change(|state| {
            (!is_abandoned()).then(|| {
                state.hold(held);
                let renderer = state.attach(sample_rate, device.name());
                (renderer, state.shared())
            })
        })
        .ok_or_else(too_late)?;
    let output = Output::new(renderer, core.clock.clone(), sample_rate.channels);
    let health = Arc::new(Health::default());
    let playing = device.start(output, Arc::clone(&health)).inspect_err(|_| {
        core.change(|state| {
            if !is_abandoned() {
                state.detach();
            }
        });
    })?;
    let active = Active {
        playing,
        _opener: None,
        shared: shared.as_ref().map(Arc::downgrade).unwrap_or_default(),
        health,
        watch: watch_for(wanted),
        can_be_suspended: true,
    };
    active.note_buffer();
    Ok((active, device.name().to_owned()))
}

/// The watch over a device that starts now.
fn watch_for(wanted: &Wanted) -> Watch {
    Watch::new(watch::patience(wanted.buffer), wanted.starting)
}

impl<B: Backend> Control<B> {
    /// Opens the device again, with silence for now.
    fn reopen(&mut self) -> Attempt<Active> {
        let (mut backend, core) = (self.backend.clone(), Arc::clone(&self.core));
        let wanted = self.wanted.clone();
        let abandoned = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&abandoned);
        let open = move || open(&mut backend, &core, &wanted, true, &seen);
        let is_closed = || self.core.state.lock().closed;
        let ended = match self.openings.attempt(open, is_closed) {
            Attempt::Opened((active, name), opener) => {
                self.last_name = name;
                return Attempt::Opened(active, opener);
            }
            Attempt::Failed => Attempt::Failed,
            Attempt::Stopped => Attempt::Stopped,
        };
        self.core.change(|state| {
            abandoned.store(true, Ordering::Release);
            state.detach();
        });
        ended
    }

    /// Until the player is closed.
    fn run(&mut self, mut active: Active) {
        loop {
            match self.watch_over(&mut active) {
                End::Closed => {
                    self.fade_out(&active);
                    reap(active);
                    return;
                }
                End::Lost => {
                    reap(active);
                    match self.recover() {
                        Some(next) => active = next,
                        None => return,
                    }
                }
            }
        }
    }

    /// Returns when the device does not play any more, or is not needed any more.
    fn watch_over(&self, active: &mut Active) -> End {
        let mut resting = Duration::ZERO;
        loop {
            if self.pause(TICK) {
                return End::Closed;
            }
            if self.core.state.lock().needs_device() {
                resting = Duration::ZERO;
            } else {
                resting += TICK;
                let is_long = self
                    .wanted
                    .suspend_after
                    .is_some_and(|rest| resting >= rest);
                if is_long && active.can_be_suspended {
                    resting = Duration::ZERO;
                    if let Some(end) = self.suspend(active) {
                        return end;
                    }
                }
            }
            let signs = active.signs(self.core.clock.now());
            if active.watch.is_lost(signs) {
                return End::Lost;
            }
            // Before the event: its reader may ask for it.
            active.note_buffer();
            if active.health.take_moved() {
                self.moved();
            }
        }
    }

    /// Suspends the device until there is something to play: an idle player takes no processor time, and lets the
    /// device save power. Returns why the device is not watched over any more, if that is so.
    fn suspend(&self, active: &mut Active) -> Option<End> {
        if !active.playing.suspend() {
            active.can_be_suspended = false;
            return None;
        }
        let closed = self.core.state.block_until(|state| {
            let closed = state.closed;
            (closed || state.needs_device()).then_some(closed)
        });
        if closed {
            return Some(End::Closed);
        }
        if !active.playing.resume() {
            return Some(End::Lost);
        }
        active.watch = watch_for(&self.wanted);
        None
    }

    /// The system has led the sound to another device by itself.
    fn moved(&self) {
        let event = Event::DeviceChanged {
            from: self.last_name.clone(),
            to: self.last_name.clone(),
            gap: Duration::ZERO,
        };
        self.core.change(|state| state.device_changed(&event));
    }

    /// Tries until there is a device again. `None` when the player was closed before.
    fn recover(&mut self) -> Option<Active> {
        let lost = Instant::now();
        let from = self.last_name.clone();
        let event = Event::DeviceLost {
            device: from.clone(),
        };
        self.core.change(|state| {
            state.detach();
            state.events.send(&event);
        });
        let mut backoff = Backoff::new();
        loop {
            if self.pause(backoff.pause()) {
                return None;
            }
            let mut active = match self.reopen() {
                Attempt::Opened(active, opener) => Active {
                    _opener: Some(opener),
                    ..active
                },
                Attempt::Failed => continue,
                Attempt::Stopped => return None,
            };
            if !self.is_alive(&mut active) {
                self.core.change(PlayerState::detach);
                reap(active);
                continue;
            }
            let event = Event::DeviceChanged {
                from,
                to: self.last_name.clone(),
                gap: lost.elapsed(),
            };
            self.core.change(|state| {
                state.hold(false);
                state.device_changed(&event);
            });
            return Some(active);
        }
    }

    /// Whether the device continues to request audio once its own buffers are full. Otherwise audio given to
    /// it would be lost.
    fn is_alive(&self, active: &mut Active) -> bool {
        if self.pause(FILLING) {
            return false;
        }
        let signs = |active: &Active| active.signs(self.core.clock.now());
        let before = signs(active).callbacks;
        // Its start may take long, unless it reports errors.
        let start = Instant::now();
        let mut next_look = start;
        while start.elapsed() < self.wanted.starting {
            let signs = signs(active);
            if signs.callbacks >= before + 2 {
                return true;
            }
            if Instant::now() >= next_look {
                next_look = Instant::now() + TICK;
                if active.watch.is_lost(signs) {
                    return false;
                }
            }
            if self.pause(Duration::from_millis(5)) {
                return false;
            }
        }
        false
    }

    /// Sleeps; whether the player is closed. A closed player ends the sleep.
    fn pause(&self, time: Duration) -> bool {
        let closed = |state: &mut PlayerState| state.closed.then_some(());
        self.core.state.block_for(time, closed).is_some()
    }

    fn fade_out(&self, active: &Active) {
        let resting = || {
            active
                .shared
                .upgrade()
                .is_none_or(|shared| shared.is_resting())
        };
        let start = Instant::now();
        while !resting() && start.elapsed() < FADING {
            std::thread::sleep(Duration::from_millis(5));
        }
        // The faded audio is still in the device's buffer.
        if start.elapsed() < FADING {
            std::thread::sleep(self.wanted.buffer * 2);
        }
    }
}

/// The reason why a device is no longer watched.
enum End {
    Closed,
    Lost,
}

#[cfg(test)]
#[path = "control_tests.rs"]
mod tests;
