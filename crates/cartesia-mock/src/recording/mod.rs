//! Recordings of what a client and a server said to each other: [`line`] is how they are written, [`read`]
//! how they are read, [`frames`] finds the messages of WebSockets.

pub(crate) mod frames;
pub(crate) mod line;
mod read;

pub(crate) use read::{Exchange, Step, StepKind};
pub use read::{InvalidRecording, Recording};
