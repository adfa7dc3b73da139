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
        /// What is said in a file. `POST /stt`.
        ///
        /// The service documents flac, m4a, mp3, mp4, mpeg, mpga, oga, ogg, wav and webm, up to 2 GB;
        /// samples without a header need [`with_raw_pcm`](TranscribeRequest::with_raw_pcm).
        fn transcribe(request: TranscribeRequest<impl Into<Upload>>) -> Call<Transcription>;

        /// The same in the manner of another vendor's API, for servers that have only that.
        /// `POST /audio/transcriptions`.
        ///
        /// The answer has no `type` and no request id; language and duration are only in a verbose one.
        fn transcribe_compatible(request: TranscribeCompatibleRequest<impl Into<Upload>>) -> Call<Transcription>;
    }

    /// Speech in another voice; from [`Client::voice_changer`](super::Client::voice_changer).
    VoiceChanger {
        /// The clip in another voice, as one stream of bytes in any container.
        /// `POST /voice-changer/bytes`.
        fn bytes(request: ChangeVoiceRequest<impl Into<Upload>>) -> AudioCall;

        /// The clip in another voice, as events. `POST /voice-changer/sse`.
        fn sse(request: ChangeVoiceSseRequest<impl Into<Upload>>) -> SseCall;
    }

    /// Speech that joins two clips; from [`Client::infill`](super::Client::infill).
    Infill {
        /// Speech that fits between two clips, or before or after one. `POST /infill/bytes`.
        ///
        /// The vendor does not say whether the answer holds the clips as well; some saw the new part
        /// alone.
        fn bytes(request: InfillRequest<impl Into<Upload>>) -> AudioCall;
    }
}
