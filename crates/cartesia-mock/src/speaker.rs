//! The voice of the server.

use std::str::FromStr;

/// The sound of words in `/tts/bytes`, `/tts/sse` and `/tts/websocket`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Speaker {
    /// Each word is a tone; see [`pitch`](crate::pitch). Times agree with the audio to the sample, and
    /// speech to text of this server understands it.
    #[default]
    Tones,
    /// The program `espeak-ng`, which must be installed, speaks, a sentence at a time: as fast as the
    /// request wants it, in its language as far as it can, at a pitch that depends on voice and context.
    ///
    /// The same request gives the same bytes as long as the program is the same. Times of words are
    /// estimates within their sentence. A sentence that the program does not say within ten seconds is a
    /// sequence of tones. Speech to text of this server does not understand it: it gives `word1`, `word2`
    /// and so on. Connections wait for each other while it speaks, which takes it a few
    /// milliseconds for a sentence.
    Espeak,
}

/// A text that is no [`Speaker`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a voice of the server; it is `tones` or `espeak`")]
pub struct InvalidSpeaker(String);

impl FromStr for Speaker {
    type Err = InvalidSpeaker;

    /// Reads `tones` or `espeak`.
    fn from_str(text: &str) -> Result<Self, InvalidSpeaker> {
        match text {
            "tones" => Ok(Self::Tones),
            "espeak" => Ok(Self::Espeak),
            _ => Err(InvalidSpeaker(text.to_owned())),
        }
    }
}
