//! A session, a service and the network between them, under one clock.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use cartesia_types::ErrorKind;
use cartesia_types::tts::{Buffering, Event, GenerationConfig};

use super::model::{LOUD, Server, ServerBehavior};
use super::script::{opening, rules, secret, spec, unreachable_service};
use crate::CloseInfo;
use crate::Error;
use crate::protocol::Protocol as _;
use crate::session::{Command, Delivery, Effect, Key, Session};

/// What was given to a context, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Observed {
    source: String,
    /// How much of the source was given.
    given: usize,
    finished: bool,
    heard: String,
    done: bool,
    pub(super) ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Push {
    Plain,
    Loud,
    Last,
}

enum Message {
    Text(String),
    Pong,
    Close,
}

pub(super) struct World {
    pub(super) session: Session,
    behavior: ServerBehavior,
    latency: Duration,
    pub(super) now: Instant,
    /// There while there is a connection.
    pub(super) server: Option<Server>,
    connecting: Option<Instant>,
    pub(super) refusals: u32,
    pub(super) refuse_for_good: bool,
    /// Nothing passes on the present connection any more.
    pub(super) dead: bool,
    paused_until: Option<Instant>,
    to_server: VecDeque<(Instant, String)>,
    to_client: VecDeque<(Instant, Message)>,
    pub(super) observed: BTreeMap<Key, Observed>,
}

/// A text that says whose it is and where it is.
fn source(key: Key) -> String {
    let gaps = [" ", ", ", " ", ". ", " - ", "? ", "\n", " (", ") "];
    let words = (0..400).zip(gaps.iter().cycle());
    words.fold(String::new(), |text, (at, gap)| {
        format!("{text}k{key}w{at}{gap}")
    })
}

impl Observed {
    pub(super) fn was_heard(&self) -> bool {
        !self.heard.is_empty()
    }

    pub(super) fn is_done(&self) -> bool {
        self.done
    }
}

impl World {
    pub(super) fn new(behavior: ServerBehavior, latency: Duration, seed: u64) -> Self {
        Self {
            session: Session::new(rules(), seed),
            behavior,
            latency,
            now: Instant::now(),
            server: None,
            connecting: None,
            refusals: 0,
            refuse_for_good: false,
            dead: false,
            paused_until: None,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            observed: BTreeMap::new(),
        }
    }

    pub(super) fn step(&mut self, what: impl FnOnce(&mut Session, Instant, &mut Vec<Effect>)) {
        let mut effects = Vec::new();
        what(&mut self.session, self.now, &mut effects);
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        let later = self.now + self.latency;
        match effect {
            Effect::Connect => {
                assert!(self.server.is_none() && self.connecting.is_none());
                self.connecting = Some(later);
            }
            Effect::Send(_, text) | Effect::Cancel(_, text) => {
                assert!(self.server.is_some(), "sent without a connection");
                self.to_server.push_back((later, text));
            }
            Effect::SendAudio(..) | Effect::Mark(_) => panic!("text alone is sent"),
            Effect::Ping => self
                .to_client
                .push_back((later + self.latency, Message::Pong)),
            Effect::Close => self
                .to_client
                .push_back((later + self.latency, Message::Close)),
            Effect::Retire | Effect::Abandon => self.disconnect(),
            Effect::Deliver(key, event) => self.deliver(key, event),
            Effect::Release(key) => assert!(self.observed[&key].ended, "released before its end"),
            Effect::End(key, error) => self.end(key, error.as_ref()),
        }
    }

    fn disconnect(&mut self) {
        self.server = None;
        self.connecting = None;
        self.dead = false;
        self.to_server.clear();
        self.to_client.clear();
    }

    fn deliver(&mut self, key: Key, event: Event) {
        let observed = self.observed.get_mut(&key).unwrap();
        assert!(
            !observed.ended && !observed.done,
            "{key}: an event after the end"
        );
        match event {
            Event::Chunk(chunk) => {
                let before = observed.heard.len();
                observed
                    .heard
                    .push_str(std::str::from_utf8(&chunk.data).unwrap());
                assert!(
                    observed.source[..observed.given].starts_with(&observed.heard),
                    "{key}: heard {:?} after {:?}, of {:?}",
                    &observed.heard[before..],
                    &observed.heard[..before],
                    &observed.source[..observed.given]
                );
            }
            Event::Done(_) => observed.done = true,
            _ => {}
        }
    }

    fn end(&mut self, key: Key, error: Option<&Error>) {
        let observed = self.observed.get_mut(&key).unwrap();
        assert!(!observed.ended, "{key}: ended twice");
        observed.ended = true;
        let rest = &observed.source[observed.heard.len()..observed.given];
        let Some(error) = error else {
            assert!(
                observed.done && observed.finished,
                "{key}: a good end without reason"
            );
            assert!(
                !rest.contains(char::is_alphanumeric),
                "{key}: {rest:?} was not spoken"
            );
            return;
        };
        assert!(!observed.done, "{key}: done, and failed");
        if error.kind() == ErrorKind::InvalidRequest && error.api_error().is_none() {
            return; // The name was not free.
        }
        assert_eq!(error.bytes_received(), Some(observed.heard.len() as u64));
        if let Some(unspoken) = error.unspoken() {
            assert_eq!(unspoken, rest, "{key}: what was not spoken");
        }
        let is_loss = matches!(error.kind(), ErrorKind::Closed);
        assert!(
            !is_loss || observed.heard.is_empty(),
            "{key}: a loss after audio is `Incomplete`"
        );
    }

    pub(super) fn open(&mut self, key: Key, id: &str, buffering: Buffering) {
        let observed = Observed {
            source: source(key),
            ..Observed::default()
        };
        self.observed.insert(key, observed);
        let opening = Box::new(opening(id, &spec(buffering)));
        self.command(Command::Open(key, opening));
    }

    pub(super) fn command(&mut self, command: Command) {
        self.step(|session, now, out| session.on_command(now, command, out));
    }

    /// Gives the next bytes of the text. A caller does that neither after the end of the context nor after
    /// that of the text.
    ///
    /// What is to be spoken loud is in capitals: the service checks it.
    pub(super) fn push(&mut self, key: Key, length: usize, how: Push) {
        let observed = self.observed.get_mut(&key).unwrap();
        if observed.ended || observed.finished {
            return;
        }
        let from = observed.given;
        observed.given = (from + length).min(observed.source.len());
        observed.finished = how == Push::Last;
        if how == Push::Loud {
            observed.source[from..observed.given].make_ascii_uppercase();
        }
        let text = observed.source[from..observed.given].to_owned();
        self.command(match how {
            Push::Plain => Command::Text(key, text, None),
            Push::Loud => {
                let loud = GenerationConfig::new().with_volume(LOUD);
                Command::Text(key, text, Some(Delivery::new(&loud).unwrap()))
            }
            Push::Last => Command::Last(key, text),
        });
    }

    pub(super) fn finish(&mut self, key: Key) {
        self.observed.get_mut(&key).unwrap().finished = true;
        self.command(Command::Finish(key));
    }

    /// The connection breaks.
    pub(super) fn lose(&mut self) {
        if self.server.is_some() {
            self.disconnect();
            self.step(|session, now, out| {
                session.on_closed(now, CloseInfo::without_frame(), None, out);
            });
        }
    }

    /// Nothing is read for a while. It is shorter than the service waits for text: otherwise speech that
    /// waits to be read cannot be told from speech of what was sent meanwhile.
    pub(super) fn pause(&mut self, pause: Duration) {
        let until = self.now + pause;
        let now = self.now;
        self.paused_until.get_or_insert(until);
        self.session.set_paused(now, true);
    }

    /// When something happens next, whatever it is.
    fn next(&self) -> Option<Instant> {
        let network = [
            self.to_server.front().map(|(at, _)| *at),
            self.to_client
                .front()
                .map(|(at, _)| *at)
                .filter(|_| self.paused_until.is_none()),
            self.server.as_ref().and_then(Server::next),
        ];
        network
            .into_iter()
            .filter(|_| !self.dead)
            .chain([
                self.connecting,
                self.paused_until,
                self.session.poll_timeout(),
            ])
            .flatten()
            .min()
    }

    pub(super) fn wait(&mut self, by: Duration) {
        let until = self.now + by;
        let mut steps = 0;
        while let Some(at) = self.next().filter(|at| *at <= until) {
            steps += 1;
            assert!(steps < 1_000_000, "time does not pass");
            self.now = self.now.max(at);
            self.happen();
        }
        self.now = until;
    }

    fn happen(&mut self) {
        let now = self.now;
        if self.connecting.is_some_and(|at| at <= now) {
            self.connecting = None;
            self.connect();
        }
        if self.paused_until.is_some_and(|at| at <= now) {
            self.paused_until = None;
            self.session.set_paused(now, false);
        }
        if !self.dead {
            self.carry();
        }
        if self.session.poll_timeout().is_some_and(|at| at <= now) {
            self.step(Session::on_timeout);
            let next = self.session.poll_timeout();
            assert!(next.is_none_or(|at| at > now), "what was due is done");
        }
    }

    fn connect(&mut self) {
        if self.refusals > 0 {
            self.refusals -= 1;
            let error = if self.refuse_for_good {
                Error::new(ErrorKind::Auth, "tts.connect", "no such key")
            } else {
                unreachable_service()
            };
            self.step(|session, now, out| session.on_connect_failed(now, &error, out));
        } else {
            self.server = Some(Server::new(self.now, self.behavior.clone()));
            self.step(|session, now, out| session.on_connected(now, None, secret(), out));
        }
    }

    fn carry(&mut self) {
        let now = self.now;
        if let Some(server) = &mut self.server {
            while let Some((_, text)) = self.to_server.pop_front_if(|(at, _)| *at <= now) {
                server.take(now, &text);
            }
            server.work(now);
            self.collect();
        }
        while self.paused_until.is_none() {
            let Some((_, message)) = self.to_client.pop_front_if(|(at, _)| *at <= now) else {
                break;
            };
            match message {
                Message::Text(text) => {
                    self.step(|session, now, out| session.on_text(now, &text, out));
                }
                Message::Pong => self.session.link_mut().on_sign_of_life(now),
                Message::Close => {
                    self.disconnect();
                    self.step(|session, now, out| {
                        session.on_closed(now, CloseInfo::frame(1000, ""), None, out);
                    });
                }
            }
        }
    }

    /// What the server said is on its way.
    pub(super) fn collect(&mut self) {
        let arrives = self.now + self.latency;
        if let Some(server) = &mut self.server {
            let said = server.outbox.drain(..);
            self.to_client
                .extend(said.map(|text| (arrives, Message::Text(text))));
        }
    }
}
