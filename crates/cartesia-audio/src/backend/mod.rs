//! Devices that audio is played on, and what the rest of the player needs of them.
//!
//! The traits are the seam between the player and the system: `cpal.rs` is the one file behind it, and
//! tests have devices of their own.

pub(crate) mod control;
pub(crate) mod cpal;
mod health;
pub(crate) mod watch;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use health::Health;

use crate::Result;
use crate::device_ring::DeviceFormat;
use crate::output::Output;

/// The requested device and its settings.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The id of a device, or the start of its name. `None` follows the system's choice.
    pub(crate) device: Option<String>,
    /// The requested length of the device's buffers.
    pub(crate) buffer: Duration,
    /// How long a device may take to play steadily once it is open.
    pub(crate) starting: Duration,
    /// After so long without anything to play, the device is suspended. `None` for never.
    pub(crate) suspend_after: Option<Duration>,
}

/// A source of devices.
pub(crate) trait Backend {
    /// Looks for the device. Each call starts from scratch: after a loss, everything that was known
    /// of the system may be dead.
    fn find(&mut self, wanted: &Wanted) -> Result<Box<dyn Device>>;
}

/// A device that was found and is not open.
pub(crate) trait Device {
    /// The display name.
    fn name(&self) -> &str;

    /// The format that it runs at.
    fn sample_rate(&self) -> DeviceFormat;

    /// Opens it. It plays until the returned handle is dropped.
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
