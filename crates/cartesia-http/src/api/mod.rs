//! The endpoints, by group.

mod tts;
mod voices;

pub use tts::{BytesCall, SseCall, Tts};
pub use voices::Voices;
