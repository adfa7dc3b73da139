//! The endpoints, by group.

mod agents;
mod tts;
mod voices;

pub use agents::{
    AgentCalls, AgentDeployments, AgentMetrics, AgentPhoneNumbers, Agents, DownloadCall,
};
pub use tts::{BytesCall, SseCall, Tts};
pub use voices::Voices;
