//! What is made of recordings: text, and other recordings.

use cartesia_http::Upload;
use cartesia_types::{
    ChangeVoiceRequest, ChangeVoiceSseRequest, InfillRequest, TranscribeCompatibleRequest,
    TranscribeRequest, Transcription,
};

use super::group::groups;
use super::runtime::Runtime;
use super::{AudioCall, Call, SseCall};

groups! {
    /// Speech to text, of whole files; from [`Client::stt`](super::Client::stt).
    Stt {
        /// Transcribes an audio file. `POST /stt`.
        ///
        /// The service documents flac, m4a, mp3, mp4, mpeg, mpga, oga, ogg, wav and webm, up to 2 GB;
        /// samples without a header need [`with_raw_pcm`](TranscribeRequest::with_raw_pcm).
        fn transcribe(request: TranscribeRequest<impl Into<Upload>>) -> Call<Transcription>;

        /// Transcribes an audio file by the endpoint that imitates another vendor's API, for servers that have
        /// no other.
        /// `POST /audio/transcriptions`.
        ///
        /// The answer has no `type` and no request id; only the verbose format has language and duration.
        fn transcribe_compatible(request: TranscribeCompatibleRequest<impl Into<Upload>>) -> Call<Transcription>;
    }

    /// Speech in another voice; from [`Client::voice_changer`](super::Client::voice_changer).
    VoiceChanger {
        /// Speaks a clip in another voice, as one stream of bytes in any container.
        /// `POST /voice-changer/bytes`.
        fn bytes(request: ChangeVoiceRequest<impl Into<Upload>>) -> AudioCall;

        /// Speaks a clip in another voice, as events. `POST /voice-changer/sse`.
        fn sse(request: ChangeVoiceSseRequest<impl Into<Upload>>) -> SseCall;
    }

    /// Speech that joins two clips; from [`Client::infill`](super::Client::infill).
    Infill {
        /// Generates speech that fits between two clips, or before or after one. `POST /infill/bytes`.
        ///
        /// Whether the answer contains the clips as well is not documented; so far it was the new part alone.
        fn bytes(request: InfillRequest<impl Into<Upload>>) -> AudioCall;
    }
}
