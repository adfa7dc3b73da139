//! A program that was built without the feature `playback` opens no device.

use cartesia::{ErrorKind, OutputFormat};

use super::Played;
use crate::failure::Failure;

/// There is none.
pub(crate) enum Device {}

/// There is none.
pub(crate) enum Playback {}

impl Device {
    pub(crate) fn open(_: Option<&str>) -> Result<Self, Failure> {
        Err(Failure::of(
            ErrorKind::Device,
            "this program was built without playback",
        ))
    }
}

impl Playback {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the same form as with a device"
    )]
    pub(crate) fn on(device: Device, _: OutputFormat, _: bool) -> Result<Self, Failure> {
        match device {}
    }

    #[expect(clippy::unused_async, reason = "the same form as with a device")]
    pub(crate) async fn write(&mut self, _: &[u8]) -> Result<(), Failure> {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "the same form as with a device")]
    pub(crate) async fn finish(&mut self) -> Result<Played, Failure> {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "the same form as with a device")]
    pub(crate) async fn end(self, _: Option<ErrorKind>) {
        match self {}
    }
}
