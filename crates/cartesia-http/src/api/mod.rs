//! The endpoints, by group.

mod accents;
mod access_tokens;
mod legacy;
mod tts;
mod voices;

pub use accents::{Accents, Locales};
pub use access_tokens::AccessTokens;
pub use legacy::LegacyVoices;
pub use tts::{BytesCall, SseCall, Tts};
pub use voices::Voices;
