//! Recordings of the traffic between a client and a server: [`line`] writes them, [`read`] reads them,
//! [`frames`] finds the messages of WebSockets.

pub(crate) mod frames;
pub(crate) mod line;
mod read;

pub(crate) use read::{Exchange, Step, StepKind};
pub use read::{InvalidRecording, Recording};
