//! Voice embeddings and experimental controls: data of the first API versions.
//!
//! The public service switched voice embeddings and their calls off on **2026-06-01, for all versions**. They
//! work against a server that still has them: your own installation, a proxy, or the mock server of this
//! project.

mod calls;
mod embedding;
mod specifier;

pub use calls::*;
pub use embedding::{Embedding, InvalidEmbedding};
pub use specifier::{ExperimentalControls, ExperimentalSpeed, LegacyVoice, LegacyVoiceSource};
