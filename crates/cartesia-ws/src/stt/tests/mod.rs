//! The session without I/O: a clock that is moved by hand, and effects that are told in words.

mod live;
mod turns;

use std::time::{Duration, Instant};

use cartesia_core::{Backoff, ReconnectPolicy, Secret, Timeouts};
use cartesia_types::{ApiKey, ErrorKind};
use serde::Serialize;

use super::dialect::Dialect;
use super::session::{Command, Effect, Rules, Transcriber};
use crate::protocol::Protocol;
use crate::{CloseInfo, Error};

pub(super) struct Script<D: Dialect> {
    pub(super) session: Transcriber<D>,
    start: Instant,
    now: Instant,
    /// Audio that was sent on the present connection.
    pub(super) audio: Vec<u8>,
    pub(super) error: Option<Error>,
}

fn rules() -> Rules {
    let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(1));
    Rules {
        timeouts: Timeouts::default(),
        reconnect: ReconnectPolicy::default().with_backoff(backoff),
        buffer: Duration::from_secs(30),
    }
}

pub(super) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

impl<D: Dialect> Script<D>
where
    D::Event: Serialize,
{
    /// Connected, with nothing sent.
    pub(super) fn up(dialect: D) -> Self {
        let mut script = Self::down(dialect);
        assert_eq!(script.command(Command::Open(1)), ["connect"]);
        assert_eq!(script.connected(), [""; 0]);
        script
    }

    pub(super) fn down(dialect: D) -> Self {
        let start = Instant::now();
        Self {
            session: Transcriber::new(dialect, rules(), start, 7),
            start,
            now: start,
            audio: Vec::new(),
            error: None,
        }
    }

    fn step(
        &mut self,
        what: impl FnOnce(&mut Transcriber<D>, Instant, &mut Vec<Effect<D>>),
    ) -> Vec<String> {
        let mut effects = Vec::new();
        what(&mut self.session, self.now, &mut effects);
        effects.into_iter().filter_map(|it| self.tell(it)).collect()
    }

    /// What an effect is, in words. Marks are answered at once, and not told.
    fn tell(&mut self, effect: Effect<D>) -> Option<String> {
        Some(match effect {
            Effect::<D>::Connect => {
                self.audio.clear();
                "connect".to_owned()
            }
            Effect::<D>::Send(_, text) => format!("say {text}"),
            Effect::<D>::SendAudio(_, data) => {
                self.audio.extend_from_slice(&data);
                format!("audio {}", data.len())
            }
            Effect::<D>::Mark(mark) => {
                self.session.on_mark(self.now, mark);
                return None;
            }
            Effect::<D>::Cancel(..) | Effect::<D>::Release(_) => {
                panic!("nothing can be taken back")
            }
            Effect::<D>::Ping => "ping".to_owned(),
            Effect::<D>::Deliver(_, event) => serde_json::to_string(&event).unwrap(),
            Effect::<D>::End(_, None) => "end".to_owned(),
            Effect::<D>::End(_, Some(error)) => {
                let observed = format!("fail {:?}", error.kind());
                assert!(self.error.replace(error).is_none(), "it fails once");
                observed
            }
            Effect::<D>::Retire => panic!("it is never idle"),
            Effect::<D>::Close => "close".to_owned(),
            Effect::<D>::Abandon => "abandon".to_owned(),
        })
    }

    pub(super) fn command(&mut self, command: Command<D::Setting>) -> Vec<String> {
        self.step(|session, now, out| session.on_command(now, command, out))
    }

    pub(super) fn connected(&mut self) -> Vec<String> {
        let secret = Secret::Key(ApiKey::new("sk_car_example").unwrap());
        self.step(|session, now, out| session.on_connected(now, None, secret, out))
    }

    pub(super) fn says(&mut self, text: &str) -> Vec<String> {
        self.step(|session, now, out| session.on_text(now, text, out))
    }

    /// The connection breaks.
    pub(super) fn breaks(&mut self) -> Vec<String> {
        self.closes(CloseInfo::without_frame())
    }

    pub(super) fn closes(&mut self, close: CloseInfo) -> Vec<String> {
        self.step(|session, now, out| session.on_closed(now, close, None, out))
    }

    /// Time passes, with all that is due in it, which is told with its time in milliseconds.
    pub(super) fn wait(&mut self, by: Duration) -> Vec<String> {
        let until = self.now + by;
        let mut observed = Vec::new();
        let mut steps = 0;
        while let Some(at) = self.session.poll_timeout().filter(|at| *at <= until) {
            steps += 1;
            assert!(steps < 100_000, "time does not pass");
            self.now = self.now.max(at);
            let since = (self.now - self.start).as_millis();
            let done = self.step(Transcriber::on_timeout);
            observed.extend(done.into_iter().map(|what| format!("{since} {what}")));
        }
        self.now = until;
        observed
    }

    /// The connection is lost, and there is another one soon.
    pub(super) fn reconnects(&mut self) -> (Vec<String>, Vec<String>) {
        let lost = self.breaks();
        let waited = self.wait(Duration::from_secs(1));
        assert!(waited.last().unwrap().ends_with("connect"), "{waited:?}");
        (lost, self.connected())
    }

    pub(super) fn error_kind(&self) -> Option<ErrorKind> {
        self.error.as_ref().map(Error::kind)
    }
}
