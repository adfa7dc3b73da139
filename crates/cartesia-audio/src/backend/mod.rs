//! Devices that audio is played on, and what the rest of the player needs of them.
//!
//! The traits are the seam between the player and the system: `cpal.rs` is the one file behind it, and
//! tests have devices of their own.

pub(crate) mod control;
pub(crate) mod cpal;
mod health;
pub(crate) mod opening;
pub(crate) mod watch;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use health::Health;

use crate::Result;
use crate::capture::Tap;
use crate::clock::Clock;
use crate::device_ring::DeviceFormat;
use crate::output::Output;

/// The requested device and its settings.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The id of a device, or the start of its name. `None` follows the system's choice.
    pub(crate) device: Option<String>,
    /// The requested length of the device's buffers.
    pub(crate) buffer: Duration,
    /// How long an attempt to open a device again may take.
    pub(crate) opening: Duration,
    /// How long a device may take to play steadily once it is open.
    pub(crate) starting: Duration,
    /// After so long without anything to play, the device is suspended. `None` for never.
    pub(crate) suspend_after: Option<Duration>,
}

/// A source of devices.
pub(crate) trait Backend: Clone + Send + 'static {
    /// Looks for the device, and may block for long. Each call starts from scratch: after a loss, everything
    /// that was known of the system may be dead.
    fn find(&mut self, wanted: &Wanted) -> Result<Box<dyn Device>>;
}

/// A device that was found and is not open.
pub(crate) trait Device {
    /// The display name.
    fn name(&self) -> &str;

    /// The format that it runs at.
    fn sample_rate(&self) -> DeviceFormat;

    /// Opens it, and may block for long. It plays until the returned handle is dropped.
    fn start(&mut self, output: Output, health: Arc<Health>) -> Result<Box<dyn Playing>>;
}

/// An open device. Dropping it may hang: drop it on a thread that no other thread waits for.
pub(crate) trait Playing: Send {
    /// Stops the device, which asks for no audio until it is resumed. Returns whether it can do so.
    fn suspend(&self) -> bool;

    /// Lets the device ask again. Returns whether it does.
    fn resume(&self) -> bool;

    /// The length of one buffer in frames, as agreed with the system at this moment; `None` if the system does
    /// not say.
    fn buffer_frames(&self) -> Option<u32>;
}

/// A source of microphones.
pub(crate) trait Microphones: Clone + Send + 'static {
    /// Opens the microphone that is asked for, or else the default one, and starts it. `prepare` receives the
    /// device's format, and returns the ring that its callback fills. Each call starts from scratch, and may
    /// block for long.
    fn open(
        &self,
        wanted: Option<&str>,
        clock: &Clock,
        prepare: &mut dyn FnMut(DeviceFormat) -> Result<Tap>,
    ) -> Result<Input>;
}

/// A microphone that records. Dropping it may hang, as it may for [`Playing`].
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) health: Arc<Health>,
    _stream: Box<dyn Send>,
}

impl Input {
    /// It records until `stream` is dropped.
    pub(crate) fn new(name: String, health: Arc<Health>, stream: impl Send + 'static) -> Self {
        Self {
            name,
            health,
            _stream: Box::new(stream),
        }
    }
}
