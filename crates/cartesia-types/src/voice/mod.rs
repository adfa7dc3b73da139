//! Voices: how a request names one, and what the service says of one.

mod embedding;
mod list;
mod resource;
mod specifier;

pub use embedding::{Embedding, InvalidEmbedding};
pub use list::{VoiceListRequest, VoicePage};
pub use resource::{Gender, Voice, VoiceAccess, VoiceLocale, VoiceVisibility};
pub use specifier::{ExperimentalControls, ExperimentalSpeed, VoiceSpecifier};

crate::open::open_string! {
    /// The identifier of a voice, a UUID.
    VoiceId {}
}
