//! The endpoints, by group.

mod files;
mod infill;
mod media;
mod stt;
mod tts;
mod voice_changer;
mod voices;

pub use files::Files;
pub use infill::{Infill, InfillRequest};
pub use media::{AudioCall, DownloadCall, EventCall};
pub use stt::{CompatibleTranscribeRequest, Stt, TranscribeRequest};
pub use tts::{BytesCall, SseCall, Tts};
pub use voice_changer::{ChangeVoiceRequest, ChangeVoiceSseRequest, VoiceChanger};
pub use voices::Voices;
