//! Speech: sound that is derived from the request, and the times of the words in it.
//!
//! [`markup`] reads the transcript, [`plan`] decides what sounds when, [`speech`] makes samples of it,
//! [`encoder`] makes bytes. Each pulls from the one before, so memory does not grow with the transcript. If
//! [`espeak`] speaks instead of tones, it is a sentence at a time.

pub(crate) mod encoder;
pub(crate) mod espeak;
mod markup;
mod phonemes;
mod plan;
mod resample;
mod speech;
mod tone;

pub(crate) use encoder::{Encoder, Format};
pub(crate) use espeak::Espeak;
pub(crate) use markup::{SPEEDS, VOLUMES};
pub(crate) use plan::Delivery;
pub(crate) use speech::{Speech, Timing, Wanted};
pub(crate) use tone::WATERMARK;
pub use tone::pitch;

/// Times are kept in microseconds, as integers: what is added up a thousand times does not drift.
pub(crate) type Micros = u64;

pub(crate) const SECOND: Micros = 1_000_000;
