#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod agents;
mod auth;
#[cfg(feature = "cli")]
#[cfg_attr(docsrs, doc(cfg(feature = "cli")))]
pub mod cli;
mod exchange;
mod fault;
mod fields;
mod hash;
mod journal;
mod pace;
mod rejection;
mod routes;
mod server;
mod sse;
mod state;
mod synthesis;
mod tts;
mod version;
mod voices;
mod wire;

pub use fault::{CannedResponse, Fault, FaultPlan, Garbage, InvalidFault};
pub use journal::Received;
pub use pace::{InvalidPace, Pace};
pub use server::{MockServer, MockServerBuilder};
pub use synthesis::pitch;
