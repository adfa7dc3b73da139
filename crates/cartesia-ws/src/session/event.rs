//! The size of events of speech, and which is the last.

use cartesia_types::tts::Event;

use crate::protocol::Message;

/// The memory of an event besides its audio, roughly.
pub(crate) const OVERHEAD: usize = 256;

impl Message for Event {
    fn weight(&self) -> usize {
        let content = match self {
            Self::Chunk(chunk) => chunk.data.len(),
            Self::Timestamps(timestamps) => timestamps
                .words
                .iter()
                .map(|word| 64 + word.word.len())
                .sum(),
            Self::PhonemeTimestamps(timestamps) => timestamps.phonemes.len() * 64,
            Self::Unknown(unknown) => unknown.raw().len(),
            _ => 0,
        };
        OVERHEAD + content
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}
