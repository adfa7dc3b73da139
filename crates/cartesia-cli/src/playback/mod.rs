//! Playing aloud.

#[cfg(feature = "playback")]
mod device;
#[cfg(not(feature = "playback"))]
mod none;

use cartesia::{ErrorKind, OutputFormat};

use crate::failure::Failure;
#[cfg(feature = "playback")]
pub(crate) use device::Playback;
#[cfg(not(feature = "playback"))]
pub(crate) use none::Playback;

/// How it went.
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
    Playing(Box<Playback>),
    /// Not played: there is no device.
    Impossible,
    /// Not played: the user turned playback off.
    Silent,
    Failed(Failure),
}

impl Choice {
    /// Opens the device of this name or identifier, or else the system's default one, for audio of a
    /// format. With a `header`, what comes is a WAV file and not bare samples.
    pub(crate) fn open(self, device: Option<&str>, format: OutputFormat, header: bool) -> Opened {
        if self == Self::Never {
            return Opened::Silent;
        }
        match Playback::open(device, format, header) {
            Ok(playback) => Opened::Playing(Box::new(playback)),
            Err(failure)
                if self == Self::WhenPossible && failure.kind() == Some(ErrorKind::Device) =>
            {
                Opened::Impossible
            }
            Err(failure) => Opened::Failed(failure),
        }
    }
}
