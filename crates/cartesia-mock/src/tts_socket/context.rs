//! A context: inputs come in, audio goes out, in the order of the inputs, on one timeline.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use cartesia_types::{RawFormat, pcm};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::buffering::Buffer;
use super::messages::{Message, PARTIAL};
use super::request::Input;
use crate::clock;
use crate::pace::Pace;
use crate::stats::Seat;
use crate::synthesis::{Delivery, Speech};

/// Samples that are made at once.
const BLOCK: usize = 1_024;

/// The shared state of all contexts of a connection.
#[derive(Debug, Clone)]
pub(super) struct Manner {
    pub(super) pace: Pace,
    /// The wait before the first audio of a context.
    pub(super) latency: Duration,
    /// Bytes of audio in a chunk; the last of an input has less.
    pub(super) chunk_size: usize,
    /// The time that a context stays open after its last audio or input.
    pub(super) expiry: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// More inputs may come.
    Open,
    /// The last input came.
    Ending,
    /// Cancelled: the speech in progress is sent to its end, and nothing more.
    Cancelled,
}

#[derive(Debug)]
enum Work {
    Speak(String),
    /// Speaks what follows in another way.
    Deliver(Delivery),
    FlushDone,
}

/// The state of a context after a step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Alive,
    /// Ended: the last message was created.
    Over,
}

#[derive(Debug)]
pub(super) struct Context {
    id: Arc<str>,
    manner: Manner,
    /// One of the contexts that the plan allows.
    seat: Seat,
    settings: Map<String, Value>,
    speech: Speech,
    format: RawFormat,
    buffer: Buffer,
    work: VecDeque<Work>,
    /// Of the last input that had a `generation_config`.
    delivery: Option<Delivery>,
    /// Whether the speech has text to speak.
    speaking: bool,
    stage: Stage,
    /// Whether the end of each input is reported.
    immediate: bool,
    flush_id: u32,
    chunks: u32,
    /// Encoded, and not yet in a chunk.
    bytes: Vec<u8>,
    samples: Vec<f32>,
    /// When the next chunk may be sent.
    next_chunk: Instant,
    /// The last audio or input.
    quiet_since: Instant,
}

impl Context {
    /// A context whose first input is `input`, which is still to be given to [`receive`](Self::receive).
    pub(super) fn new(
        id: Arc<str>,
        input: &mut Input,
        seat: Seat,
        manner: Manner,
        now: Instant,
    ) -> Self {
        let (settings, format) = (
            std::mem::take(&mut input.settings),
            input.synthesis.format(),
        );
        let speech = input.synthesis.begin(input.context_id.as_deref());
        Self {
            id,
            next_chunk: clock::after(now, manner.latency),
            manner,
            seat,
            settings,
            speech,
            format,
            buffer: Buffer::new(input.delay),
            work: VecDeque::new(),
            delivery: input.synthesis.delivery(),
            speaking: false,
            stage: Stage::Open,
            immediate: input.immediate,
            flush_id: 1,
            chunks: 0,
            bytes: Vec::new(),
            samples: Vec::with_capacity(BLOCK),
            quiet_since: now,
        }
    }

    pub(super) fn id(&self) -> &Arc<str> {
        &self.id
    }

    pub(super) fn chunks(&self) -> u32 {
        self.chunks
    }

    pub(super) fn flush_id(&self) -> u32 {
        self.flush_id
    }

    /// Counts an unrequested flush.
    pub(super) fn next_flush(&mut self) -> u32 {
        self.flush_id += 1;
        self.flush_id - 1
    }

    pub(super) fn set_chunk_size(&mut self, bytes: usize) {
        self.manner.chunk_size = bytes.max(1);
    }

    pub(super) fn settings(&self) -> &Map<String, Value> {
        &self.settings
    }

    /// Whether inputs are still taken.
    pub(super) fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Takes an input that fits the settings, or is empty. Text that was buffered under another
    /// `generation_config` is spoken first; without one, the last one stays.
    pub(super) fn receive(&mut self, input: &Input, now: Instant) {
        self.quiet_since = now;
        if let Some(delivery) = input.synthesis.delivery()
            && self.delivery.replace(delivery) != Some(delivery)
        {
            let before = self.buffer.take_all();
            self.say(before);
            self.work.push_back(Work::Deliver(delivery));
        }
        if !input.transcript.is_empty() {
            let ready = self.buffer.push(&input.transcript, now);
            self.say(ready);
            if self.immediate {
                self.work.push_back(Work::FlushDone);
            }
        }
        if input.flush || !input.more {
            let rest = self.buffer.take_all();
            self.say(rest);
        }
        if input.flush {
            self.work.push_back(Work::FlushDone);
        }
        if !input.more {
            self.stage = Stage::Ending;
        }
    }

    /// Puts text in the queue. What waits there together is generated in one go.
    fn say(&mut self, text: Option<String>) {
        match (self.work.back_mut(), text) {
            (_, None) => {}
            (Some(Work::Speak(before)), Some(text)) => before.push_str(&text),
            (_, Some(text)) => self.work.push_back(Work::Speak(text)),
        }
    }

    /// Drops text that is not being spoken yet.
    pub(super) fn cancel(&mut self) {
        self.work.clear();
        self.buffer.take_all();
        self.stage = Stage::Cancelled;
    }

    /// When there is something to do next.
    pub(super) fn due(&self) -> Instant {
        let next = self
            .work
            .iter()
            .find(|work| !matches!(work, Work::Deliver(_)));
        if self.speaking || matches!(next, Some(Work::Speak(_))) {
            return self.next_chunk;
        }
        if !self.work.is_empty() || self.stage != Stage::Open {
            // As soon as possible.
            return self.quiet_since;
        }
        self.buffer.due().unwrap_or_else(|| self.expires())
    }

    /// Does what is due, and adds the messages that come of it: not more than one chunk with the words
    /// in it.
    pub(super) fn step(&mut self, now: Instant, out: &mut Vec<Message>) -> Outcome {
        if self.buffer.due().is_some_and(|due| due <= now) {
            let waited = self.buffer.take_all();
            self.say(waited);
        }
        loop {
            if self.speaking {
                self.speak(now, out);
                if out.is_empty() {
                    continue;
                }
                return Outcome::Alive;
            }
            match self.work.pop_front() {
                Some(Work::Speak(text)) => {
                    self.seat.bill(&text);
                    self.speech.extend(&text);
                    self.speaking = true;
                    // Time in which there was nothing to say is not caught up with.
                    self.next_chunk = self.next_chunk.max(now);
                }
                Some(Work::Deliver(delivery)) => self.speech.set_delivery(delivery),
                Some(Work::FlushDone) => {
                    out.push(Message::FlushDone(self.flush_id));
                    self.flush_id += 1;
                    return Outcome::Alive;
                }
                None if self.stage != Stage::Open || self.is_expired(now) => {
                    out.push(Message::Done { status: PARTIAL });
                    return Outcome::Over;
                }
                None => return Outcome::Alive,
            }
        }
    }

    fn expires(&self) -> Instant {
        clock::after(self.quiet_since, self.manner.expiry)
    }

    fn is_expired(&self, now: Instant) -> bool {
        self.buffer.due().is_none() && self.expires() <= now
    }

    /// One chunk and the words and phonemes that start in it; nothing when all was said.
    fn speak(&mut self, now: Instant, out: &mut Vec<Message>) {
        let size = self.manner.chunk_size;
        while self.bytes.len() < size {
            self.samples.clear();
            self.speech.render(BLOCK, &mut self.samples);
            pcm::encode_f32(self.format.encoding, &self.samples, &mut self.bytes);
            if self.samples.len() < BLOCK {
                // The chunks of the next input start over.
                self.speaking = self.bytes.len() > size;
                break;
            }
        }
        if self.bytes.is_empty() {
            return;
        }
        let rest = self.bytes.split_off(self.bytes.len().min(size));
        let audio = std::mem::replace(&mut self.bytes, rest);
        let played = self.format.duration_of_bytes(audio.len() as u64);
        self.next_chunk = clock::after(self.next_chunk, self.manner.pace.delay(played));
        self.quiet_since = now;
        self.chunks += 1;
        let flush_id = self.flush_id;
        out.push(Message::Chunk {
            audio,
            // Like a time, but the same in every run.
            step_time: 12.5 + f64::from(self.chunks % 16) * 1.375,
            flush_id,
            done: false,
        });
        let (words, phonemes) = (self.speech.take_words(), self.speech.take_phonemes());
        if !words.is_empty() {
            out.push(Message::Words(words, flush_id));
        }
        if !phonemes.is_empty() {
            out.push(Message::Phonemes(phonemes, flush_id));
        }
    }
}
