//! The endpoints, by group.

mod admin;
mod datasets;
mod fine_tunes;
mod pronunciation;
mod tts;
mod voices;

pub use admin::{Admin, ApiKeys, Invites, Usage, Users};
pub use datasets::Datasets;
pub use fine_tunes::FineTunes;
pub use pronunciation::PronunciationDicts;
pub use tts::{BytesCall, SseCall, Tts};
pub use voices::Voices;
