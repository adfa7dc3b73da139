//! The endpoints, by group.

mod accents;
mod access_tokens;
mod admin;
mod agents;
mod client;
mod datasets;
mod files;
mod fine_tunes;
mod infill;
mod legacy;
mod media;
mod models;
mod pronunciation;
mod stt;
mod tts;
mod voice_changer;
mod voices;

pub use accents::{Accents, Locales};
pub use access_tokens::AccessTokens;
pub use admin::{Admin, ApiKeys, Invites, Usage, Users};
pub use agents::{
    AgentCallBatches, AgentCalls, AgentDeployments, AgentDocuments, AgentFolders, AgentMetrics,
    AgentPhoneNumbers, AgentProviders, AgentWebhooks, Agents, ManagedAgents,
};
pub use datasets::Datasets;
pub use files::Files;
pub use fine_tunes::FineTunes;
pub use infill::Infill;
pub use legacy::LegacyVoices;
pub use media::{AudioCall, DownloadCall, SseCall};
pub use models::Models;
pub use pronunciation::PronunciationDicts;
pub use stt::Stt;
pub use tts::Tts;
pub use voice_changer::VoiceChanger;
pub use voices::Voices;
