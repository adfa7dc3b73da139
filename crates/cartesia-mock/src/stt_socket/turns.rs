//! The conversation at `/stt/turns/websocket`.

use bytes::Bytes;
use serde_json::Value;

use super::intake::Intake;
use super::query::Turns;
use super::turn::{Happened, Turn};
use super::{messages, say_error};
use crate::fields::Fields;
use crate::rejection::{Rejection, shortened};
use crate::socket::{Action, Channel, Endpoint, ErrorShape, Moment, TurnEvent};

/// A client that speaks in turns.
#[derive(Debug)]
pub(super) struct TakingTurns {
    /// `Err` when its settings were invalid, which is reported once it is connected.
    session: Result<Session, Rejection>,
    updates: u32,
    options: MessageOptions,
}

#[derive(Debug)]
struct Session {
    intake: Intake,
    turn: Turn,
}

/// The messages that a script allows.
#[derive(Debug, Clone, Copy, Default)]
struct MessageOptions {
    no_connected: bool,
    ignore_close: bool,
    /// Whether no more messages are sent.
    mute: bool,
}

impl TakingTurns {
    pub(super) fn new(query: Result<Turns, Rejection>) -> Self {
        let session = query.map(|query| Session {
            intake: Intake::new(query.audio),
            turn: Turn::new(query.audio.sample_rate, query.thresholds),
        });
        Self {
            session,
            updates: 0,
            options: MessageOptions::default(),
        }
    }

    fn say(&mut self, channel: &mut Channel, message: String) {
        if !self.options.mute {
            channel.say(message);
        }
    }

    fn tell(&mut self, channel: &mut Channel, happened: &mut Vec<Happened>) {
        for (event, transcript) in happened.drain(..) {
            let message = messages::turn(event, transcript.as_deref(), &channel.request_id);
            self.say(channel, message);
            match event {
                TurnEvent::Start => self.play(channel, Moment::TurnStart),
                TurnEvent::Update => {
                    self.updates += 1;
                    self.play(channel, Moment::Transcripts(self.updates));
                }
                _ => {}
            }
        }
    }

    fn configure(&mut self, message: &Value) -> Result<(), Rejection> {
        let fields = Fields::of_body(message)?;
        if let (Some(turn), Ok(session)) = (fields.object("turn")?, &mut self.session) {
            let thresholds = session.turn.thresholds().changed(&turn)?;
            session.turn.set_thresholds(thresholds);
        }
        Ok(())
    }

    /// Sends the remaining events, then closes without a final message.
    fn close(&mut self, channel: &mut Channel) {
        self.play(channel, Moment::Close);
        if self.options.ignore_close || !channel.is_open() {
            return;
        }
        let mut happened = Vec::new();
        if let Ok(session) = &mut self.session {
            session.turn.finish(&mut happened);
        }
        self.tell(channel, &mut happened);
        if channel.is_open() {
            channel.close(1000, "");
        }
    }

    fn command(&mut self, channel: &mut Channel, text: &str) -> Result<(), Rejection> {
        let message: Value = serde_json::from_str(text)
            .map_err(|error| Rejection::bad_request(format!("the message is not JSON: {error}")))?;
        match message["type"].as_str() {
            Some("close") => self.close(channel),
            Some("config") => self.configure(&message)?,
            Some(other) => {
                let other = shortened(other);
                let message = format!("{other:?} is no command; they are `close` and `config`");
                return Err(Rejection::bad_request(message));
            }
            None => return Err(Rejection::bad_request("`type` is required")),
        }
        Ok(())
    }
}

impl Endpoint for TakingTurns {
    fn open(&mut self, channel: &mut Channel) {
        self.play(channel, Moment::Connect);
        if let Err(rejection) = &self.session {
            say_error(channel, rejection, None);
            if channel.is_open() {
                channel.close(1000, "the settings are not valid");
            }
        } else if !self.options.no_connected {
            let message = messages::bare("connected", &channel.request_id);
            self.say(channel, message);
        }
    }

    fn text(&mut self, channel: &mut Channel, text: String) {
        let command = text.clone();
        channel.heard_text(None, text);
        if !channel.is_open() {
            return;
        }
        if let Err(rejection) = self.command(channel, &command) {
            say_error(channel, &rejection, None);
        }
    }

    fn byte_rate(&self) -> Option<u64> {
        let session = self.session.as_ref().ok()?;
        Some(session.intake.byte_rate())
    }

    fn binary(&mut self, channel: &mut Channel, bytes: Bytes) {
        let Ok(session) = &mut self.session else {
            return;
        };
        let mut happened = Vec::new();
        for sample in session.intake.samples(&bytes) {
            let Ok(session) = &mut self.session else {
                return;
            };
            session.turn.hear(sample, &mut happened);
            let tick = session.intake.tick();
            if !happened.is_empty() {
                self.tell(channel, &mut happened);
            }
            if let Some(milliseconds) = tick {
                self.play(channel, Moment::Heard(milliseconds));
            }
            if !channel.is_open() {
                return;
            }
        }
    }

    fn act(&mut self, channel: &mut Channel, action: Action) {
        match action {
            Action::NoConnected => self.options.no_connected = true,
            Action::IgnoreClose => self.options.ignore_close = true,
            Action::Stall => self.options.mute = true,
            Action::UnknownType => channel.say_unknown(None),
            Action::Turn { event, transcript } => {
                let message = messages::turn(event, transcript.as_deref(), &channel.request_id);
                self.say(channel, message);
            }
            Action::Error {
                status,
                code,
                shape,
                ..
            } => {
                let structured = shape.map(|shape| shape == ErrorShape::Structured);
                let rejection = Rejection::scripted(status, code);
                say_error(channel, &rejection, structured);
            }
            _ => {}
        }
    }
}
