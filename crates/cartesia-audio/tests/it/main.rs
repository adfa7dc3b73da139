//! Tests of the player through its public interface, on outputs without a device.
#![expect(clippy::unwrap_used, reason = "a test may fail")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "signals are short, and samples are to come out as they went in"
)]

mod controls;
mod devices;
mod events;
mod formats;
mod interrupt;
mod jitter;
mod loopback;
mod play;
mod properties;
mod racing;
mod recorder;
mod resample;
mod save;
mod support;
mod writing;
