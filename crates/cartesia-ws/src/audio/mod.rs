//! Audio that is sent to the service: the parts that transcriptions and calls with agents have in common.
//!
//! [`Samples`] finds the samples in a stream, [`Cutter`] makes messages of them, and [`Pacer`] says when a
//! message may be sent.

mod cutter;
mod pace;
mod samples;

pub(crate) use cutter::Cutter;
pub use pace::Pace;
pub(crate) use pace::{Pacer, Rate};
pub(crate) use samples::Samples;
