//! Voices: their identifiers in requests, and their descriptions.

mod accent;
mod accent_id;
mod change;
mod clone;
mod get;
pub mod legacy;
mod list;
mod localize;
mod metadata;
mod resource;
mod specifier;
mod update;

pub use accent::{Accent, AddAccentsRequest, ListAccentsRequest, LocaleInfo};
pub use accent_id::AccentId;
pub use change::{ChangeVoiceRequest, ChangeVoiceSseRequest};
pub use clone::{CloneMode, CloneVoiceRequest};
pub use get::GetVoiceRequest;
pub use list::{ListVoicesRequest, VoicePage};
pub use localize::{Dialect, LocalizeVoiceRequest, SpeakerGender};
pub use metadata::VoiceMetadata;
pub use resource::{Gender, Voice, VoiceAccess, VoiceLocale, VoiceVisibility};
pub use specifier::VoiceSpecifier;
pub use update::UpdateVoiceRequest;

crate::open::open_string! {
    /// The identifier of a voice, a UUID.
    #[doc(alias = "voice")]
    VoiceId {
        /// The default voice: a public one of the service, which is that of the vendor's own examples
        /// ("Barbershop Man", English).
        DEFAULT = "a0e99841-438c-4a64-b679-ae501e7d6091",
    }
}

impl Default for VoiceId {
    /// [`VoiceId::DEFAULT`].
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl From<Voice> for VoiceId {
    fn from(voice: Voice) -> Self {
        voice.id
    }
}

impl From<&Voice> for VoiceId {
    fn from(voice: &Voice) -> Self {
        voice.id.clone()
    }
}

impl From<VoiceMetadata> for VoiceId {
    fn from(voice: VoiceMetadata) -> Self {
        voice.id
    }
}

impl From<&VoiceMetadata> for VoiceId {
    fn from(voice: &VoiceMetadata) -> Self {
        voice.id.clone()
    }
}
