//! The thread of a recorder: it owns the microphone, converts its samples, and opens another one when it
//! stops delivering.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use cartesia_types::ErrorKind;

use super::pump::Progress;
use super::recorder::RecorderState;
use super::session::{Session, TICK, change};
use super::{Recorder, RecorderBuilder};
use crate::backend::cpal::{PERIOD, System};
use crate::backend::opening::{Attempt, Opener, Openings};
use crate::backend::watch::{Backoff, Signs, TICK as LOOK, Watch};
use crate::backend::{Input, Microphones};
use crate::clock::Clock;
use crate::event::Event;
use crate::waiters::Watched;
use crate::{Error, Result};

const OPEN: &str = "recorder.open";

/// The limit for opening the device.
const OPENING: Duration = Duration::from_secs(5);

/// How long a microphone may be silent. A sound server that stood still delivers what it captured in the
/// meantime; opening the microphone again would lose it.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a microphone may take to the first buffer: a headset needs a while to wake up.
const WAKING: Duration = Duration::from_secs(3);

impl RecorderBuilder {
    /// Selects the microphone with this identifier, or the first one with this in its name, in any case.
    /// Default: the system's default input.
    ///
    /// On Linux a source of PulseAudio or PipeWire is chosen through the environment of the program, with the
    /// default device: `PULSE_SOURCE=name`, or `PIPEWIRE_NODE=name` with `pipewire-alsa`.
    #[must_use]
    pub fn device(mut self, device: impl Into<String>) -> Self {
        self.device = Some(device.into());
        self
    }

    /// Opens the microphone and starts to record.
    ///
    /// When it is lost later, this one or another one is reopened as soon as there is one that delivers audio;
    /// [`Recorder::events`] reports both. A microphone that delivers nothing for two seconds is lost, too.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Device`] when there is no such microphone, or permission is missing, and
    /// [`ErrorKind::InvalidRequest`] for an unsupported format.
    pub fn open(self) -> Result<Recorder> {
        self.open_with(System, Limits::default())
    }

    fn open_with(self, microphones: impl Microphones, limits: Limits) -> Result<Recorder> {
        let format = self.format.check()?;
        let shared = Arc::new(Watched::new(RecorderState::new(&self)));
        let (ready, opened) = sync_channel(1);
        let thread_shared = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("cartesia-recorder".to_owned())
            .spawn(move || {
                let control = Control {
                    shared: thread_shared,
                    builder: self,
                    clock: Clock::system(),
                    openings: Openings::new(limits.opening),
                    microphones,
                    limits,
                };
                control.run(&ready);
            })
            .map_err(|error| {
                let message = "the thread of the recorder cannot be started";
                Error::new(ErrorKind::Device, OPEN, message).with_source(error)
            })?;
        opened.recv_timeout(OPENING).unwrap_or_else(|error| {
            let message = match error {
                RecvTimeoutError::Timeout => {
                    "the sound system did not open a microphone within 5 s; check that it runs"
                }
                RecvTimeoutError::Disconnected => {
                    "the sound system failed while a microphone was opened"
                }
            };
            Err(Error::new(ErrorKind::Device, OPEN, message))
        })?;
        Ok(Recorder::new(format, shared))
    }
}

impl Recorder {
    /// Opens a recorder on the system's default microphone: mono, 16 bits, 16 kHz, in chunks of 20 ms.
    ///
    /// # Errors
    ///
    /// Those of [`RecorderBuilder::open`].
    pub fn open_default() -> Result<Self> {
        Self::builder().open()
    }
}

/// How long a microphone may be silent, and how long it may take.
#[derive(Clone, Copy)]
struct Limits {
    /// Between two buffers.
    patience: Duration,
    /// To the first buffer.
    waking: Duration,
    /// For an attempt to open it again.
    opening: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            patience: PATIENCE,
            waking: WAKING,
            opening: OPENING,
        }
    }
}

/// What the thread of a recorder works with.
struct Control<M> {
    shared: Arc<Watched<RecorderState>>,
    builder: RecorderBuilder,
    clock: Clock,
    microphones: M,
    limits: Limits,
    openings: Openings,
}

struct Open {
    input: Input,
    session: Session,
}

enum Ended {
    Stopped,
    Lost,
}

/// The watch over a microphone, which looks at it every [`LOOK`].
struct Looks {
    watch: Watch,
    next: Instant,
}

impl Looks {
    fn is_lost(&mut self, open: &Open) -> bool {
        let now = Instant::now();
        if now < self.next {
            return false;
        }
        self.next = now + LOOK;
        self.watch.is_lost(open.signs())
    }
}

impl<M: Microphones> Control<M> {
    fn run(&self, ready: &SyncSender<Result<()>>) {
        let mut progress = Progress::new(self.builder.format, self.builder.chunk);
        let first = Open::new(&self.microphones, &self.builder, &self.clock, &progress);
        let mut open = match first {
            Ok(open) => open,
            Err(error) => {
                _ = ready.send(Err(error));
                return;
            }
        };
        if ready.send(Ok(())).is_err() {
            // The caller has given up waiting, so the device is not needed either.
            return;
        }
        let mut opener = None;
        loop {
            let ended = self.record(&mut open, &mut progress);
            let lost_at = Instant::now();
            let Open { input, mut session } = open;
            let from = input.name.clone();
            reap(input, opener);
            change(&self.shared, |state| {
                session.retire(state, &mut progress);
                if matches!(ended, Ended::Lost) {
                    let device = from.clone();
                    state.event(&Event::DeviceLost { device });
                }
            });
            let next = match ended {
                Ended::Stopped => None,
                Ended::Lost => self.reopen(&progress),
            };
            let Some(next) = next else {
                change(&self.shared, |state| session.end(state, &mut progress));
                return;
            };
            (open, opener) = (next.0, Some(next.1));
            let to = open.input.name.clone();
            change(&self.shared, |state| {
                state.count_device_change();
                state.event(&Event::DeviceChanged {
                    from,
                    to,
                    gap: lost_at.elapsed(),
                });
            });
        }
    }

    fn looks(&self) -> Looks {
        Looks {
            watch: Watch::new(self.limits.patience, self.limits.waking),
            next: Instant::now(),
        }
    }

    /// Converts until the recorder is stopped or nothing comes any more.
    fn record(&self, open: &mut Open, progress: &mut Progress) -> Ended {
        let mut looks = self.looks();
        while !open.session.convert(&self.shared, progress) {
            if looks.is_lost(open) {
                return Ended::Lost;
            }
            drop(self.shared.pause(self.shared.lock(), TICK));
        }
        Ended::Stopped
    }

    /// Tries until there is a microphone that delivers audio; `None` when the recorder was stopped before that.
    fn reopen(&self, progress: &Progress) -> Option<(Open, Opener)> {
        let mut backoff = Backoff::new();
        loop {
            if self.pause(backoff.pause()) {
                return None;
            }
            let (microphones, builder) = (self.microphones.clone(), self.builder.clone());
            let (clock, progress) = (self.clock.clone(), progress.clone());
            let open = move || Open::new(&microphones, &builder, &clock, &progress);
            let is_stopped = || self.shared.lock().is_stopped();
            match self.openings.attempt(open, is_stopped) {
                Attempt::Opened(open, opener) if self.is_alive(&open) => {
                    return Some((open, opener));
                }
                Attempt::Opened(open, opener) => reap(open.input, Some(opener)),
                Attempt::Failed => {}
                Attempt::Stopped => return None,
            }
        }
    }

    /// Waits for the first audio; returns whether there was any. A microphone that can be opened may be dead.
    fn is_alive(&self, open: &Open) -> bool {
        let mut looks = self.looks();
        while open.session.tap().callbacks() == 0 {
            if looks.is_lost(open) || self.pause(TICK) {
                return false;
            }
        }
        true
    }

    /// Sleeps; returns whether the recorder was stopped, which ends the sleep.
    fn pause(&self, time: Duration) -> bool {
        let stopped = |state: &mut RecorderState| state.is_stopped().then_some(());
        self.shared.block_for(time, stopped).is_some()
    }
}

impl Open {
    fn new(
        microphones: &impl Microphones,
        builder: &RecorderBuilder,
        clock: &Clock,
        progress: &Progress,
    ) -> Result<Self> {
        let mut session = None;
        let input = microphones.open(builder.device.as_deref(), clock, &mut |device| {
            let (prepared, tap) = Session::new(device, progress)?;
            session = Some(prepared);
            Ok(tap)
        })?;
        let session = session.ok_or_else(|| {
            let message = "the microphone reports no sample rate";
            Error::new(ErrorKind::Device, OPEN, message)
        })?;
        Ok(Self { input, session })
    }

    fn signs(&self) -> Signs {
        let callbacks = self.session.tap().callbacks();
        Signs {
            callbacks,
            asked: PERIOD * u32::try_from(callbacks).unwrap_or(u32::MAX),
            ahead: Duration::ZERO,
            errors: self.input.health.errors(),
            gone: self.input.health.is_gone(),
        }
    }
}

/// Closes a device on a thread of its own: where the sound system is gone, that may never end.
fn reap(input: Input, opener: Option<Opener>) {
    // Without the thread the device stays open until the program ends.
    _ = std::thread::Builder::new()
        .name("cartesia-reaper".to_owned())
        .spawn(move || {
            drop(input);
            drop(opener);
        });
}

#[cfg(test)]
#[path = "device_tests.rs"]
mod tests;
