//! The events of a stream, in their order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde::Serialize;
use serde_json::Value;

use super::audio::{Audio, Whole};
use super::request::SseRequest;
use crate::fault::{Messages, Outgoing, Then, damage};
use crate::middleware::Caller;
use crate::pace::{Ending, Piece, Source};
use crate::rejection::Rejection;
use crate::socket::ErrorShape;
use crate::sse;
use crate::state::State;
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
    queue: VecDeque<Event>,
    /// Ready to be sent.
    frames: VecDeque<Bytes>,
    position: Duration,
    chunks: u32,
    ended: bool,
    ending: Ending,
    messages: Messages,
    state: Arc<State>,
}

impl Events {
    pub(super) fn new(request: SseRequest, state: Arc<State>, caller: Caller) -> Self {
        let SseRequest {
            utterance,
            format,
            wanted,
            context_id,
        } = request;
        let speech = utterance.speech(format.sample_rate, context_id.as_deref(), wanted);
        let encoder = Encoder::Raw(format.encoding);
        let audio = Audio::new(speech, encoder, state.settings.chunk_size);
        Self {
            context_id,
            ..Self::of(Sound::Speech(Box::new(audio)), state, caller)
        }
    }

    /// Audio without words. With a sample rate the events have no `type`.
    pub(crate) fn of_clip(
        audio: Whole,
        state: Arc<State>,
        caller: Caller,
        untyped: Option<u32>,
    ) -> Self {
        Self {
            untyped,
            ..Self::of(Sound::Clip(audio), state, caller)
        }
    }

    fn of(sound: Sound, state: Arc<State>, mut caller: Caller) -> Self {
        Self {
            sound,
            untyped: None,
            context_id: None,
            messages: Messages::new(caller.fault.take()),
            caller,
            queue: VecDeque::new(),
            frames: VecDeque::new(),
            position: Duration::ZERO,
            chunks: 0,
            ended: false,
            ending: Ending::Whole,
            state,
        }
    }

    fn event(&mut self) -> Event {
        if let Some(event) = self.queue.pop_front() {
            return event;
        }
        let Some(piece) = self.sound.next() else {
            self.ended = true;
            return self.event_of("done", 200, &Nothing {});
        };
        self.position = piece.position;
        self.chunks += 1;
        let words = self.sound.take_words();
        if !words.is_empty() {
            let (words, start, end) = arrays(words);
            let words = Words {
                word_timestamps: WordArrays { words, start, end },
            };
            self.queue
                .push_back(self.event_of("timestamps", 206, &words));
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
                .push_back(self.event_of("phoneme_timestamps", 206, &phonemes));
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
        self.event_of("chunk", 206, &chunk)
    }

    fn event_of(&self, name: &'static str, status_code: u16, payload: &impl Serialize) -> Event {
        let context_id = self.context_id.as_deref();
        let named = Some(name).filter(|_| self.untyped.is_none());
        let data = Data {
            r#type: named,
            status_code,
            done: name == "done",
            payload,
            context_id,
        };
        Event {
            name: named,
            r#type: None,
            json: sse::json(&data),
        }
    }

    /// Takes the next event as the faults of the request and the script have it.
    fn damaged(&mut self, event: Event) {
        let hit = self
            .messages
            .next(&self.state, 0, &self.caller.path, &event.json);
        if hit.silenced {
            return;
        }
        if hit.actions.is_empty() {
            self.frames.push_back(event.frame());
            return;
        }
        let Caller {
            version,
            request_id,
            ..
        } = &self.caller;
        let id = self.context_id.as_deref();
        let damaged = damage(hit.actions, event.json, id, |failure, id| {
            let (status, code, shape) = failure;
            let structured = match shape {
                Some(shape) => shape == ErrorShape::Structured,
                None => *version >= ApiVersion::V2025_11_04,
            };
            Rejection::scripted(status, code).message(structured, request_id, id)
        });
        for outgoing in damaged.outgoing {
            let frame = match outgoing {
                Outgoing::Text(json) => Event::of(event.name, json).frame(),
                Outgoing::NotUtf8(json) => {
                    [b"event: chunk\ndata: ", &*json, b"\n\n"].concat().into()
                }
                Outgoing::Binary(bytes) => vec![0; bytes].into(),
            };
            self.frames.push_back(frame);
        }
        self.ending = match damaged.then {
            Then::GoOn => return,
            Then::End | Then::Close(..) => Ending::Whole,
            Then::HangUp | Then::Reset => Ending::Cut(self.caller.breaker.clone()),
            Then::Silence | Then::Stall => Ending::Stall,
            Then::KeepAlive(every) => {
                Ending::Repeat(Bytes::from_static(b": keep-alive\n\n"), every)
            }
        };
        self.ended = true;
        self.queue.clear();
    }
}

/// One event.
struct Event {
    /// The name beside the data; `None` in the dialect that has none.
    name: Option<&'static str>,
    /// The name, where the data has another `type`.
    r#type: Option<String>,
    json: String,
}

impl Event {
    /// An event whose data was changed: its name follows the `type` in it.
    fn of(name: Option<&'static str>, json: String) -> Self {
        let data: Value = serde_json::from_str(&json).unwrap_or_default();
        let r#type = data["type"].as_str().filter(|_| name.is_some());
        let r#type = r#type.map(str::to_owned);
        Self { name, r#type, json }
    }

    fn frame(&self) -> Bytes {
        let json = &self.json;
        match self.r#type.as_deref().or(self.name) {
            Some(name) => format!("event: {name}\ndata: {json}\n\n").into(),
            None => format!("data: {json}\n\n").into(),
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

impl Source for Events {
    fn next(&mut self) -> Option<Piece> {
        while self.frames.is_empty() {
            if self.ended && self.queue.is_empty() {
                return None;
            }
            let event = self.event();
            self.damaged(event);
        }
        let bytes = self.frames.pop_front()?;
        Some(Piece {
            bytes,
            position: self.position,
        })
    }

    fn ending(&self) -> Ending {
        self.ending.clone()
    }
}

/// The common fields of all events. `context_id` is absent when the request named no context.
#[derive(Serialize)]
struct Data<'a, T> {
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
