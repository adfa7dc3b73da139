//! Tests of the player through its public interface, on outputs without a device.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod play;
mod recorder;
mod resample;
