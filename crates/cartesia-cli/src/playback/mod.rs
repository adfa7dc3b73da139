//! Playing aloud.

#[cfg(feature = "playback")]
mod device;
#[cfg(not(feature = "playback"))]
mod none;

use cartesia::ErrorKind;

use crate::failure::Failure;
#[cfg(feature = "playback")]
pub(crate) use device::{Device, Lost, Playback};
#[cfg(not(feature = "playback"))]
pub(crate) use none::{Device, Playback};

/// The result of playing.
pub(crate) struct Played {
    /// Gaps in the sound, because the audio did not arrive in time.
    pub(crate) underruns: u64,
}

/// Whether it is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Requested by the user: without a device the run fails.
    Always,
    /// Play if there is a device.
    WhenPossible,
    Never,
}

/// The outcome of the choice.
pub(crate) enum Opened {
    Playing(Device),
    /// Not played: there is no device.
    Impossible,
    /// Not played: the user turned playback off.
    Silent,
}

impl Choice {
    /// Opens the device of this name or identifier, or else the system's default one.
    pub(crate) fn open(self, device: Option<&str>) -> Result<Opened, Failure> {
        if self == Self::Never {
            return Ok(Opened::Silent);
        }
        match Device::open(device) {
            Ok(device) => Ok(Opened::Playing(device)),
            Err(failure)
                if self == Self::WhenPossible && failure.kind() == Some(ErrorKind::Device) =>
            {
                Ok(Opened::Impossible)
            }
            Err(failure) => Err(failure),
        }
    }
}
