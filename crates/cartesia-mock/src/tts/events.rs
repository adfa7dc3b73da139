//! The events of a stream, in their order.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

use super::audio::{Audio, Whole};
use super::request::SseRequest;
use crate::exchange::Caller;
use crate::fault::{Fault, Garbage};
use crate::pace::{Piece, Source};
use crate::rejection::Rejection;
use crate::sse;
use crate::synthesis::{Encoder, Timing};

/// An event stream: after each chunk of audio the words and phonemes that have started by then, at the
/// end `done`.
pub(crate) struct Events {
    sound: Sound,
    /// The sample rate, in the dialect that has it in every chunk, and no `type`.
    untyped: Option<u32>,
    context_id: Option<String>,
    caller: Caller,
    /// Made with the last chunk, and not sent yet.
    queue: VecDeque<Bytes>,
    position: Duration,
    sent: usize,
    chunks: u32,
    ended: bool,
}

impl Events {
    pub(super) fn new(request: SseRequest, caller: Caller, chunk_size: usize) -> Self {
        let SseRequest {
            utterance,
            format,
            wanted,
            context_id,
        } = request;
        let speech = utterance.speech(format.sample_rate, context_id.as_deref(), wanted);
        let encoder = Encoder::Raw(format.encoding);
        Self {
            sound: Sound::Speech(Box::new(Audio::new(speech, encoder, chunk_size))),
            untyped: None,
            context_id,
            caller,
            queue: VecDeque::new(),
            position: Duration::ZERO,
            sent: 0,
            chunks: 0,
            ended: false,
        }
    }

    /// Audio without words. With a sample rate the events have no `type`.
    pub(crate) fn of_clip(audio: Whole, caller: Caller, untyped: Option<u32>) -> Self {
        Self {
            sound: Sound::Clip(audio),
            untyped,
            context_id: None,
            caller,
            queue: VecDeque::new(),
            position: Duration::ZERO,
            sent: 0,
            chunks: 0,
            ended: false,
        }
    }

    fn event(&mut self) -> Bytes {
        if let Some(event) = self.queue.pop_front() {
            return event;
        }
        let Some(piece) = self.sound.next() else {
            self.ended = true;
            return self.frame("done", 200, &Nothing {});
        };
        self.position = piece.position;
        self.chunks += 1;
        let words = self.sound.take_words();
        if !words.is_empty() {
            let (words, start, end) = arrays(words);
            let words = Words {
                word_timestamps: WordArrays { words, start, end },
            };
            self.queue.push_back(self.frame("timestamps", 206, &words));
        }
        let phonemes = self.sound.take_phonemes();
        if !phonemes.is_empty() {
            let (phonemes, start, end) = arrays(phonemes);
            let phonemes = Phonemes {
                phoneme_timestamps: PhonemeArrays {
                    phonemes,
                    start,
                    end,
                },
            };
            self.queue
                .push_back(self.frame("phoneme_timestamps", 206, &phonemes));
        }
        let data = base64_simd::STANDARD.encode_to_string(&piece.bytes);
        // Like a time, but the same in every run.
        let step_time = 12.5 + f64::from(self.chunks % 16) * 1.375;
        let sample_rate = self.untyped;
        let chunk = Chunk {
            data,
            sample_rate,
            step_time,
        };
        self.frame("chunk", 206, &chunk)
    }

    fn frame(&self, name: &str, status_code: u16, payload: &impl Serialize) -> Bytes {
        let context_id = self.context_id.as_deref();
        let event = Event {
            r#type: Some(name).filter(|_| self.untyped.is_none()),
            status_code,
            done: name == "done",
            payload,
            context_id,
        };
        if self.untyped.is_some() {
            return Bytes::from(format!("data: {}\n\n", sse::json(&event)));
        }
        sse::frame(name, &event)
    }

    /// What is injected instead of, or before, the event that is next.
    fn faulty(&mut self) -> Faulty {
        let Some(fault) = &self.caller.fault else {
            return Faulty::No;
        };
        let last = self.ended;
        let due = |after: &usize| last || self.sent >= *after;
        match fault {
            Fault::EndWithoutDone { after_events } if due(after_events) => Faulty::End,
            Fault::ErrorEvent {
                after_events,
                status,
            } if due(after_events) => {
                let rejection = Rejection::injected(*status);
                let Caller {
                    version,
                    request_id,
                    ..
                } = &self.caller;
                Faulty::Last(rejection.event(*version, request_id, self.context_id.as_deref()))
            }
            Fault::GarbageEvent {
                after_events,
                garbage,
            } if due(after_events) => {
                let event = garbage_event(*garbage);
                self.caller.fault = None;
                Faulty::Before(event)
            }
            _ => Faulty::No,
        }
    }
}

/// What the chunks are cut from.
enum Sound {
    Speech(Box<Audio>),
    Clip(Whole),
}

impl Sound {
    fn next(&mut self) -> Option<Piece> {
        match self {
            Self::Speech(audio) => audio.next(),
            Self::Clip(audio) => audio.next(),
        }
    }

    fn take_words(&mut self) -> Vec<Timing> {
        match self {
            Self::Speech(audio) => audio.speech().take_words(),
            Self::Clip(_) => Vec::new(),
        }
    }

    fn take_phonemes(&mut self) -> Vec<Timing> {
        match self {
            Self::Speech(audio) => audio.speech().take_phonemes(),
            Self::Clip(_) => Vec::new(),
        }
    }
}

enum Faulty {
    No,
    End,
    Last(Bytes),
    Before(Bytes),
}

impl Source for Events {
    fn next(&mut self) -> Option<Piece> {
        if self.ended && self.queue.is_empty() {
            return None;
        }
        let event = self.event();
        let bytes = match self.faulty() {
            Faulty::No => event,
            Faulty::End => {
                self.end();
                return None;
            }
            Faulty::Last(error) => {
                self.end();
                error
            }
            Faulty::Before(garbage) => {
                self.queue.push_front(event);
                garbage
            }
        };
        self.sent += 1;
        Some(Piece {
            bytes,
            position: self.position,
        })
    }
}

impl Events {
    fn end(&mut self) {
        self.ended = true;
        self.queue.clear();
    }
}

fn garbage_event(garbage: Garbage) -> Bytes {
    Bytes::from_static(match garbage {
        Garbage::Json => b"event: chunk\ndata: {\"type\":\"chunk\",\"status_co\n\n",
        Garbage::Base64 => {
            b"event: chunk\ndata: {\"type\":\"chunk\",\"status_code\":206,\"done\":false,\
              \"data\":\"!not*base64!\",\"step_time\":1.5}\n\n"
        }
        Garbage::Utf8 => b"event: chunk\ndata: {\"type\":\"chunk\",\"data\":\"\xff\xfe\"}\n\n",
    })
}

/// What all events have in common. `context_id` is absent when the request named no context.
#[derive(Serialize)]
struct Event<'a, T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'a str>,
    status_code: u16,
    done: bool,
    #[serde(flatten)]
    payload: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct Chunk {
    data: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_rate: Option<u32>,
    step_time: f64,
}

#[derive(Serialize)]
struct Words {
    word_timestamps: WordArrays,
}

#[derive(Serialize)]
struct WordArrays {
    words: Vec<String>,
    start: Vec<f64>,
    end: Vec<f64>,
}

#[derive(Serialize)]
struct Phonemes {
    phoneme_timestamps: PhonemeArrays,
}

#[derive(Serialize)]
struct PhonemeArrays {
    phonemes: Vec<String>,
    start: Vec<f64>,
    end: Vec<f64>,
}

/// Timings as texts, starts and ends in seconds.
fn arrays(timings: Vec<Timing>) -> (Vec<String>, Vec<f64>, Vec<f64>) {
    let seconds = |micros| Duration::from_micros(micros).as_secs_f64();
    let start = timings.iter().map(|timing| seconds(timing.start)).collect();
    let end = timings.iter().map(|timing| seconds(timing.end)).collect();
    (
        timings.into_iter().map(|timing| timing.text).collect(),
        start,
        end,
    )
}
