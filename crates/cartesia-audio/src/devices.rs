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
    /// [`RecorderBuilder::device`](crate::RecorderBuilder::device). As stable as the system allows: across
    /// runs, and usually across unplugging.
    pub id: String,
    /// The display name.
    pub name: String,
    /// Whether it is the system's default device.
    pub is_default: bool,
    /// The default sample rate, in hertz. Players and recorders use it.
    pub sample_rate: u32,
    /// The default number of channels.
    pub channels: u16,
    /// The supported sample rates, in hertz.
    pub sample_rates: RangeInclusive<u32>,
    /// The supported sample formats, such as `i16` and `f32`.
    pub formats: Vec<&'static str>,
    /// The shortest supported buffer, if the system reports it.
    pub shortest_buffer: Option<Duration>,
    /// The longest supported buffer, if the system reports it.
    pub longest_buffer: Option<Duration>,
}

/// Lists the output devices (speakers) of the system, the default one first. Blocks while the system
/// searches, usually some milliseconds.
///
/// Without a device the list is empty, which is not an error. On Linux these are the devices of ALSA; see
/// [`PlayerBuilder::device`](crate::PlayerBuilder::device) for the sinks of a sound server.
///
/// # Errors
///
/// [`ErrorKind::Device`] when the system does not answer.
#[doc(alias = "speaker")]
#[doc(alias = "speakers")]
#[doc(alias = "output device")]
pub fn devices() -> Result<Vec<DeviceInfo>> {
    list(Direction::Output)
}

/// Lists the microphones and other inputs of the system, the default one first; otherwise like [`devices`].
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
            Error::new(ErrorKind::Device, "devices", "a thread cannot be started")
                .with_source(error)
        })?;
    receiver.recv_timeout(LISTING).unwrap_or_else(|_| {
        let message = "the sound system did not answer within 10 s";
        Err(Error::new(ErrorKind::Device, "devices", message))
    })
}
