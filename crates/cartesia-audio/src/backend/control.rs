//! The thread that owns the device: opens it, notices its loss, and reopens it or another one.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use cartesia_types::ErrorKind;

use super::watch::{self, Backoff, Signs, TICK, Watch};
use super::{Backend, Device, Health, Playing, Wanted};
use crate::event::Event;
use crate::output::Output;
use crate::player_core::PlayerCore;
use crate::shared::Shared;
use crate::state::PlayerState;
use crate::{Error, Result};

/// The limit for opening the device.
const OPENING: Duration = Duration::from_secs(5);

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
            wanted,
            last_name: String::new(),
        };
        let opened = control.open(false);
        let (result, active) = match opened {
            Ok(active) => (Ok(()), Some(active)),
            Err(error) => (Err(error), None),
        };
        // The caller may have given up waiting: then the device is not needed either.
        let wanted = sender.send(result).is_ok();
        if let Some(active) = active {
            if wanted {
                control.run(active);
            } else {
                reap(active.playing);
            }
        }
    })?;
    match receiver.recv_timeout(OPENING) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(Error::new(
            ErrorKind::Device,
            OPEN,
            "the sound system did not open a device within 5 s; check that it runs",
        )),
        Err(RecvTimeoutError::Disconnected) => Err(Error::new(
            ErrorKind::Device,
            OPEN,
            "the sound system failed while a device was opened",
        )),
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map(drop).map_err(|error| {
        Error::new(ErrorKind::Device, OPEN, "a thread cannot be started").with_source(error)
    })
}

/// Drops an open device on a thread of its own, since that may hang.
fn reap(playing: Box<dyn Playing>) {
    // Without a thread to spare it is dropped here, by the closure that was not run.
    let _ = spawn("cartesia-reaper", move || drop(playing));
}

struct Control<B> {
    backend: B,
    core: Arc<PlayerCore>,
    wanted: Wanted,
    /// The device that plays or played last.
    last_name: String,
}

/// A device that plays.
struct Active {
    playing: Box<dyn Playing>,
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

impl<B: Backend> Control<B> {
    /// Opens the device; with `held`, it gets silence for now.
    fn open(&mut self, held: bool) -> Result<Active> {
        let mut device = self.backend.find(&self.wanted)?;
        self.open_device(&mut *device, held)
    }

    fn open_device(&mut self, device: &mut dyn Device, held: bool) -> Result<Active> {
        let sample_rate = device.sample_rate();
        let (renderer, shared) = self.core.change(|state| {
            state.hold(held);
            let renderer = state.attach(sample_rate, device.name());
            (renderer, state.shared())
        });
        let output = Output::new(renderer, self.core.clock.clone(), sample_rate.channels);
        let health = Arc::new(Health::default());
        let playing = match device.start(output, Arc::clone(&health)) {
            Ok(playing) => playing,
            Err(error) => {
                self.core.change(PlayerState::detach);
                return Err(error);
            }
        };
        device.name().clone_into(&mut self.last_name);
        let active = Active {
            playing,
            shared: shared.as_ref().map(Arc::downgrade).unwrap_or_default(),
            health,
            watch: self.watch(),
            can_be_suspended: true,
        };
        active.note_buffer();
        Ok(active)
    }

    /// The watch over a device that starts now.
    fn watch(&self) -> Watch {
        Watch::new(watch::patience(self.wanted.buffer), self.wanted.starting)
    }

    /// Until the player is closed.
    fn run(&mut self, mut active: Active) {
        loop {
            match self.watch_over(&mut active) {
                End::Closed => {
                    self.fade_out(&active);
                    reap(active.playing);
                    return;
                }
                End::Lost => {
                    reap(active.playing);
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
        active.watch = self.watch();
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
            let Ok(mut active) = self.open(true) else {
                continue;
            };
            if !self.is_alive(&mut active) {
                self.core.change(PlayerState::detach);
                reap(active.playing);
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
