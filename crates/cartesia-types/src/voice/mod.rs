//! Voices: how a request names one, and what the service says of one.

mod accent;
mod accent_id;
mod clone;
mod embedding;
mod get;
pub mod legacy;
mod list;
mod localize;
mod metadata;
mod resource;
mod specifier;
mod update;

pub use accent::{Accent, AccentListRequest, LocaleInfo, VoiceAccentsRequest};
pub use accent_id::AccentId;
pub use clone::{CloneMode, VoiceCloneRequest};
pub use embedding::{Embedding, InvalidEmbedding};
pub use get::VoiceGetRequest;
pub use list::{VoiceListRequest, VoicePage};
pub use localize::{Dialect, SpeakerGender, VoiceLocalizeRequest};
pub use metadata::VoiceMetadata;
pub use resource::{Gender, Voice, VoiceAccess, VoiceLocale, VoiceVisibility};
pub use specifier::{ExperimentalControls, ExperimentalSpeed, VoiceSpecifier};
pub use update::VoiceUpdateRequest;

crate::open::open_string! {
    /// The identifier of a voice, a UUID.
    VoiceId {}
}
