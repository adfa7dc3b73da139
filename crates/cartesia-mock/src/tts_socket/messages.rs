//! The server's messages as JSON.

use std::time::Duration;

use cartesia_types::ApiVersion;
use serde::Serialize;

use crate::sse::json;
use crate::synthesis::Timing;

/// The status of a context that is under way, and of its `done`.
pub(super) const PARTIAL: u16 = 206;

/// A message about a context. Its status is 206 where the message has none of its own.
#[derive(Debug, Clone)]
pub(super) enum Message {
    Chunk {
        audio: Vec<u8>,
        /// Milliseconds.
        step_time: f64,
        flush_id: u32,
        done: bool,
    },
    Words(Vec<Timing>, u32),
    Phonemes(Vec<Timing>, u32),
    FlushDone(u32),
    Done {
        status: u16,
    },
}

impl Message {
    /// The text of the message. Flushes count from 1 in the message, as the newest version has it. Keys come in the same order always.
    pub(super) fn render(&self, context_id: &str, version: ApiVersion) -> String {
        // The clients of the first versions look it up in a list that starts at 0 and grows by one with
        // each flush; later ones were told of 1.
        let first = u32::from(version > ApiVersion::V2024_11_13);
        let label = |id: &u32| Some(*id - 1 + first);
        let head = |r#type, done, flush_id| Head {
            r#type,
            context_id,
            status_code: PARTIAL,
            done,
            flush_id,
        };
        match self {
            Self::Chunk {
                audio,
                step_time,
                flush_id,
                done,
            } => json(&Chunk {
                head: head("chunk", *done, label(flush_id)),
                data: base64_simd::STANDARD.encode_to_string(audio),
                step_time: *step_time,
            }),
            Self::Words(words, flush_id) => {
                let (words, start, end) = arrays(words);
                json(&Words {
                    head: head("timestamps", false, label(flush_id)),
                    word_timestamps: WordArrays { words, start, end },
                })
            }
            Self::Phonemes(phonemes, flush_id) => {
                let (phonemes, start, end) = arrays(phonemes);
                json(&Phonemes {
                    head: head("phoneme_timestamps", false, label(flush_id)),
                    phoneme_timestamps: PhonemeArrays {
                        phonemes,
                        start,
                        end,
                    },
                })
            }
            // Required in this message by every definition that has it. Clients of the first version
            // decode `data` of everything that is neither `done` nor an error.
            Self::FlushDone(flush_id) => json(&FlushDone {
                head: head("flush_done", false, label(flush_id)),
                done: true,
                data: "",
            }),
            Self::Done { status } => json(&Head {
                status_code: *status,
                ..head("done", true, None)
            }),
        }
    }
}

#[derive(Serialize)]
struct Head<'a> {
    r#type: &'a str,
    context_id: &'a str,
    status_code: u16,
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    flush_id: Option<u32>,
}

#[derive(Serialize)]
struct Chunk<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    data: String,
    step_time: f64,
}

#[derive(Serialize)]
struct Words<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    word_timestamps: WordArrays<'a>,
}

#[derive(Serialize)]
struct WordArrays<'a> {
    words: Vec<&'a str>,
    start: Vec<f64>,
    end: Vec<f64>,
}

#[derive(Serialize)]
struct Phonemes<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    phoneme_timestamps: PhonemeArrays<'a>,
}

#[derive(Serialize)]
struct PhonemeArrays<'a> {
    phonemes: Vec<&'a str>,
    start: Vec<f64>,
    end: Vec<f64>,
}

#[derive(Serialize)]
struct FlushDone<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(rename = "flush_done")]
    done: bool,
    data: &'a str,
}

/// Timings as texts, starts and ends in seconds.
fn arrays(timings: &[Timing]) -> (Vec<&str>, Vec<f64>, Vec<f64>) {
    let seconds = |micros| Duration::from_micros(micros).as_secs_f64();
    (
        timings.iter().map(|timing| &*timing.text).collect(),
        timings.iter().map(|timing| seconds(timing.start)).collect(),
        timings.iter().map(|timing| seconds(timing.end)).collect(),
    )
}
