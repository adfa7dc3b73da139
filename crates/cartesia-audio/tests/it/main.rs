//! Tests of the player through its public interface, on outputs without a device.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod controls;
mod devices;
mod events;
mod formats;
mod interrupt;
mod jitter;
mod play;
mod properties;
mod recorder;
mod support;
mod writing;
