//! Internals for the fuzz targets of this repository. Not part of the API: nothing here is stable.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cartesia_core::{ReconnectPolicy, Secret, Timeouts};
use cartesia_types::tts::{ClientMessage, ContextSpec, Event, GenerationConfig};
use cartesia_types::{ApiKey, ErrorKind, ModelId, RawFormat, VoiceId};

use crate::protocol::Protocol as _;
use crate::session::{Command, Delivery, Effect, Key, Opening, Rules, Session};
use crate::text::{Gathering, TextFeeder};
use crate::{CloseInfo, Error};

/// Returns the inputs that tokens become; an empty token is a pause.
pub fn feed(gathering: u8, tokens: &[&str]) -> Vec<String> {
    let mut feeder = TextFeeder::new(gathering_of(gathering));
    let mut inputs = Vec::new();
    for token in tokens {
        if token.is_empty() {
            feeder.settle(&mut inputs);
        } else {
            feeder.push(token, &mut inputs);
        }
    }
    inputs.extend(feeder.take());
    inputs
}

fn gathering_of(byte: u8) -> Gathering {
    match byte % 3 {
        0 => Gathering::Words,
        1 => Gathering::Sentences,
        _ => Gathering::Verbatim,
    }
}

/// Drives a session through what the bytes say, which is anything: callers, network and service may do all of it in
/// any order. Panics when an effect makes no sense, or a context never ends.
pub fn session(data: &[u8]) {
    let Some(mut run) = Run::new() else {
        return;
    };
    let mut data = data;
    while let Some((&step, rest)) = data.split_first() {
        data = rest;
        run.step(step, &mut data);
    }
    run.end();
}

/// What is known of a context.
#[derive(Debug, Default)]
struct Known {
    delivered: u64,
    done: bool,
    ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connection {
    Down,
    Asked,
    Up,
    Closing,
}

struct Run {
    session: Session,
    now: Instant,
    connection: Connection,
    contexts: BTreeMap<Key, Known>,
    /// Identifiers that the service was sent, the newest last.
    wires: Vec<String>,
    key: ApiKey,
    /// Of every context.
    spec: ContextSpec,
}

impl Run {
    fn new() -> Option<Self> {
        let rules = Rules {
            keep_warm: false,
            timeouts: Timeouts::default(),
            reconnect: ReconnectPolicy::default(),
            replay: true,
            continue_expired: true,
            settle: Duration::from_millis(200),
        };
        let format = RawFormat::PCM_S16LE_16000;
        let spec = ContextSpec::new(ModelId::SONIC_LATEST, VoiceId::from("voice"), format);
        Some(Self {
            session: Session::new(rules, 7),
            now: Instant::now(),
            connection: Connection::Down,
            contexts: BTreeMap::new(),
            wires: Vec::new(),
            key: ApiKey::new("sk_car_fuzzing").ok()?,
            spec,
        })
    }

    fn step(&mut self, step: u8, data: &mut &[u8]) {
        match step % 16 {
            0 => self.open(byte(data)),
            1 | 2 => {
                let (key, text) = (self.some_key(data), text(data));
                self.command(if step % 16 == 1 {
                    Command::Text(key, text, delivery(step / 16))
                } else {
                    Command::Last(key, text)
                });
            }
            3 => {
                let key = self.some_key(data);
                self.command(Command::Flush(key));
            }
            4 => {
                let key = self.some_key(data);
                self.command(Command::Finish(key));
            }
            5 => {
                let key = self.some_key(data);
                self.command(Command::Cancel(key));
            }
            6 => self.command(match byte(data) {
                0 => Command::Close,
                1..=8 => Command::Drain,
                _ => Command::Warm,
            }),
            7 => self.connected(byte(data)),
            8 => self.lost(byte(data)),
            9..=12 => {
                let message = self.message(data);
                self.received(&message);
            }
            13 => self.received(&text(data)),
            14 => {
                let now = self.now;
                if self.connection == Connection::Up {
                    let data = text(data);
                    self.happens(|session, out| session.on_binary(now, data.as_bytes(), out));
                } else {
                    let (now, key) = (self.now, self.some_key(data));
                    if self.lives(key) {
                        self.happens(|session, out| session.on_overflow(now, key, out));
                    }
                }
            }
            _ => {
                let time = u64::from(byte(data)).pow(2);
                self.pass(Duration::from_millis(time));
            }
        }
    }

    fn open(&mut self, argument: u8) {
        let key = self.contexts.len() as Key;
        if key >= 64 {
            return;
        }
        self.contexts.insert(key, Known::default());
        // Few names, so that some are taken.
        let id = format!("context-{}", argument % 8);
        let Ok(mut opening) = Opening::new(id.as_str().into(), self.spec.clone()) else {
            return;
        };
        opening.delay = Duration::from_millis(u64::from(argument) * 10);
        opening.gathering = gathering_of(argument);
        self.command(Command::Open(key, Box::new(opening)));
    }

    fn some_key(&self, data: &mut &[u8]) -> Key {
        Key::from(byte(data)) % (self.contexts.len() as Key + 1)
    }

    fn lives(&self, key: Key) -> bool {
        self.contexts.get(&key).is_some_and(|known| !known.ended)
    }

    fn command(&mut self, command: Command) {
        let now = self.now;
        self.happens(|session, out| session.on_command(now, command, out));
    }

    fn connected(&mut self, argument: u8) {
        if self.connection != Connection::Asked {
            return;
        }
        let now = self.now;
        if argument.is_multiple_of(4) {
            self.connection = Connection::Down;
            let kind = if argument == 0 {
                ErrorKind::Auth
            } else {
                ErrorKind::Connect
            };
            let error = Error::new(kind, "tts.connect", "refused");
            self.happens(|session, out| session.on_connect_failed(now, &error, out));
        } else {
            self.connection = Connection::Up;
            let secret = Secret::Key(self.key.clone());
            self.happens(|session, out| session.on_connected(now, None, secret, out));
        }
    }

    fn lost(&mut self, argument: u8) {
        if !matches!(self.connection, Connection::Up | Connection::Closing) {
            return;
        }
        self.connection = Connection::Down;
        let close = match argument {
            0..=127 => CloseInfo::without_frame(),
            _ => CloseInfo::frame(900 + u16::from(argument), "bye"),
        };
        let now = self.now;
        self.happens(|session, out| session.on_closed(now, close, None, out));
    }

    /// A message of the service, often for a context that it knows.
    fn message(&self, data: &mut &[u8]) -> String {
        let (kind, which) = (byte(data), usize::from(byte(data)));
        let newest = self.wires.len().wrapping_sub(1 + which % 8);
        let id = match self.wires.get(newest) {
            Some(id) => format!(",\"context_id\":{id:?}"),
            None if which % 2 == 0 => String::new(),
            None => ",\"context_id\":\"unknown\"".to_owned(),
        };
        let body = match kind % 12 {
            0..=3 => "\"type\":\"chunk\",\"done\":false,\"data\":\"AAAAAAAA\"",
            4 => "\"type\":\"chunk\",\"done\":true,\"data\":\"AAAA\"",
            5 => "\"type\":\"chunk\",\"done\":false,\"data\":\"%\"",
            6 => "\"type\":\"flush_done\",\"done\":false,\"flush_id\":1",
            7 => {
                "\"type\":\"timestamps\",\"done\":false,\"word_timestamps\":{\"words\":[\"a\"],\"start\":[0],\"end\":[1]}"
            }
            8 => "\"type\":\"error\",\"done\":true,\"status_code\":429,\"message\":\"too many\"",
            9 => "\"type\":\"error\",\"done\":false,\"status_code\":500,\"message\":\"ouch\"",
            10 => "\"type\":\"gossip\"",
            _ => "\"type\":\"done\",\"done\":true,\"status_code\":206",
        };
        format!("{{{body}{id}}}")
    }

    fn received(&mut self, message: &str) {
        if self.connection == Connection::Up {
            let now = self.now;
            self.happens(|session, out| session.on_text(now, message, out));
        }
    }

    /// Lets time pass, and what is due happen.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        let mut steps = 0;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= until) {
            steps += 1;
            assert!(steps < 100_000, "time does not pass");
            self.now = self.now.max(due);
            let now = self.now;
            self.happens(|session, out| session.on_timeout(now, out));
            let next = self.session.poll_timeout();
            assert!(
                next.is_none_or(|next| next > now),
                "what was due is due again"
            );
        }
        self.now = until;
    }

    fn happens(&mut self, what: impl FnOnce(&mut Session, &mut Vec<Effect>)) {
        let mut effects = Vec::new();
        what(&mut self.session, &mut effects);
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Connect => {
                assert_eq!(self.connection, Connection::Down, "a second connection");
                self.connection = Connection::Asked;
            }
            Effect::Send(_, message) | Effect::Cancel(_, message) => {
                assert_eq!(self.connection, Connection::Up, "sent without a connection");
                self.sent(&message);
            }
            Effect::SendAudio(..) | Effect::Mark(_) => panic!("text alone is sent"),
            Effect::Ping => assert_eq!(self.connection, Connection::Up, "a ping to no one"),
            Effect::Close => {
                assert_eq!(
                    self.connection,
                    Connection::Up,
                    "closed without a connection"
                );
                self.connection = Connection::Closing;
            }
            Effect::Retire | Effect::Abandon => self.connection = Connection::Down,
            Effect::Release(key) => {
                let ended = self.contexts.get(&key).is_some_and(|known| known.ended);
                assert!(ended, "{key} is released and has not ended");
            }
            Effect::Deliver(key, event) => {
                let known = self.contexts.get_mut(&key);
                let known = known.filter(|known| !known.ended && !known.done);
                let Some(known) = known else {
                    panic!("an event for {key}, which has ended or never was");
                };
                match event {
                    Event::Chunk(chunk) => known.delivered += chunk.data.len() as u64,
                    Event::Done(_) => known.done = true,
                    _ => {}
                }
            }
            Effect::End(key, error) => {
                let known = self.contexts.get_mut(&key).filter(|known| !known.ended);
                let Some(known) = known else {
                    panic!("{key} ends, and has ended or never was");
                };
                known.ended = true;
                assert_eq!(
                    known.done,
                    error.is_none(),
                    "{key} is done and failed, or neither"
                );
                if let Some(bytes) = error.as_ref().and_then(Error::bytes_received) {
                    assert_eq!(
                        bytes, known.delivered,
                        "{key}: other audio than was delivered"
                    );
                }
            }
        }
    }

    /// What is sent is a message that the service understands.
    fn sent(&mut self, message: &str) {
        match serde_json::from_str(message) {
            Ok(ClientMessage::Cancel(cancel)) => {
                let id = cancel.context_id.to_string();
                assert!(self.wires.contains(&id), "a cancel of what was never sent");
            }
            Ok(ClientMessage::Generation(request)) => {
                let id = request.context.context_id.map(|id| id.to_string());
                self.wires.retain(|known| Some(known) != id.as_ref());
                self.wires.extend(id);
            }
            _ => panic!("not a message: {message}"),
        }
    }

    /// Everything ends when the session is closed and no one answers.
    fn end(mut self) {
        self.command(Command::Close);
        for _ in 0..1_000 {
            if self.session.link().is_closed() {
                break;
            }
            self.connected(0);
            self.lost(0);
            self.pass(Duration::from_secs(60));
        }
        assert!(self.session.link().is_closed(), "it never closes");
        for (key, known) in &self.contexts {
            assert!(known.ended, "{key} never ended");
        }
        assert_eq!(self.session.live(), 0, "contexts live on");
    }
}

/// That of the context, or one of a few others.
fn delivery(choice: u8) -> Option<Delivery> {
    let config = GenerationConfig::new().with_speed(f64::from(choice) / 10.0);
    Delivery::new(&config).ok().filter(|_| choice > 4)
}

fn byte(data: &mut &[u8]) -> u8 {
    let Some((&first, rest)) = data.split_first() else {
        return 0;
    };
    *data = rest;
    first
}

/// As many bytes as the next one says.
fn text(data: &mut &[u8]) -> String {
    let length = usize::from(byte(data)).min(data.len());
    let (text, rest) = data.split_at(length);
    *data = rest;
    String::from_utf8_lossy(text).into_owned()
}
