//! The devices of the system.

use std::ops::RangeInclusive;
use std::sync::mpsc;
use std::time::Duration;

use cartesia_types::ErrorKind;

use crate::backend::cpal::Direction;
use crate::{Error, Result};

/// How long the system may take to list its devices.
const LISTING: Duration = Duration::from_secs(10);

/// A device, from [`devices`] or [`microphones`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceInfo {
    /// The identifier, for [`PlayerBuilder::device`](crate::PlayerBuilder::device) and
    /// [`RecorderBuilder::device`](crate::RecorderBuilder::device). As stable as the system allows: over
    /// runs, and usually over unplugging.
    pub id: String,
    /// The display name.
    pub name: String,
    /// Whether it is what the system plays on, or records from.
    pub is_default: bool,
    /// Frames per second that it runs at unless asked otherwise. Players and recorders take these.
    pub sample_rate: u32,
    /// Channels that it has unless asked otherwise.
    pub channels: u16,
    /// Frames per second that it can run at.
    pub sample_rates: RangeInclusive<u32>,
    /// Sample formats that it knows, such as `i16` and `f32`.
    pub formats: Vec<&'static str>,
    /// The shortest buffer that it can be asked for, when the system says so.
    pub shortest_buffer: Option<Duration>,
    /// The longest buffer that it can be asked for, when the system says so.
    pub longest_buffer: Option<Duration>,
}

/// The output devices of the system, the default one first. Blocks for as long as the system needs to
/// look for them, usually some milliseconds.
///
/// An empty list says that there is no device; that is no error. On Linux these are the devices of ALSA; see
/// [`PlayerBuilder::device`](crate::PlayerBuilder::device) for the sinks of a sound server.
///
/// # Errors
///
/// [`ErrorKind::Device`] when the system does not answer.
pub fn devices() -> Result<Vec<DeviceInfo>> {
    list(Direction::Output)
}

/// The microphones and other inputs of the system, the default one first; else like [`devices`].
///
/// # Errors
///
/// [`ErrorKind::Device`] when the system does not answer.
pub fn microphones() -> Result<Vec<DeviceInfo>> {
    list(Direction::Input)
}

fn list(direction: Direction) -> Result<Vec<DeviceInfo>> {
    // On a thread of its own: on some systems asking changes the thread that asks, and may hang.
    let (sender, receiver) = mpsc::sync_channel(1);
    let thread = std::thread::Builder::new().name("cartesia-devices".to_owned());
    thread
        .spawn(move || drop(sender.send(direction.list())))
        .map_err(|error| {
            Error::new(ErrorKind::Device, "devices", "no thread can be started").with_source(error)
        })?;
    receiver.recv_timeout(LISTING).unwrap_or_else(|_| {
        let message = "the sound system did not answer within 10 s";
        Err(Error::new(ErrorKind::Device, "devices", message))
    })
}
