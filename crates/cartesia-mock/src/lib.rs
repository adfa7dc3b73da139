#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accents;
mod account;
mod agent_socket;
mod agents;
mod auth;
mod builder;
#[cfg(feature = "cli")]
#[cfg_attr(docsrs, doc(cfg(feature = "cli")))]
pub mod cli;
mod clip;
mod clock;
mod control;
mod cors;
mod datasets;
mod expect;
mod fault;
mod fields;
mod files;
mod fine_tunes;
mod form;
mod frame;
mod hash;
#[cfg(feature = "replay")]
mod host;
mod infill;
mod inspector;
mod journal;
mod latency;
mod lenient;
mod middleware;
mod models;
mod objects;
mod pace;
mod page;
mod pronunciation;
#[cfg(feature = "proxy")]
mod proxy;
mod recognition;
#[cfg(feature = "replay")]
mod recording;
mod rejection;
#[cfg(feature = "replay")]
mod replay;
mod resource;
mod routes;
mod serve;
mod server;
mod socket;
mod speaker;
mod sse;
mod state;
mod stats;
mod stt;
mod stt_socket;
mod synthesis;
#[cfg_attr(not(feature = "tls"), path = "no_tls.rs")]
mod tls;
mod tokens;
mod tts;
mod tts_socket;
mod version;
mod voice_changer;
mod voices;
mod watermark;
mod wire;

pub use builder::MockServerBuilder;
pub use expect::{Expect, Unmet};
pub use fault::{CannedResponse, Fault, FaultPlan, InvalidFault};
pub use journal::{JournalEntry, Received};
pub use latency::{InvalidLatency, Latency};
pub use objects::InvalidObjects;
pub use pace::{InvalidPace, Pace};
#[cfg(feature = "proxy")]
#[cfg_attr(docsrs, doc(cfg(feature = "proxy")))]
pub use proxy::{Proxy, ProxyBuilder};
#[cfg(feature = "replay")]
#[cfg_attr(docsrs, doc(cfg(feature = "replay")))]
pub use recording::{InvalidRecording, Recording};
#[cfg(feature = "replay")]
#[cfg_attr(docsrs, doc(cfg(feature = "replay")))]
pub use replay::{Replay, ReplayBuilder};
pub use server::MockServer;
pub use socket::{
    Action, AudioTime, ErrorShape, InvalidPlan, InvalidScript, MessageKind, Moment, Plan, Rule,
    Script, Socket, SocketMessage, TurnEvent,
};
pub use speaker::{InvalidSpeaker, Speaker};
pub use stats::{AccountUsage, Load, Stats, Usage};
pub use synthesis::pitch;
pub use voices::{InvalidVoices, Voices};
