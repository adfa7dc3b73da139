//! The endpoints, by group.

mod accents;
mod access_tokens;
mod files;
mod infill;
mod legacy;
mod media;
mod stt;
mod tts;
mod voice_changer;
mod voices;

pub use accents::{Accents, Locales};
pub use access_tokens::AccessTokens;
pub use files::Files;
pub use infill::{Infill, InfillRequest};
pub use legacy::LegacyVoices;
pub use media::{AudioCall, DownloadCall, EventCall};
pub use stt::{CompatibleTranscribeRequest, Stt, TranscribeRequest};
pub use tts::{BytesCall, SseCall, Tts};
pub use voice_changer::{ChangeVoiceRequest, ChangeVoiceSseRequest, VoiceChanger};
pub use voices::Voices;
