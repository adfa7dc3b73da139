//! Devices that audio is played on, and what the rest of the player needs of them.
//!
//! The traits are the seam between the player and the system: `cpal.rs` is the one file behind it, and
//! tests have devices of their own.

pub(crate) mod control;
pub(crate) mod cpal;
pub(crate) mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::Result;
use crate::clock::Clock;
use crate::link::DeviceRate;
use crate::render::Renderer;

/// Which device, and how it is asked to behave.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The id of a device, or the start of its name. `None` follows the system's choice.
    pub(crate) device: Option<String>,
    /// Length of the buffers that the device asks for. A wish.
    pub(crate) buffer: Duration,
}

/// Where devices come from.
pub(crate) trait Backend {
    /// Looks for the device. Each call starts from scratch: after a loss, everything that was known
    /// of the system may be dead.
    fn find(&mut self, wanted: &Wanted) -> Result<Box<dyn Device>>;
}

/// A device that was found and is not open.
pub(crate) trait Device {
    /// What people call it.
    fn name(&self) -> &str;

    /// What it runs at.
    fn rate(&self) -> DeviceRate;

    /// Opens it. It plays until what is returned is dropped.
    fn start(&mut self, output: Output, health: Arc<Health>) -> Result<Box<dyn Playing>>;
}

/// An open device. Dropping it may hang: do so on a thread that nobody waits for.
pub(crate) trait Playing: Send {}

/// The player's side of a device's callback.
pub(crate) struct Output {
    renderer: Renderer,
    clock: Clock,
    channels: usize,
}

impl Output {
    pub(crate) fn new(renderer: Renderer, clock: Clock, channels: u16) -> Self {
        Self {
            renderer,
            clock,
            channels: usize::from(channels),
        }
    }

    /// Fills a buffer whose first frame is heard after `latency`. As safe as [`Renderer::render`].
    pub(crate) fn fill(&mut self, out: &mut [f32], latency: Duration) {
        let now = self.clock.now();
        let latency = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.renderer.render(out, self.channels, now, latency);
    }
}

/// What a device says of itself: hints, for the same words mean the end on one system and nothing on
/// another. Set on the thread of the device, so there is nothing but atomics.
#[derive(Debug, Default)]
pub(crate) struct Health {
    errors: AtomicU64,
    gone: AtomicBool,
    moved: AtomicBool,
}

impl Health {
    /// Something went wrong; `gone` when the device said that it is no more.
    pub(crate) fn error(&self, gone: bool) {
        self.errors.fetch_add(1, Relaxed);
        if gone {
            self.gone.store(true, Relaxed);
        }
    }

    /// The system has led the stream to another device, which plays.
    pub(crate) fn moved(&self) {
        self.moved.store(true, Relaxed);
    }

    pub(crate) fn errors(&self) -> u64 {
        self.errors.load(Relaxed)
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Relaxed)
    }

    /// Whether it has moved since the last call.
    pub(crate) fn take_moved(&self) -> bool {
        self.moved.swap(false, Relaxed)
    }
}
