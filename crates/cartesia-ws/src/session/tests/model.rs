//! A service that keeps to what is documented, and is otherwise as unhelpful as it may be.
//!
//! Its speech is the text itself: one byte of audio for each byte of text. So whatever is lost, said
//! twice or heard by somebody else is seen in what arrives.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use cartesia_types::tts::{Chunk, ClientMessage, Event, GenerationRequest};
use serde_json::json;

const LIFETIME: Duration = Duration::from_secs(1);
/// The volume of text in capitals.
pub(super) const LOUD: f64 = 2.0;
/// For how long it remembers a context that has ended.
const MEMORY: Duration = Duration::from_secs(200);
/// Bytes of one chunk.
const CHUNK: usize = 5;
/// Bytes for which the service does not wait any longer.
const ENOUGH: usize = 24;

/// What it does with input for a context that it has ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum AfterEnd {
    Ignore,
    Refuse,
    /// Speaks it, as a context of the same name.
    BeginAgain,
}

#[derive(Debug, Clone)]
pub(super) struct ServerBehavior {
    pub(super) after_end: AfterEnd,
    /// How long a chunk takes to make.
    pub(super) pace: Duration,
    pub(super) done_after_cancel: bool,
    pub(super) quiet_flushes: bool,
    pub(super) chunk_may_be_last: bool,
}

#[derive(Debug, Default)]
struct Life {
    settings: Option<serde_json::Value>,
    /// Text that is being spoken, in order.
    ready: VecDeque<u8>,
    /// Text that is gathered, and until when.
    held: Vec<u8>,
    held_until: Option<Instant>,
    /// When the next chunk is made.
    next: Option<Instant>,
    last_audio: Option<Instant>,
    ended: bool,
    cancelled: bool,
    /// It never says anything again.
    stalled: bool,
}

/// One connection's end at the service.
#[derive(Debug)]
pub(super) struct Server {
    behavior: ServerBehavior,
    lives: BTreeMap<String, Life>,
    /// Contexts that have ended, and when.
    over: BTreeMap<String, Instant>,
    now: Instant,
    /// Contexts that it will turn away.
    pub(super) full: u32,
    pub(super) outbox: Vec<String>,
}

impl Server {
    pub(super) fn new(now: Instant, behavior: ServerBehavior) -> Self {
        Self {
            behavior,
            lives: BTreeMap::new(),
            over: BTreeMap::new(),
            now,
            full: 0,
            outbox: Vec::new(),
        }
    }

    fn say(&mut self, message: &serde_json::Value) {
        self.outbox.push(message.to_string());
    }

    fn end(&mut self, id: &str) {
        self.lives.remove(id);
        self.over.insert(id.to_owned(), self.now);
    }

    fn done(&mut self, id: &str) {
        self.end(id);
        self.say(&json!({"type": "done", "context_id": id, "done": true, "status_code": 206}));
    }

    fn refuse(&mut self, id: &str, status: u16) {
        self.end(id);
        self.say(
            &json!({"type": "error", "context_id": id, "done": true, "status_code": status,
            "message": "no"}),
        );
    }

    /// A message arrives.
    pub(super) fn take(&mut self, now: Instant, message: &str) {
        self.tick(now);
        match serde_json::from_str(message).unwrap() {
            ClientMessage::Cancel(cancel) => self.cancel(cancel.context_id.as_str()),
            ClientMessage::Generation(request) => self.input(now, &request),
            other => panic!("{other:?}"),
        }
    }

    fn cancel(&mut self, id: &str) {
        let Some(life) = self.lives.get_mut(id) else {
            assert!(self.over.contains_key(id), "a cancel of what never was");
            return;
        };
        life.cancelled = true;
        life.held.clear();
        life.held_until = None;
        // What has begun goes on to its end.
        life.ready.truncate(2 * CHUNK);
        if life.ready.is_empty() {
            let say = self.behavior.done_after_cancel;
            self.end(id);
            if say {
                self.done(id);
            }
        }
    }

    fn input(&mut self, now: Instant, request: &GenerationRequest) {
        let id = request.context.context_id.clone().unwrap().to_string();
        let begins_again = matches!(self.behavior.after_end, AfterEnd::BeginAgain);
        let ignored = !begins_again || request.transcript.is_empty();
        if self.over.contains_key(&id) && ignored {
            if matches!(self.behavior.after_end, AfterEnd::Refuse) {
                self.refuse(&id, 400);
            }
            return;
        }
        let text = request.transcript.as_bytes();
        let is_new = !self.lives.contains_key(&id);
        if is_new && !self.over.contains_key(&id) {
            let speakable = text.iter().any(u8::is_ascii_alphanumeric);
            assert!(speakable, "a context begins with nothing to say");
            if self.full > 0 {
                self.full -= 1;
                return self.refuse(&id, 429);
            }
        }
        let life = self.lives.entry(id.clone()).or_default();
        assert!(!life.ended, "input after the end of the text");
        assert!(!life.cancelled, "input after a cancel");
        let flush = request.flush == Some(true);
        assert!(!flush || text.is_empty(), "a flush with text");
        let mut context = request.context.clone();
        let delivery = context.generation_config.take();
        let loud = delivery.and_then(|it| it.volume) == Some(LOUD);
        let other = if loud {
            u8::is_ascii_lowercase
        } else {
            u8::is_ascii_uppercase
        };
        assert!(
            !text.iter().any(other),
            "loud is {loud} for {:?}",
            request.transcript
        );
        let settings = serde_json::to_value(&context).unwrap();
        let first = life.settings.get_or_insert_with(|| settings.clone());
        assert_eq!(*first, settings, "other settings");
        life.held.extend_from_slice(text);
        life.ended = request.more_follows == Some(false);
        let delay = request.context.buffering.delay();
        if delay.is_zero() || life.ended || flush || life.held.len() >= ENOUGH {
            life.release(now, self.behavior.pace);
        } else if !life.held.is_empty() {
            life.held_until.get_or_insert(now + delay);
        }
        let nothing_left = life.ready.is_empty() && life.ended;
        if (flush || delay.is_zero()) && !self.behavior.quiet_flushes {
            self.say(&json!({"type": "flush_done", "context_id": id, "flush_id": null}));
        }
        if nothing_left {
            self.done(&id);
        }
    }

    /// When something happens by itself.
    pub(super) fn next(&self) -> Option<Instant> {
        self.lives.values().filter_map(Life::due).min()
    }

    fn tick(&mut self, now: Instant) {
        self.now = now;
        self.over.retain(|_, ended| now - *ended < MEMORY);
    }

    pub(super) fn work(&mut self, now: Instant) {
        self.tick(now);
        let due: Vec<_> = self
            .lives
            .iter()
            .filter(|(_, life)| life.due().is_some_and(|at| at <= now))
            .map(|(id, _)| id.clone())
            .collect();
        for id in due {
            let pace = self.behavior.pace;
            let Some(life) = self.lives.get_mut(&id) else {
                continue;
            };
            if life.held_until.is_some_and(|at| at <= now) {
                life.release(now, pace);
            }
            if life.next.is_some_and(|at| at <= now) {
                let length = life.ready.len().min(CHUNK);
                let audio: Vec<u8> = life.ready.drain(..length).collect();
                life.last_audio = Some(now);
                let more = !life.ready.is_empty();
                life.next = more.then(|| now + pace);
                let through = !more && (life.ended || life.cancelled);
                let mut chunk = Chunk::new(audio);
                chunk.context_id = Some(id.as_str().into());
                chunk.done = through && !life.cancelled && self.behavior.chunk_may_be_last;
                let said = chunk.done;
                self.outbox
                    .push(serde_json::to_string(&Event::Chunk(chunk)).unwrap());
                if through {
                    let life = self.lives.get(&id);
                    let silent =
                        life.is_some_and(|life| life.cancelled) && !self.behavior.done_after_cancel;
                    if said || silent {
                        self.end(&id);
                    } else {
                        self.done(&id);
                    }
                }
            } else if life.expires().is_some_and(|at| at <= now) {
                self.done(&id);
            }
        }
    }

    fn pick(&self, which: usize) -> Option<String> {
        let ids: Vec<_> = self.lives.keys().collect();
        ids.get(which % ids.len().max(1)).map(|id| (*id).clone())
    }

    pub(super) fn fail(&mut self, which: usize, status: u16) {
        if let Some(id) = self.pick(which) {
            self.refuse(&id, status);
        }
    }

    pub(super) fn stall(&mut self, which: usize) {
        if let Some(life) = self.pick(which).and_then(|id| self.lives.get_mut(&id)) {
            life.stalled = true;
        }
    }

    pub(super) fn chatter(&mut self, which: usize) {
        if let Some(id) = self.pick(which) {
            self.say(&json!({"type": "gossip", "context_id": id, "about": null}));
        }
    }

    /// Audio for every context that has ended.
    pub(super) fn haunt(&mut self) {
        for id in self.over.clone().into_keys() {
            self.say(&json!({"type": "chunk", "context_id": id, "data": "AAAA", "done": false}));
            self.say(&json!({"type": "done", "context_id": id, "done": true}));
        }
    }

    pub(super) fn complain(&mut self) {
        self.say(&json!({"type": "error", "done": true, "status_code": 500, "message": "ouch"}));
    }
}

impl Life {
    fn release(&mut self, now: Instant, pace: Duration) {
        self.ready.extend(self.held.drain(..));
        self.held_until = None;
        if !self.ready.is_empty() {
            self.next.get_or_insert(now + pace);
        }
    }

    /// A context ends a while after its last audio, unless it has something to do.
    fn expires(&self) -> Option<Instant> {
        let waits = self.ready.is_empty() && self.held.is_empty();
        self.last_audio.filter(|_| waits).map(|at| at + LIFETIME)
    }

    fn due(&self) -> Option<Instant> {
        if self.stalled {
            return None;
        }
        [self.next, self.held_until, self.expires()]
            .into_iter()
            .flatten()
            .min()
    }
}
