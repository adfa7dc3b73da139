//! When words and phonemes are spoken.

use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use crate::seconds;

/// A word and when it is spoken, counted from the start of the generation.
#[doc(alias = "timestamps")]
#[doc(alias = "word timestamps")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "timestamp")]
pub struct WordTiming {
    /// The word as the service wrote it.
    pub word: String,
    /// The start.
    pub start: Duration,
    /// The end.
    pub end: Duration,
}

/// A phoneme and when it is spoken, counted from the start of the generation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PhonemeTiming {
    /// The phoneme, in the manner of the International Phonetic Alphabet.
    pub phoneme: String,
    /// The start.
    pub start: Duration,
    /// The end.
    pub end: Duration,
}

impl WordTiming {
    /// Creates a word from `start` to `end`.
    pub fn new(word: impl Into<String>, start: Duration, end: Duration) -> Self {
        Self {
            word: word.into(),
            start,
            end,
        }
    }
}

impl PhonemeTiming {
    /// Creates a phoneme from `start` to `end`.
    pub fn new(phoneme: impl Into<String>, start: Duration, end: Duration) -> Self {
        Self {
            phoneme: phoneme.into(),
            start,
            end,
        }
    }
}

/// The wire has three parallel arrays; here it is one list, so that they cannot disagree.
macro_rules! parallel_arrays {
    ($module:ident, $timing:ident, $text:ident, $texts:ident) => {
        pub(super) mod $module {
            use super::*;

            #[derive(Serialize, Deserialize)]
            struct Wire {
                $texts: Vec<String>,
                start: Vec<f64>,
                end: Vec<f64>,
            }

            pub(in crate::tts) fn serialize<S: Serializer>(
                timings: &[$timing],
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                Wire {
                    $texts: timings.iter().map(|timing| timing.$text.clone()).collect(),
                    start: timings
                        .iter()
                        .map(|timing| timing.start.as_secs_f64())
                        .collect(),
                    end: timings
                        .iter()
                        .map(|timing| timing.end.as_secs_f64())
                        .collect(),
                }
                .serialize(serializer)
            }

            /// Reads the three arrays; `None` when they make no sense.
            pub(in crate::tts) fn read(json: Option<&[u8]>) -> Option<Vec<$timing>> {
                // Older definitions allow null.
                let Some(json) = json else {
                    return Some(Vec::new());
                };
                let wire: Wire = serde_json::from_slice(json).ok()?;
                // Nothing promises equal lengths; what has no time cannot be placed.
                wire.$texts
                    .into_iter()
                    .zip(wire.start.into_iter().zip(wire.end))
                    .map(|($text, (start, end))| {
                        Some($timing {
                            $text,
                            start: seconds::checked(start)?,
                            end: seconds::checked(end)?,
                        })
                    })
                    .collect()
            }
        }
    };
}

parallel_arrays!(words, WordTiming, word, words);
parallel_arrays!(phonemes, PhonemeTiming, phoneme, phonemes);
