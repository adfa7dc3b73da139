#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accents;
mod account;
mod agent_socket;
mod agents;
mod auth;
#[cfg(feature = "cli")]
#[cfg_attr(docsrs, doc(cfg(feature = "cli")))]
pub mod cli;
mod clip;
mod clock;
mod collection;
mod datasets;
mod exchange;
mod fault;
mod fields;
mod files;
mod fine_tunes;
mod form;
mod hash;
mod hearing;
mod infill;
mod journal;
mod marker;
mod pace;
mod page;
mod pronunciation;
mod rejection;
mod routes;
mod server;
mod socket;
mod sse;
mod state;
mod stt;
mod stt_socket;
mod synthesis;
mod tokens;
mod tts;
mod tts_socket;
mod version;
mod voice_changer;
mod voices;
mod wire;

pub use fault::{CannedResponse, Fault, FaultPlan, Garbage, InvalidFault};
pub use journal::{JournalEntry, Received};
pub use pace::{InvalidPace, Pace};
pub use server::{MockServer, MockServerBuilder};
pub use socket::{
    Action, ErrorShape, InvalidPlan, InvalidScript, MessageKind, Moment, Plan, Rule, Script,
    Socket, SocketMessage, TurnEvent,
};
pub use synthesis::pitch;
