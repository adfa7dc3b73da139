//! A call whose clock is moved by hand, and whose effects are told in words.

use std::time::{Duration, Instant};

use cartesia_core::{Secret, Timeouts};
use cartesia_types::agent::{CallEvent, CallSpec};
use cartesia_types::{ApiKey, CloseInfo, Error, ErrorKind};

use crate::call::session::{CallSession, Command, Effect, Rules};
use crate::protocol::Protocol as _;

pub(super) const KEY: &str = "sk_car_example";

pub(super) struct Script {
    session: CallSession,
    now: Instant,
    /// How the call failed.
    pub(super) error: Option<Error>,
}

impl Script {
    pub(super) fn new(spec: impl Into<CallSpec>) -> Self {
        let rules = Rules {
            timeouts: Timeouts::default(),
            tool_timeout: Some(Duration::from_secs(30)),
        };
        Self {
            session: CallSession::new(spec.into(), "/path".to_owned(), rules),
            now: Instant::now(),
            error: None,
        }
    }

    fn step(
        &mut self,
        what: impl FnOnce(&mut CallSession, Instant, &mut Vec<Effect>),
    ) -> Vec<String> {
        let mut effects = Vec::new();
        what(&mut self.session, self.now, &mut effects);
        effects
            .into_iter()
            .map(|effect| self.tell(effect))
            .collect()
    }

    fn tell(&mut self, effect: Effect) -> String {
        match effect {
            Effect::Connect => "connect".to_owned(),
            Effect::Send(1, text) => format!("send {text}"),
            Effect::Ping => "ping".to_owned(),
            Effect::Close => "close".to_owned(),
            Effect::Abandon => "abandon".to_owned(),
            Effect::Deliver(1, event) => match &event {
                CallEvent::Ended(_) => format!("{event:?}"),
                CallEvent::Clear => "Clear".to_owned(),
                event => {
                    let shown = format!("{event:?}");
                    let end = shown.find('(').unwrap_or(shown.len());
                    shown[..end].to_owned()
                }
            },
            Effect::End(1, None) => "end".to_owned(),
            Effect::End(1, Some(error)) => {
                assert!(self.error.replace(error).is_none(), "it ends once");
                "error".to_owned()
            }
            effect => panic!("{effect:?}"),
        }
    }

    pub(super) fn command(&mut self, command: Command) -> Vec<String> {
        self.step(|session, now, out| session.on_command(now, command, out))
    }

    pub(super) fn connected(&mut self) -> Vec<String> {
        let secret = Secret::Key(ApiKey::new(KEY).unwrap());
        self.step(|session, now, out| session.on_connected(now, None, secret, out))
    }

    pub(super) fn connect_failed(&mut self, error: &Error) -> Vec<String> {
        self.step(|session, now, out| session.on_connect_failed(now, error, out))
    }

    pub(super) fn text(&mut self, text: &str) -> Vec<String> {
        self.step(|session, now, out| session.on_text(now, text, out))
    }

    pub(super) fn closed(&mut self, code: u16, reason: &str) -> Vec<String> {
        let close = CloseInfo::frame(code, reason);
        self.step(|session, now, out| {
            let why = None::<(ErrorKind, String)>;
            session.on_closed(now, close, why, out);
        })
    }

    pub(super) fn overflow(&mut self) -> Vec<String> {
        self.step(|session, now, out| session.on_overflow(now, 1, out))
    }

    /// Moves the clock, and does what is due on the way.
    pub(super) fn after(&mut self, time: Duration) -> Vec<String> {
        let until = self.now + time;
        let mut observed = Vec::new();
        while let Some(at) = self.session.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            observed.extend(self.step(CallSession::on_timeout));
        }
        self.now = until;
        observed
    }

    pub(super) fn is_closed(&self) -> bool {
        self.session.link().is_closed()
    }
}
