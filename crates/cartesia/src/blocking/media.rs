//! The voice changer and infill.

use cartesia_http::Upload;
use cartesia_types::{ChangeVoiceRequest, ChangeVoiceSseRequest, InfillRequest};

use super::group::groups;
use super::runtime::Runtime;
use super::{AudioCall, SseCall};

groups! {
    /// The voice changer: speech in another voice; from
    /// [`Client::voice_changer`](super::Client::voice_changer).
    VoiceChanger {
        /// Speaks a clip in another voice, as one stream of bytes in any container.
        /// `POST /voice-changer/bytes`.
        fn bytes(request: ChangeVoiceRequest<impl Into<Upload>>) -> AudioCall;

        /// Speaks a clip in another voice, as events. `POST /voice-changer/sse`.
        fn sse(request: ChangeVoiceSseRequest<impl Into<Upload>>) -> SseCall;
    }

    /// Infill: speech that joins two clips; from [`Client::infill`](super::Client::infill).
    Infill {
        /// Generates speech that fits between two clips, or before or after one. `POST /infill/bytes`.
        ///
        /// Whether the answer contains the clips as well is not documented; so far it was the new part alone.
        fn bytes(request: InfillRequest<impl Into<Upload>>) -> AudioCall;
    }
}
