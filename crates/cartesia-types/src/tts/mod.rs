//! Text to speech: requests and events.

mod alignment;
mod buffering;
mod context;
pub(crate) mod control_tag;
mod cut_short;
mod event;
mod generation;
mod infill;
pub mod legacy;
mod request;
mod speakable;
mod speaking_time;
mod timestamps;

pub use alignment::{AlignedWord, HeardText, TextAlignment};
pub use buffering::{BufferDelay, Buffering, InvalidBufferDelay};
pub use context::{CancelRequest, ClientMessage, ContextSpec, GenerationRequest};
pub use cut_short::is_cut_short;
pub use event::{
    Chunk, DecodeError, DecodeErrorKind, Done, ErrorEvent, Event, EventMessage, FlushDone,
    PhonemeTimestamps, Timestamps, UnknownEvent,
};
pub use generation::{Emotion, GenerationConfig, Normalization};
pub use infill::InfillRequest;
pub use request::{BytesRequest, InvalidRequest, SseRequest};
pub use speakable::speakable;
pub use speaking_time::speaking_time;
pub use timestamps::{PhonemeTiming, WordTiming};

crate::open::open_string! {
    /// The identifier of a context (one generation). Events echo it.
    ContextId {}
}

crate::open::open_string! {
    /// The identifier of a pronunciation dictionary.
    PronunciationDictId {}
}
