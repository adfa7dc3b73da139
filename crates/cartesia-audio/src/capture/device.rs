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
use crate::backend::cpal::{Input, PERIOD};
use crate::backend::watch::{Backoff, Signs, TICK as LOOK, Watch};
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
    /// When it is lost later, this one or another one is reopened as soon as there is one;
    /// [`Recorder::events`] reports it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Device`] when there is no such microphone, or permission is missing, and
    /// [`ErrorKind::InvalidRequest`] for an unsupported format.
    pub fn open(self) -> Result<Recorder> {
        let format = self.format.check()?;
        let shared = Arc::new(Watched::new(RecorderState::new(&self)));
        let (ready, opened) = sync_channel(1);
        let thread_shared = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("cartesia-recorder".to_owned())
            .spawn(move || run(&thread_shared, &self, &ready))
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

struct Open {
    input: Input,
    session: Session,
}

enum Ended {
    Stopped,
    Lost,
}

fn run(shared: &Watched<RecorderState>, builder: &RecorderBuilder, ready: &SyncSender<Result<()>>) {
    let clock = Clock::system();
    let mut progress = Progress::new(builder.format, builder.chunk);
    let mut open = match Open::new(builder, &clock, &progress) {
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
    loop {
        let ended = open.record(shared, &mut progress);
        let lost_at = Instant::now();
        let Open { input, mut session } = open;
        let from = input.name.clone();
        reap(input);
        change(shared, |state| {
            session.retire(state, &mut progress);
            if matches!(ended, Ended::Lost) {
                let device = from.clone();
                state.event(&Event::DeviceLost { device });
            }
        });
        let next = match ended {
            Ended::Stopped => None,
            Ended::Lost => reopen(shared, builder, &clock, &progress),
        };
        let Some(next) = next else {
            change(shared, |state| session.end(state, &mut progress));
            return;
        };
        open = next;
        let to = open.input.name.clone();
        change(shared, |state| {
            state.count_device_change();
            state.event(&Event::DeviceChanged {
                from,
                to,
                gap: lost_at.elapsed(),
            });
        });
    }
}

impl Open {
    fn new(builder: &RecorderBuilder, clock: &Clock, progress: &Progress) -> Result<Self> {
        let mut session = None;
        let input = Input::open(builder.device.as_deref(), clock, |device| {
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

    /// Converts until the recorder is stopped or nothing comes any more.
    fn record(&mut self, shared: &Watched<RecorderState>, progress: &mut Progress) -> Ended {
        let (mut watch, mut next_look) = (Watch::new(PATIENCE, WAKING), Instant::now());
        while !self.session.convert(shared, progress) {
            let tap = self.session.tap();
            let callbacks = tap.callbacks();
            let signs = Signs {
                callbacks,
                asked: PERIOD * u32::try_from(callbacks).unwrap_or(u32::MAX),
                ahead: Duration::ZERO,
                errors: self.input.health.errors(),
                gone: self.input.health.is_gone(),
            };
            if Instant::now() >= next_look {
                next_look = Instant::now() + LOOK;
                if watch.is_lost(signs) {
                    return Ended::Lost;
                }
            }
            drop(shared.pause(shared.lock(), TICK));
        }
        Ended::Stopped
    }
}

/// Tries until there is a microphone again; `None` when the recorder was stopped before that.
fn reopen(
    shared: &Watched<RecorderState>,
    builder: &RecorderBuilder,
    clock: &Clock,
    progress: &Progress,
) -> Option<Open> {
    let mut backoff = Backoff::new();
    loop {
        let next = Instant::now() + backoff.pause();
        let mut state = shared.lock();
        while let Some(left) = next.checked_duration_since(Instant::now()) {
            if state.is_stopped() {
                return None;
            }
            state = shared.pause(state, left);
        }
        if state.is_stopped() {
            return None;
        }
        drop(state);
        if let Ok(open) = Open::new(builder, clock, progress) {
            return Some(open);
        }
    }
}

/// Closes a device on a thread of its own: where the sound system is gone, that may never end.
fn reap(input: Input) {
    // Without the thread the device stays open until the program ends.
    _ = std::thread::Builder::new()
        .name("cartesia-reaper".to_owned())
        .spawn(move || drop(input));
}
