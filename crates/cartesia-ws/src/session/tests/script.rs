//! A session whose clock is moved by hand, and whose effects are told in words.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use cartesia_core::{ReconnectPolicy, Secret, Timeouts};
use cartesia_types::tts::{
    BufferDelay, Buffering, ClientMessage, ContextSpec, Event, GenerationConfig, GenerationRequest,
    PhonemeTiming, WordTiming,
};
use cartesia_types::{ApiKey, ErrorKind, ModelId, RawFormat, VoiceId};
use serde_json::json;

use crate::CloseInfo;
use crate::Error;
use crate::protocol::Protocol as _;
use crate::session::{Command, Delivery, Effect, Key, Opening, Rules, Session};

/// 32 bytes a millisecond.
pub(super) const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;
pub(super) const KEY: &str = "sk_car_example";

pub(super) fn rules() -> Rules {
    Rules {
        keep_warm: false,
        timeouts: Timeouts::default(),
        reconnect: ReconnectPolicy::default(),
        replay: true,
        continue_expired: true,
        settle: Duration::from_millis(200),
    }
}

pub(super) fn spec(buffering: Buffering) -> ContextSpec {
    let voice = VoiceId::from("db6b0ed5-d5d3-463d-ae85-518a07d3c2b4");
    ContextSpec::new(ModelId::from("sonic-3.5"), &voice, FORMAT).with_buffering(buffering)
}

pub(super) fn opening(id: &str, spec: &ContextSpec) -> Opening {
    Opening::new(id.into(), spec.clone()).unwrap()
}

pub(super) fn secret() -> Secret {
    Secret::Key(ApiKey::new(KEY).unwrap())
}

pub(super) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) struct Script {
    pub(super) session: Session,
    start: Instant,
    now: Instant,
    /// The messages that were sent, as they were sent.
    pub(super) sent: Vec<String>,
    errors: HashMap<Key, Error>,
}

impl Script {
    pub(super) fn new() -> Self {
        Self::with(rules())
    }

    pub(super) fn with(rules: Rules) -> Self {
        Self::seeded(rules, 7)
    }

    pub(super) fn seeded(rules: Rules, seed: u64) -> Self {
        let start = Instant::now();
        Self {
            session: Session::new(rules, seed),
            start,
            now: start,
            sent: Vec::new(),
            errors: HashMap::new(),
        }
    }

    /// Connected, with nothing on it.
    pub(super) fn up() -> Self {
        Self::up_with(rules())
    }

    pub(super) fn up_with(rules: Rules) -> Self {
        let mut script = Self::with(rules);
        assert_eq!(script.command(Command::Warm), ["connect"]);
        assert_eq!(script.connected(), [""; 0]);
        script
    }

    /// Connected, with one context that speaks every input at once.
    pub(super) fn speaking(text: &str) -> Self {
        Self::speaking_with(rules(), text)
    }

    pub(super) fn speaking_with(rules: Rules, text: &str) -> Self {
        let mut script = Self::up_with(rules);
        script.open(1, "one");
        assert_eq!(script.push(1, text), [format!("say one {text:?}")]);
        script
    }

    fn step(&mut self, what: impl FnOnce(&mut Session, Instant, &mut Vec<Effect>)) -> Vec<String> {
        let mut effects = Vec::new();
        what(&mut self.session, self.now, &mut effects);
        if self.session.poll_timeout().is_some_and(|at| at <= self.now) {
            self.session.on_timeout(self.now, &mut effects);
        }
        assert!(
            self.session.poll_timeout().is_none_or(|at| at > self.now),
            "what is due is done"
        );
        effects.into_iter().map(|it| self.tell(it)).collect()
    }

    fn tell(&mut self, effect: Effect) -> String {
        match effect {
            Effect::Connect => "connect".to_owned(),
            Effect::Send(_, text) | Effect::Cancel(_, text) => {
                let observed = tell_message(&text);
                self.sent.push(text);
                observed
            }
            Effect::Ping => "ping".to_owned(),
            Effect::SendAudio(..) | Effect::Mark(_) => unreachable!("text alone is sent"),
            Effect::Retire => "retire".to_owned(),
            Effect::Close => "close".to_owned(),
            Effect::Abandon => "abandon".to_owned(),
            Effect::Deliver(key, event) => format!("{key}: {}", tell_event(&event)),
            Effect::Release(key) => format!("{key}: release"),
            Effect::End(key, None) => format!("{key}: end"),
            Effect::End(key, Some(error)) => {
                let observed = format!("{key}: {:?}", error.kind());
                let before = self.errors.insert(key, error);
                assert!(before.is_none(), "context {key} ended twice");
                observed
            }
        }
    }

    pub(super) fn command(&mut self, command: Command) -> Vec<String> {
        self.step(|session, now, out| session.on_command(now, command, out))
    }

    /// Opens a context that speaks every input at once.
    pub(super) fn open(&mut self, key: Key, id: &str) {
        self.open_as(key, id, Buffering::Verbatim);
    }

    /// Opens a context for which the service gathers for 3 s.
    pub(super) fn open_managed(&mut self, key: Key, id: &str) {
        let delay = BufferDelay::try_new(seconds(3)).unwrap();
        self.open_as(key, id, Buffering::Managed(delay));
    }

    pub(super) fn open_as(&mut self, key: Key, id: &str, buffering: Buffering) {
        let opening = opening(id, &spec(buffering));
        assert_eq!(self.command(Command::Open(key, Box::new(opening))), [""; 0]);
    }

    pub(super) fn push(&mut self, key: Key, text: &str) -> Vec<String> {
        self.command(Command::Text(key, text.to_owned(), None))
    }

    pub(super) fn push_with(
        &mut self,
        key: Key,
        text: &str,
        config: &GenerationConfig,
    ) -> Vec<String> {
        let delivery = Delivery::new(config).unwrap();
        self.command(Command::Text(key, text.to_owned(), Some(delivery)))
    }

    pub(super) fn last(&mut self, key: Key, text: &str) -> Vec<String> {
        self.command(Command::Last(key, text.to_owned()))
    }

    pub(super) fn flush(&mut self, key: Key) -> Vec<String> {
        self.command(Command::Flush(key))
    }

    pub(super) fn finish(&mut self, key: Key) -> Vec<String> {
        self.command(Command::Finish(key))
    }

    pub(super) fn cancel(&mut self, key: Key) -> Vec<String> {
        self.command(Command::Cancel(key))
    }

    pub(super) fn connected(&mut self) -> Vec<String> {
        self.step(|session, now, out| {
            session.on_connected(now, Some("req-1".to_owned()), secret(), out);
        })
    }

    pub(super) fn refused(&mut self, error: &Error) -> Vec<String> {
        self.step(|session, now, out| session.on_connect_failed(now, error, out))
    }

    /// The connection breaks.
    pub(super) fn broken(&mut self) -> Vec<String> {
        self.step(|session, now, out| {
            session.on_closed(now, CloseInfo::without_frame(), None, out);
        })
    }

    /// The peer sends a frame that is none.
    pub(super) fn broken_protocol(&mut self) -> Vec<String> {
        let why = Some((ErrorKind::Protocol, "a reserved bit is set".to_owned()));
        self.step(|session, now, out| {
            session.on_closed(now, CloseInfo::without_frame(), why, out);
        })
    }

    pub(super) fn closed(&mut self, code: u16, reason: &str) -> Vec<String> {
        let close = CloseInfo::frame(code, reason);
        self.step(|session, now, out| session.on_closed(now, close, None, out))
    }

    pub(super) fn receive(&mut self, message: &serde_json::Value) -> Vec<String> {
        self.receive_text(&message.to_string())
    }

    pub(super) fn receive_text(&mut self, message: &str) -> Vec<String> {
        self.step(|session, now, out| session.on_text(now, message, out))
    }

    /// A chunk with so many milliseconds of audio.
    pub(super) fn audio(&mut self, id: &str, millis: usize) -> Vec<String> {
        // 3 bytes are 4 letters: 32 bytes a millisecond, so steps of 3 ms come out even.
        assert_eq!(millis % 3, 0);
        let data = "AAAA".repeat(millis * 32 / 3);
        self.receive(
            &json!({"type": "chunk", "context_id": id, "status_code": 206, "done": false,
            "data": data, "step_time": 12.5, "flush_id": 1}),
        )
    }

    pub(super) fn words(&mut self, id: &str, words: &[(&str, f64)]) -> Vec<String> {
        let starts: Vec<_> = words.iter().map(|(_, start)| start).collect();
        // A tenth of a second each.
        let ends: Vec<_> = words.iter().map(|(_, start)| start + 0.1).collect();
        let names: Vec<_> = words.iter().map(|(word, _)| word).collect();
        self.receive(
            &json!({"type": "timestamps", "context_id": id, "status_code": 206,
            "done": false, "word_timestamps": {"words": names, "start": starts, "end": ends}}),
        )
    }

    pub(super) fn done(&mut self, id: &str) -> Vec<String> {
        self.receive(&json!({"type": "done", "context_id": id, "status_code": 206, "done": true}))
    }

    pub(super) fn error(&mut self, id: &str, status: u16) -> Vec<String> {
        self.receive(
            &json!({"type": "error", "context_id": id, "status_code": status, "done": true,
            "title": "No", "message": "not now", "error_code": "concurrency_limited"}),
        )
    }

    /// Lets time pass, and does what is due on the way when it is due.
    pub(super) fn advance(&mut self, by: Duration) -> Vec<String> {
        let until = self.now + by;
        let mut observed = Vec::new();
        while let Some(at) = self.session.poll_timeout().filter(|at| *at <= until) {
            self.now = at;
            observed.extend(self.step(Session::on_timeout));
        }
        self.now = until;
        observed
    }

    /// Lets time pass without a look at the clock, as on a machine that slept.
    pub(super) fn sleep(&mut self, by: Duration) -> Vec<String> {
        self.now += by;
        self.step(Session::on_timeout)
    }

    pub(super) fn alive(&mut self) {
        let now = self.now;
        self.session.link_mut().on_sign_of_life(now);
    }

    pub(super) fn pause(&mut self, paused: bool) {
        let now = self.now;
        self.session.set_paused(now, paused);
    }

    pub(super) fn overflow(&mut self, key: Key) -> Vec<String> {
        self.step(|session, now, out| session.on_overflow(now, key, out))
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// When the clock is looked at next, from now on.
    pub(super) fn next(&self) -> Option<Duration> {
        Some(self.session.poll_timeout()? - self.now)
    }

    /// How a context failed.
    pub(super) fn failure(&self, key: Key) -> &Error {
        &self.errors[&key]
    }

    /// The identifier of the message that was sent last.
    pub(super) fn last_id(&self) -> String {
        match serde_json::from_str(self.sent.last().unwrap()).unwrap() {
            ClientMessage::Cancel(cancel) => cancel.context_id.to_string(),
            ClientMessage::Generation(request) => request.context.context_id.unwrap().to_string(),
            _ => unreachable!(),
        }
    }

    /// The other identifier under which a context of this name was begun last.
    pub(super) fn other_id(&self, id: &str) -> String {
        let other = self.last_id();
        assert!(other.starts_with(&format!("{id}~")), "{other}");
        other
    }
}

/// Names of other lives are told as `one~`: what follows is random.
fn tell_id(id: &str) -> &str {
    id.find('~').map_or(id, |at| &id[..=at])
}

fn tell_message(text: &str) -> String {
    let request: GenerationRequest = match serde_json::from_str(text).unwrap() {
        ClientMessage::Cancel(cancel) => {
            return format!("cancel {}", tell_id(cancel.context_id.as_str()));
        }
        ClientMessage::Generation(request) => *request,
        _ => unreachable!(),
    };
    let id = request.context.context_id.unwrap();
    let id = tell_id(id.as_str());
    let text = request.transcript;
    let config = request.context.generation_config;
    let delivery = config.map_or(String::new(), |config| {
        format!(" {}", serde_json::to_string(&config).unwrap())
    });
    match (request.flush, request.more_follows) {
        (Some(true), Some(true)) => {
            assert_eq!(text, "", "a flush has no text");
            format!("flush {id}{delivery}")
        }
        (None, Some(true)) => format!("say {id} {text:?}{delivery}"),
        (None, Some(false)) => format!("say {id} {text:?}{delivery} end"),
        other => panic!("{other:?}"),
    }
}

fn tell_event(event: &Event) -> String {
    match event {
        Event::Chunk(chunk) => {
            assert!(!chunk.done);
            format!("audio {}", chunk.data.len())
        }
        Event::Timestamps(event) => {
            event
                .words
                .iter()
                .fold("words".to_owned(), |observed, word| {
                    let WordTiming { word, start, .. } = word;
                    format!("{observed} {word}@{}", start.as_millis())
                })
        }
        Event::PhonemeTimestamps(event) => {
            let observed = "phonemes".to_owned();
            event.phonemes.iter().fold(observed, |observed, phoneme| {
                let PhonemeTiming {
                    phoneme,
                    start,
                    end,
                    ..
                } = phoneme;
                format!(
                    "{observed} {phoneme}@{}-{}",
                    start.as_millis(),
                    end.as_millis()
                )
            })
        }
        Event::FlushDone(event) => format!("flushed {:?}", event.flush_id),
        other => other.kind().to_owned(),
    }
}

/// The service was not reached.
pub(super) fn unreachable_service() -> Error {
    Error::new(ErrorKind::Connect, "tts.connect", "nobody answers")
}
